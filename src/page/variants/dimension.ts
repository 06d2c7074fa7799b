import { chooseLanguage, type OfferedLanguage } from './languages.js';

/** One way in which the pages of a URL differ, with the few values that it has. */
export interface VariantDimension {
  /** The cookie that has the value. It stands before the header. Default: none. */
  readonly cookie?: string;
  /**
   * The request header that chooses a value: `accept-language` by its weights, any other by what it says as a whole, such as
   * `sec-ch-ua-mobile` or `save-data`. Default: none.
   */
  readonly header?: string;
  /**
   * The values; the first is chosen where nothing chooses another. An object has for each what the header says: `{ desktop: '?0',
   * mobile: '?1' }`, or the tag of the language.
   */
  readonly values: readonly string[] | Readonly<Record<string, string>>;
}

/** A dimension, compiled. */
export interface Dimension {
  readonly name: string;
  /** The first is the default. */
  readonly values: readonly string[];
  readonly cookie: string | undefined;
  /** In lower case. */
  readonly header: string | undefined;
  /** What the header says for each value. */
  readonly said: Readonly<Record<string, string>>;
  /** Whether the header is weighed as languages are. */
  readonly isLanguage: boolean;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The header whose weights choose. */
export const LANGUAGE_HEADER = 'accept-language';

export function compileDimension(name: string, { cookie, header, values }: VariantDimension): Dimension {
  const said = Array.isArray(values)
    ? values.map((value) => [value, value] as const)
    : Object.entries(values);
  const ofHeader = header?.toLowerCase();
  return {
    ...{ name, cookie, header: ofHeader },
    values: said.map(([value]) => value),
    said: Object.fromEntries(said),
    isLanguage: ofHeader === LANGUAGE_HEADER,
  };
}

/** Where a cookie may begin. After a semicolon alone, PCRE goes from one to the next without a look at what is between them. */
const BEGINNING = { atStart: '(?:^|;)', afterSemicolon: ';' } as const;

/**
 * The source of the first cookie that has the name and one of the values; `group` begins the group that gets the value. What has
 * another value is as if it were not there. `beginning`: whether the text has a semicolon before the first cookie, too.
 */
export function chosenCookieSource(
  { cookie, values }: Dimension,
  group = '(',
  beginning: keyof typeof BEGINNING = 'atStart',
): string | undefined {
  if (cookie === undefined) return undefined;
  const name = cookie.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `${BEGINNING[beginning]}[ \\t]*${name}=${group}${values.join('|')})[ \\t]*(?:;|$)`;
}

export function languagesOf({ said }: Dimension): readonly OfferedLanguage[] {
  return Object.entries(said).map(([value, tag]) => ({ value, tag }));
}

/** From the headers of a request to the value: by the cookie, else by the header, else the first. */
export function compileChoice(dimension: Dimension): (headers: Headers) => string {
  const { values, header } = dimension;
  const [otherwise = ''] = values;
  const source = chosenCookieSource(dimension);
  const cookie = source === undefined ? undefined : new RegExp(source);
  const byHeader = compileHeaderChoice(dimension);
  return (headers) => {
    const byCookie = cookie?.exec(textOf(headers.cookie, '; '))?.[1];
    if (byCookie !== undefined) return byCookie;
    const said = header === undefined ? '' : textOf(headers[header], ', ');
    return (said === '' ? undefined : byHeader(said)) ?? otherwise;
  };
}

function compileHeaderChoice(dimension: Dimension): (said: string) => string | undefined {
  const languages = languagesOf(dimension);
  if (dimension.isLanguage) return (said) => chooseLanguage(said, languages);
  const values = new Map(Object.entries(dimension.said).map(([value, said]) => [said.toLowerCase(), value]));
  return (said) => values.get(said.toLowerCase());
}

function textOf(value: string | string[] | undefined, between: string): string {
  return typeof value === 'string' ? value : (value?.join(between) ?? '');
}
