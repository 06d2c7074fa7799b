import { chooseLanguage, type OfferedLanguage } from './languages.js';

/** One way in which the pages of a URL differ, with its few values. */
export interface VariantDimension {
  /** The cookie that has the value. It has priority over the header. Default: none. */
  readonly cookie?: string;
  /**
   * The request header that chooses a value: `accept-language` by its weights, any other header by its whole text, such
   * as `sec-ch-ua-mobile` or `save-data`. Default: none.
   */
  readonly header?: string;
  /**
   * The values; the first is the default. An object has, for each value, what the header says:
   * `{ desktop: '?0', mobile: '?1' }`, or the tag of the language.
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
  /** Whether the header is Accept-Language, whose weights choose. */
  readonly isLanguage: boolean;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The header whose weights choose a value. */
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

/** Where a cookie may begin. With a semicolon alone, PCRE skips from one to the next, and does not look in between. */
const BEGINNING = { atStart: '(?:^|;)', afterSemicolon: ';' } as const;

/**
 * Returns the source of the first cookie that has the name and one of the values; `group` begins the group that gets
 * the value. Other values are ignored. `beginning`: whether the text also has a semicolon before the first cookie.
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

/** Compiles the choice of a value by a request's headers: by the cookie, else by the header, else the first value. */
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
