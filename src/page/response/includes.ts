/**
 * Pages with islands that are put in while the page is sent. Their files have directives of server-side includes, in the one form
 * that is written here, and a name of their own, so that no other file is ever read for directives.
 */

/**
 * What the name of such a file ends in, behind that of the page. No path and no query has a semicolon, and the folder of a query has
 * no more than two characters behind its own: see `queryFolder`.
 */
export const INCLUDES_SUFFIX = ';ssi';

/** One page includes no more. */
export const MAX_INCLUDES = 20;
/** The longest value of a directive: nginx has to hold it. */
export const MAX_DIRECTIVE_VALUE = 4_000;
/** What all directives begin with. */
export const DIRECTIVE_START = '<!--#';

/** A page as it is sent: bytes, and islands with what stands there if one is not to be had. */
export type PagePart = Buffer | IncludedIsland;

export interface IncludedIsland {
  readonly url: string;
  readonly fallback: Buffer;
}

export function isWithIncludes(file: string): boolean {
  return file.endsWith(INCLUDES_SUFFIX);
}

/** The name that the file of the page would have without them. */
export function withoutIncludes(file: string): string {
  return isWithIncludes(file) ? file.slice(0, -INCLUDES_SUFFIX.length) : file;
}

/** What a server asks for to get an island; `path` answers for it. Undefined: it is too long for a directive. */
export function includeTarget(path: string, url: string): string | undefined {
  const target = `${path}?url=${encodeURIComponent(url)}`;
  return target.length > MAX_DIRECTIVE_VALUE ? undefined : target;
}

/** The directives of a page's island with this number. */
export function writeInclude(target: string, fallback: string, number: number): string {
  const block = `<!--# block name="i${number}" -->${fallback}<!--# endblock -->`;
  return `${block}<!--# include virtual="${target}" stub="i${number}" -->`;
}

const INCLUDE =
  /<!--# block name="i(\d+)" -->(.*?)<!--# endblock --><!--# include virtual="[^"?]*\?url=([^"]*)" stub="i\1" -->/gs;

/** Reads the file of such a page. Only what {@link writeInclude} writes is a directive. */
export function readIncludes(stored: Buffer): readonly PagePart[] {
  // Each character is a byte.
  const text = stored.toString('latin1');
  return partsOf(text, INCLUDE, ([, , fallback = '', url = '']) => ({
    url: decodeURIComponent(url),
    fallback: Buffer.from(fallback, 'latin1'),
  }));
}

/** Parts a text of bytes at the matches of a pattern. */
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
