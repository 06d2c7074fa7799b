/**
 * The query of a page that has one, in its canonical spelling and without its `?`: `page=2&sort=new`. Names stand for
 * themselves. In values, all characters are escaped except the unreserved ones of RFC 3986 §2.3, and no value is empty.
 * So a canonical query can be a part of a file's name: it has neither a slash nor a semicolon.
 */

/** The name that a parameter in a rule may have. */
export const queryNamePattern = /^[A-Za-z_][\w.-]{0,63}$/;

/** The characters of a canonical value, as a class. */
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

/** Spells a value canonically: as `encodeURIComponent` does, with `!'()*` escaped too. */
export function encodeValue(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Decodes a value as in forms (a plus is a space). `undefined` if it is malformed, or no page can have the value. */
export function decodeValue(written: string): string | undefined {
  try {
    const value = decodeURIComponent(written.replaceAll('+', ' '));
    return isPossibleValue(value) ? value : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The name of a file has no room for more. */
const MAX_VALUE_LENGTH = 240;

/** Whether a page may have a value: not empty, not too long, and without control characters and half characters. */
export function isPossibleValue(value: string): boolean {
  return value !== '' && value.length <= MAX_VALUE_LENGTH && !/[\p{Cc}\p{Cs}]/u.test(value);
}

/** Separates the folder of a query from the decoded path: no path and no query has one. */
export const QUERY_MARK = ';';

/**
 * Returns the folder for those pages of a path that have a query; its name follows the decoded path. The end of the
 * first value divides the pages, so that no folder gets as many names as there are values.
 */
export function queryFolder(query: string): string {
  return `${QUERY_MARK}${valuesOf(query)[0]?.slice(-2) ?? ''}`;
}

function valuesOf(query: string): readonly string[] {
  return query.split('&').map((parameter) => parameter.slice(parameter.indexOf('=') + 1));
}

interface QuerySourceOptions {
  /** The text that begins the group. */
  readonly group?: string;
  /** The class of a value's characters. */
  readonly value?: string;
}

/** The characters of values that have no escapes. */
export const PLAIN_VALUE = VALUE.replace('%', '');

/** The longest list of names that is put into a pattern. */
const MAX_NAMES = 800;

/**
 * Returns the source of a page's query, without its `?`, for the names that rules have. Its one group gets what
 * {@link queryFolder} has after the semicolon. It may match a query that no page has: then there is no file. It works
 * in all engines if the end of the text follows.
 */
export function pageQuerySource(
  names: readonly string[],
  { group = '(', value = VALUE }: QuerySourceOptions = {},
): string {
  const listed = names.map((one) => one.replaceAll('.', '\\.')).join('|');
  const name = listed.length > MAX_NAMES ? '[A-Za-z_][A-Za-z0-9_.-]*' : `(?:${listed})`;
  return `${name}=${value}*?${group}${value}{1,2})(?:&${name}=${value}+)*`;
}
