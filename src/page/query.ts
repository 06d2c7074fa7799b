/**
 * The query of a page that has one, in its one canonical spelling and without its `?`: `page=2&sort=new`. Names stand for
 * themselves. In values, all is escaped but the unreserved characters of RFC 3986 §2.3, and no value is empty. So a canonical
 * query can be a part of a file's name: it has neither a slash nor a semicolon.
 */

/** A parameter's name that a rule may have. */
export const queryNamePattern = /^[A-Za-z_][\w.-]{0,63}$/;

/** A canonical value, as characters of a class. */
const VALUE = '[A-Za-z0-9._~%-]';

const canonicalQuery = new RegExp(`^[A-Za-z_][\\w.-]*=${VALUE}+(?:&[A-Za-z_][\\w.-]*=${VALUE}+)*$`);

/** Whether a text is a canonical query, for some rule. */
export function isCanonicalQuery(query: string): boolean {
  if (!canonicalQuery.test(query)) return false;
  return !query.includes('%') || valuesOf(query).every(isCanonicalValue);
}

function isCanonicalValue(value: string): boolean {
  const decoded = decodeValue(value);
  return decoded !== undefined && encodeValue(decoded) === value;
}

/** The one spelling of a value: that of `encodeURIComponent`, and `!'()*` are escaped too. */
export function encodeValue(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What a written value means, as forms have it (a plus is a space); undefined: nothing, or what no page is told apart by. */
export function decodeValue(written: string): string | undefined {
  try {
    const value = decodeURIComponent(written.replaceAll('+', ' '));
    return isPossibleValue(value) ? value : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** No name of a file has room for more. */
const MAX_VALUE_LENGTH = 240;

/** Whether a page may have a value: it has some characters, and none that controls. */
export function isPossibleValue(value: string): boolean {
  return value !== '' && value.length <= MAX_VALUE_LENGTH && !/[\p{Cc}\p{Cs}]/u.test(value);
}

/** What parts the folder of a query from the decoded path: no path has one, and no query. */
export const QUERY_MARK = ';';

/**
 * The folder below which the pages of a path lie that have a query, as it follows the decoded path. The
 * end of the first value parts them, so that no folder gets as many names as there are values.
 */
export function queryFolder(query: string): string {
  return `${QUERY_MARK}${valuesOf(query)[0]?.slice(-2) ?? ''}`;
}

function valuesOf(query: string): readonly string[] {
  return query.split('&').map((parameter) => parameter.slice(parameter.indexOf('=') + 1));
}

interface QuerySourceOptions {
  /** What begins the group. */
  readonly group?: string;
  /** The class of a value's characters. */
  readonly value?: string;
}

/** The characters of values without escapes. */
export const PLAIN_VALUE = VALUE.replace('%', '');

/** The longest list of names that stands in a pattern. */
const MAX_NAMES = 800;

/**
 * The source of a query, without its `?`, that may be a page's, by the names that rules have; it has one group, which gets what
 * {@link queryFolder} has after the semicolon. What is no page's query may match: there is no file of it. For all engines, as long
 * as what follows is the end.
 */
export function pageQuerySource(
  names: readonly string[],
  { group = '(', value = VALUE }: QuerySourceOptions = {},
): string {
  const listed = names.map((one) => one.replaceAll('.', '\\.')).join('|');
  const name = listed.length > MAX_NAMES ? '[A-Za-z_][A-Za-z0-9_.-]*' : `(?:${listed})`;
  return `${name}=${value}*?${group}${value}{1,2})(?:&${name}=${value}+)*`;
}
