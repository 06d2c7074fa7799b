import type { OptionReader } from '../option-reader.js';
import { unanswerableHeaders } from '../page/request/bypass-headers.js';
import { compileOnlyCookies } from '../page/request/cookies.js';
import { compileDimension, type Dimension, LANGUAGE_HEADER } from '../page/variants/dimension.js';
import { languageTagPattern } from '../page/variants/languages.js';
import { variantNamePattern, variantValuePattern } from '../page/variants/variant.js';
import type { readNameLists } from './name-lists.js';

type NameLists = ReturnType<typeof readNameLists>;

const DIMENSIONS =
  'an object of dimensions whose names begin with a small letter and have small letters, digits and `_` only';
const VALUES = 'a list of at least two values, or an object with what the header says for each value';
const VALUE = 'a value of letters, digits, `_` and `-`, no longer than 32 characters';
const SAID = 'what the header says: letters, digits and `?._=:/+-`, no longer than 64 characters';
const COOKIE = 'the name of a cookie, of letters, digits, `_`, `.` and `-`';
const HEADER =
  'a header that has few values, such as Accept-Language, and is not in `bypassHeaders`; User-Agent and Accept have too many';

const MAX_VALUES = 50;

/** Headers that cannot choose a variant: every request has them, or they mean something to every server. */
const unfit: ReadonlySet<string> = new Set([
  ...['accept', 'accept-encoding', 'user-agent', 'cookie', 'host', 'connection', 'referer', 'from', 'date'],
  ...['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'forwarded'],
  ...['x-staticgenerator', 'cache-control', 'pragma', 'te', 'expect', 'keep-alive', 'if-none-match'],
  ...['if-modified-since', 'if-range', 'proxy-authorization', 'content-type', 'max-forwards', 'origin'],
  ...['age', 'etag', 'expires', 'last-modified', 'location', 'retry-after', 'server'],
]);

/** Reads the dimensions in which pages may differ; a rule names those that its pages have. */
export function readVariants(read: OptionReader, { bypassHeaders }: NameLists): readonly Dimension[] {
  const group = read.raw('variants') === undefined ? undefined : read.group('variants');
  if (group === undefined) return [];
  const dimensions = Object.keys(read.record('variants', DIMENSIONS)).flatMap((name) => {
    const dimension = group.group(name);
    if (!variantNamePattern.test(name)) read.refuse('variants', DIMENSIONS, name);
    return dimension === undefined ? [] : readDimension(dimension, name, bypassHeaders);
  });
  const declared = Object.keys(Object(read.raw('headers'))).find((one) => /^content-language$/i.test(one));
  if (declared !== undefined && dimensions.some(({ isLanguage }) => isLanguage))
    read.refuse('headers', 'without Content-Language, which the variant decides', declared);
  return dimensions;
}

function readDimension(
  read: OptionReader,
  name: string,
  bypassHeaders: readonly string[],
): readonly Dimension[] {
  read.refuseUnknown(['cookie', 'header', 'values']);
  const cookie = read.oneOf('cookie', COOKIE, isCookie, undefined);
  const header = read.oneOf('header', HEADER, isSource(bypassHeaders), undefined);
  const isSourceGiven = read.raw('cookie') !== undefined || read.raw('header') !== undefined;
  if (!isSourceGiven) read.refuse('cookie', 'a cookie, or a `header`, that chooses the value', undefined);
  const values = readValues(read, header?.toLowerCase() === LANGUAGE_HEADER);
  if (values.size === 0) return [];
  return [
    compileDimension(name, {
      ...(cookie === undefined ? {} : { cookie }),
      ...(header === undefined ? {} : { header }),
      values: Object.fromEntries(values),
    }),
  ];
}

function isCookie(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value));
}

function isSource(bypassHeaders: readonly string[]) {
  return (value: unknown): value is string | undefined => {
    if (value === undefined) return true;
    if (typeof value !== 'string' || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/i.test(value)) return false;
    const name = value.toLowerCase();
    return !unfit.has(name) && !unanswerableHeaders.includes(name) && !bypassHeaders.includes(name);
  };
}

/** Reads the values of a dimension: for each value, what the header says. */
function readValues(read: OptionReader, isLanguage: boolean): ReadonlyMap<string, string> {
  const given = read.raw('values');
  const pairs: readonly (readonly [unknown, unknown])[] = Array.isArray(given)
    ? given.map((one: unknown) => [one, one] as const)
    : Object.entries(read.record('values', VALUES));
  const values = new Map<string, string>();
  for (const [value, said] of pairs) {
    const isValue = typeof value === 'string' && variantValuePattern.test(value);
    if (!isValue) read.refuse('values', VALUE, value);
    else if (!isSaid(said, isLanguage)) read.refuse('values', isLanguage ? 'tags of languages' : SAID, said);
    else values.set(value, said);
  }
  if (values.size !== pairs.length || isRepeated([...values.keys()]) || isRepeated([...values.values()]))
    read.refuse('values', 'values that differ in more than the case of their letters', given);
  else if (values.size < 2 || values.size > MAX_VALUES)
    read.refuse('values', `${VALUES}, and no more than ${MAX_VALUES}`, given);
  return values;
}

function isSaid(said: unknown, isLanguage: boolean): said is string {
  const pattern = isLanguage ? languageTagPattern : /^[A-Za-z0-9?][\w?.=:/+-]{0,63}$/;
  return typeof said === 'string' && pattern.test(said);
}

function isRepeated(texts: readonly string[]): boolean {
  return new Set(texts.map((text) => text.toLowerCase())).size !== texts.length;
}

/** Makes cookies of dimensions bypass, unless the site ignores them: pages without the dimension may need them. */
export function withVariantCookies<Lists extends Pick<NameLists, 'bypassCookies' | 'ignoreCookies'>>(
  lists: Lists,
  dimensions: readonly Dimension[],
): Lists {
  const isIgnored = compileOnlyCookies(lists.ignoreCookies);
  const known = new Set(lists.bypassCookies);
  const cookies = dimensions.flatMap(({ cookie }) =>
    cookie === undefined || known.has(cookie) || isIgnored(cookie) ? [] : [cookie],
  );
  if (cookies.length === 0) return lists;
  return { ...lists, bypassCookies: [...lists.bypassCookies, ...new Set(cookies)] };
}
