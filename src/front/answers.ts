import { type StoredCoding, storedCodings } from '../files/compress.js';
import { DEFAULT_CACHE_CONTROL, isAboutKeeping, PERSONAL_CACHE_CONTROL } from '../page/response/headers.js';
import { INCLUDES_SUFFIX, MAX_DIRECTIVE_VALUE } from '../page/response/includes.js';
import { namedSource } from '../page/response/path-types.js';
import type { FrontSite } from './site.js';

/** How a file is sent, be it a page or an asset. */
export interface FileAnswer {
  /** The whole Content-Type by extension, with its charset where it has one. */
  readonly types: Readonly<Record<string, string>>;
  /** Codings that may lie beside the file, by the suffix of their name. Nothing is compressed on the fly. */
  readonly codings: Readonly<Record<StoredCoding, string>>;
  /** Which answers have `Vary: Accept-Encoding`. */
  readonly vary: 'every' | 'with-codings';
  /** What the ETag is made of; a coding has its own. */
  readonly entityTag: 'time-and-length';
  /** What a date in If-Modified-Since is good for: nothing, or it has to be the file's own. */
  readonly ifModifiedSince: 'ignored' | 'exact';
  /** How many parts a Range may ask for; 0: the whole file is sent. */
  readonly rangeParts: number;
}

/** How a page is answered, whatever the page is. */
export interface Answers extends FileAnswer {
  /** In order, as they are written. */
  readonly headers: readonly ConstantHeader[];
  /** Those of them that allow a CDN to keep a page, which pages with variants do not have. */
  readonly forCdn: readonly ConstantHeader[];
  /** Pages with a Content-Type of their own, by the decoded path. */
  readonly typesOfPaths: Readonly<Record<string, string>>;
  /** The same for many paths, by a PCRE of the decoded path. The first that matches decides, after {@link typesOfPaths}. */
  readonly typesOfPatterns: readonly (readonly [pattern: string, type: string])[];
  /** Headers that a server sends with files, and must not send with pages. */
  readonly withheld: readonly string[];
}

/** A weight that is not zero, in any of the spellings of RFC 9110 §12.4.2. */
const WEIGHT = '(?:1(?:\\.0{0,3})?|0\\.(?:[1-9]\\d{0,2}|0[1-9]\\d?|00[1-9]))';

/**
 * Finds a coding that a client accepts in a whole Accept-Encoding header: a pattern that every engine reads, without regard
 * to case. A coding with a weight that is zero or none at all is not accepted.
 */
export function acceptedSource(coding: string): string {
  return `(?:^|,)[ \\t]*${coding}[ \\t]*(?:;[ \\t]*q=${WEIGHT}[ \\t]*)?(?:,|$)`;
}

export type ConstantHeader = readonly [name: string, value: string];

/** As the embedded server says it (RFC 9211). */
const HIT = 'staticgenerator; hit';

/**
 * A page's file has a time that is made of its content. That makes the ETag right, and means nothing as a date: it is
 * neither sent nor compared.
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

/** Pages with islands that the server puts in. They have files of their own: no other is read for directives. */
export interface Includes {
  /** What the name of such a file has behind that of the page. */
  readonly suffix: string;
  readonly type: string;
  /** In place of those of other pages. */
  readonly headers: readonly ConstantHeader[];
  /** The path at which the app answers for an island, with its URL as the parameter `url`. For requests of the server alone. */
  readonly path: string;
  /** What tells the app so. */
  readonly mark: ConstantHeader;
  /** The longest path with its query. */
  readonly maxTargetBytes: number;
  /** When the app has not answered by then, it does not at all. */
  readonly timeoutSeconds: number;
}

/** The app sees to the time by itself, as long as it lives. */
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
