import { type StoredCoding, storedCodings } from '../files/compress.js';
import { DEFAULT_CACHE_CONTROL, isAboutKeeping, PERSONAL_CACHE_CONTROL } from '../page/response/headers.js';
import { INCLUDES_SUFFIX, MAX_DIRECTIVE_VALUE } from '../page/response/includes.js';
import { namedSource } from '../page/response/path-types.js';
import type { FrontSite } from './site.js';

/** How the server sends a file, whether it is a page or an asset. */
export interface FileAnswer {
  /** The whole Content-Type by extension, with its charset if it has one. */
  readonly types: Readonly<Record<string, string>>;
  /** The codings that may be stored next to the file, with the suffixes of their names. Nothing is compressed on the fly. */
  readonly codings: Readonly<Record<StoredCoding, string>>;
  /** Which responses have `Vary: Accept-Encoding`. */
  readonly vary: 'every' | 'with-codings';
  /** What the ETag is derived from. Each coding has its own ETag. */
  readonly entityTag: 'time-and-length';
  /** How the server treats a date in If-Modified-Since: it ignores it, or compares it with the file's own time. */
  readonly ifModifiedSince: 'ignored' | 'exact';
  /** How many parts a Range may ask for. With 0, the whole file is sent. */
  readonly rangeParts: number;
}

/** How the server answers with a page. This is the same for all pages. */
export interface Answers extends FileAnswer {
  /** The headers of pages, in the order in which they are written. */
  readonly headers: readonly ConstantHeader[];
  /** The headers among them that allow a CDN to keep a page. Pages with variants do not have them. */
  readonly forCdn: readonly ConstantHeader[];
  /** The Content-Type of pages that have one of their own, by the decoded path. */
  readonly typesOfPaths: Readonly<Record<string, string>>;
  /** The same for many paths, by a PCRE of the decoded path. The first that matches decides, after {@link typesOfPaths}. */
  readonly typesOfPatterns: readonly (readonly [pattern: string, type: string])[];
  /** Headers that the server sends with files by default, and must not send with pages. */
  readonly withheld: readonly string[];
}

/** A weight that is not zero, in any of the spellings of RFC 9110 §12.4.2. */
const WEIGHT = '(?:1(?:\\.0{0,3})?|0\\.(?:[1-9]\\d{0,2}|0[1-9]\\d?|00[1-9]))';

/**
 * Returns a pattern that finds an accepted coding in a whole Accept-Encoding header, without regard to case. Every
 * engine can read it. A coding is not accepted if its weight is zero or is malformed.
 */
export function acceptedSource(coding: string): string {
  return `(?:^|,)[ \\t]*${coding}[ \\t]*(?:;[ \\t]*q=${WEIGHT}[ \\t]*)?(?:,|$)`;
}

export type ConstantHeader = readonly [name: string, value: string];

/** The Cache-Status of a hit; Node sends the same (RFC 9211). */
const HIT = 'staticgenerator; hit';

/**
 * Describes how pages are answered. The time of a page's file is derived from its content. This makes the ETag right,
 * but the time is not a date: the server neither sends nor compares it.
 */
export function describeAnswers({
  types,
  typesOfPaths,
  headers,
  cdn,
}: Pick<FrontSite, 'types' | 'typesOfPaths' | 'headers' | 'cdn'>): Answers {
  const declared = [...headers.values()].map(({ name, value }): ConstantHeader => [name, value]);
  const decoded = [...typesOfPaths].map(([name, type]) => [decodeURIComponent(name), type] as const);
  const cacheControl: ConstantHeader = ['Cache-Control', DEFAULT_CACHE_CONTROL];
  return {
    types,
    typesOfPaths: Object.fromEntries(decoded.filter(([name]) => !name.includes('*'))),
    typesOfPatterns: decoded
      .filter(([name]) => name.includes('*'))
      .map(([name, type]) => [`\\A${namedSource(name)}\\z`, type]),
    codings: storedCodings,
    vary: 'every',
    entityTag: 'time-and-length',
    ifModifiedSince: 'ignored',
    rangeParts: 0,
    forCdn: [...(cdn?.headers ?? [])]
      .map(([name]) => headers.get(name))
      .flatMap((one) => (one === undefined ? [] : [[one.name, one.value] as const])),
    headers: [...(headers.has('cache-control') ? [] : [cacheControl]), ...declared, ['Cache-Status', HIT]],
    withheld: ['Last-Modified'],
  };
}

/**
 * Pages with islands that the server inserts. They have files of their own: the server searches no other files for
 * directives.
 */
export interface Includes {
  /** The suffix that the name of such a file has after the name of the page's file. */
  readonly suffix: string;
  readonly type: string;
  /** Sent instead of the headers of other pages. */
  readonly headers: readonly ConstantHeader[];
  /**
   * The path at which the app answers with an island. Its parameter `url` has the island's URL. Only the server may
   * request it.
   */
  readonly path: string;
  /** The header that marks such a request for the app. */
  readonly mark: ConstantHeader;
  /** The longest URL of an island, path and query together. */
  readonly maxTargetBytes: number;
  /** If the app has not answered after this time, the server gives up. */
  readonly timeoutSeconds: number;
}

/** Added to the app's own timeout, which the app enforces itself as long as it is alive. */
const GRACE_SECONDS = 2;

export function describeIncludes(
  { islands }: Pick<FrontSite, 'islands'>,
  { headers, types }: Pick<Answers, 'headers' | 'types'>,
): Includes | undefined {
  if (islands?.includePath === undefined) return undefined;
  const others = headers.filter(([name]) => !isAboutKeeping(name.toLowerCase()));
  return {
    suffix: INCLUDES_SUFFIX,
    type: types.html ?? 'text/html; charset=utf-8',
    headers: [['Cache-Control', PERSONAL_CACHE_CONTROL], ...others],
    path: islands.includePath,
    mark: ['X-Islands', 'include'],
    maxTargetBytes: MAX_DIRECTIVE_VALUE,
    timeoutSeconds: Math.ceil(islands.includeTimeoutMs / 1_000) + GRACE_SECONDS,
  };
}
