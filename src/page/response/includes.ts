/**
 * Pages with islands that are inserted while the page is sent. Their files have directives of server-side includes,
 * only in the form that is written here, and a name of their own, so that no other file is ever read for directives.
 */

/**
 * The end of the name of such a file, after that of the page. No path and no query has a semicolon, and the folder of a
 * query has at most two characters after its semicolon: see `queryFolder`.
 */
export const INCLUDES_SUFFIX = ';ssi';

/** The most islands that one page includes. */
export const MAX_INCLUDES = 20;
/** The longest value of a directive: nginx must hold it. */
export const MAX_DIRECTIVE_VALUE = 4_000;
/** The beginning of all directives. */
export const DIRECTIVE_START = '<!--#';

/** A part of a page as it is sent: bytes, or an island with the fallback for when the island is not available. */
export type PagePart = Buffer | IncludedIsland;

export interface IncludedIsland {
  readonly url: string;
  readonly fallback: Buffer;
}

export function isWithIncludes(file: string): boolean {
  return file.endsWith(INCLUDES_SUFFIX);
}

/** Returns the name that the file of the page would have without includes. */
export function withoutIncludes(file: string): string {
  return isWithIncludes(file) ? file.slice(0, -INCLUDES_SUFFIX.length) : file;
}

/** Returns what a server requests to get an island, from `path`. `undefined` if it is too long for a directive. */
export function includeTarget(path: string, url: string): string | undefined {
  const target = `${path}?url=${encodeURIComponent(url)}`;
  return target.length > MAX_DIRECTIVE_VALUE ? undefined : target;
}

/** Returns the directives of the island with this number in a page. */
export function writeInclude(target: string, fallback: string, number: number): string {
  const block = `<!--# block name="i${number}" -->${fallback}<!--# endblock -->`;
  return `${block}<!--# include virtual="${target}" stub="i${number}" -->`;
}

const INCLUDE =
  /<!--# block name="i(\d+)" -->(.*?)<!--# endblock --><!--# include virtual="[^"?]*\?url=([^"]*)" stub="i\1" -->/gs;

/** Reads the file of such a page. Only what {@link writeInclude} writes is a directive. */
export function readIncludes(stored: Buffer): readonly PagePart[] {
  // In `latin1`, each character is a byte.
  const text = stored.toString('latin1');
  return partsOf(text, INCLUDE, ([, , fallback = '', url = '']) => ({
    url: decodeURIComponent(url),
    fallback: Buffer.from(fallback, 'latin1'),
  }));
}

/** Splits a text of bytes at the matches of a pattern. */
export function partsOf(
  text: string,
  pattern: RegExp,
  islandOf: (match: RegExpMatchArray) => IncludedIsland,
): readonly PagePart[] {
  const parts: PagePart[] = [];
  let end = 0;
  const addUpTo = (start: number) => {
    if (start > end) parts.push(Buffer.from(text.slice(end, start), 'latin1'));
  };
  for (const match of text.matchAll(pattern)) {
    addUpTo(match.index);
    parts.push(islandOf(match));
    end = match.index + match[0].length;
  }
  addUpTo(text.length);
  return parts;
}
