import type { OptionReader } from '../option-reader.js';
import { compileRules, type UrlPattern } from '../page/rules.js';

/** Parts of shared pages that are fetched for each visitor. */
export interface IslandOptions {
  /** Which routes of the site answer with such parts: tested on the decoded path, as `urls` are. They are never stored. */
  readonly urls: readonly UrlPattern[];
  /** The path of the script of islands, and of its requests. Default: `/_islands`. */
  readonly path?: string;
  /**
   * How the islands of pages come. With `script`, the browser fetches them. With `ssi`, nginx or Node puts them into
   * the page while it is sent: they need no script, and the page waits for them. `island()` can choose differently for
   * one. Default: `script`.
   */
  readonly include?: IslandInclude;
  /** How long a page waits for an island that is put into it, in milliseconds; then its fallback is sent. Default: 3,000. */
  readonly includeTimeoutMs?: number;
}

export type IslandInclude = 'script' | 'ssi';

export interface ResolvedIslands {
  /** Whether a decoded path is an island. */
  readonly isIsland: (decoded: string) => boolean;
  readonly path: string;
  readonly include: IslandInclude;
  /** Where nginx requests islands that are put into pages. `undefined` if none are. */
  readonly includePath: string | undefined;
  readonly includeTimeoutMs: number;
  /** What never becomes a page: the islands, and the paths that answer for them. */
  readonly excluded: readonly UrlPattern[];
}

const DEFAULT_PATH = '/_islands';
const DEFAULT_INCLUDE_TIMEOUT_MS = 3_000;
const MAX_INCLUDE_TIMEOUT_MS = 60_000;
const TIME_EXPECTED = `a whole number of milliseconds from 1 to ${MAX_INCLUDE_TIMEOUT_MS}`;
const PATH = /^(?:\/[\w~-][\w.~-]*)+$/;

/** Reads the option `islands`; `undefined` if there are no islands. */
export function readIslands(read: OptionReader): ResolvedIslands | undefined {
  const group = read.group('islands');
  if (group === undefined) return undefined;
  group.refuseUnknown(['urls', 'path', 'include', 'includeTimeoutMs']);
  const urls = group.patterns('urls', undefined);
  const path = group.string('path', DEFAULT_PATH);
  if (!PATH.test(path)) group.refuse('path', 'a path such as /_islands', path);
  const include = group.oneOf('include', 'script or ssi', isInclude, 'script');
  const includeTimeoutMs = group.oneOf('includeTimeoutMs', TIME_EXPECTED, isTime, DEFAULT_INCLUDE_TIMEOUT_MS);
  const rules = compileRules(urls, []);
  return {
    isIsland: (decoded) => rules.match(decoded) === 'page',
    path,
    include,
    includePath: include === 'ssi' ? `${path}/include` : undefined,
    includeTimeoutMs,
    excluded: [...urls, `^${path.replaceAll('.', '\\.')}/`],
  };
}

function isInclude(value: unknown): value is IslandInclude {
  return value === 'script' || value === 'ssi';
}

function isTime(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_INCLUDE_TIMEOUT_MS;
}
