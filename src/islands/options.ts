import type { OptionReader } from '../option-reader.js';
import { compileRules, type UrlPattern } from '../page/rules.js';

/** Parts of shared pages that are fetched for each visitor. */
export interface IslandOptions {
  /** Which routes of the site answer with such parts: tested on the decoded path, as `urls` are. They are never stored. */
  readonly urls: readonly UrlPattern[];
  /** Where the script of islands is, and where it asks for them. Default: `/_islands`. */
  readonly path?: string;
}

export interface ResolvedIslands {
  /** Of a decoded path. */
  readonly isIsland: (decoded: string) => boolean;
  readonly path: string;
  /** What never becomes a page: the islands, and what answers for them. */
  readonly excluded: readonly UrlPattern[];
}

const DEFAULT_PATH = '/_islands';
const PATH = /^(?:\/[\w~-][\w.~-]*)+$/;

/** The option `islands`; undefined: there are none. */
export function readIslands(read: OptionReader): ResolvedIslands | undefined {
  const group = read.group('islands');
  if (group === undefined) return undefined;
  group.refuseUnknown(['urls', 'path']);
  const urls = group.patterns('urls', undefined);
  const path = group.string('path', DEFAULT_PATH);
  if (!PATH.test(path)) group.refuse('path', 'a path such as /_islands', path);
  const rules = compileRules(urls, []);
  return {
    isIsland: (decoded) => rules.match(decoded) === 'page',
    path,
    excluded: [...urls, `^${path.replaceAll('.', '\\.')}/`],
  };
}
