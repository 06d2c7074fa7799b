import micromatch from 'micromatch';
import { isCompressible, type StoredCoding, storedCodings } from '../files/compress.js';
import { typeByName } from './content-types.js';

/** The headers that a store of objects is to send with a file. */
export interface DeployHeaders {
  readonly contentType: string;
  readonly contentEncoding?: StoredCoding;
  readonly cacheControl: string;
}

/** What Cache-Control the files of a glob get; the first that matches decides. */
export interface CacheRule {
  readonly glob: string;
  readonly value: string;
}

/** What is known of a folder's files besides their names. */
export interface KnownFiles {
  /** The Content-Type of files whose names do not tell. */
  readonly types: ReadonlyMap<string, string>;
  /** Files whose bytes never change. */
  readonly immutable: ReadonlySet<string>;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Kept by browsers and CDNs, and asked for with each use: a deployment is seen at once. */
const REVALIDATE = 'no-cache';
/**
 * The headers of a file by its key. A coding (`style.css.br` beside `style.css`) has the type of what it is a coding
 * of; what is known of a file is better than what its name looks like.
 */
export function headersOf(
  key: string,
  keys: ReadonlySet<string>,
  { cacheRules, types, immutable }: { readonly cacheRules: readonly CacheRule[] } & KnownFiles,
): DeployHeaders {
  const coded = types.has(key) ? undefined : codedFileOf(key, keys);
  const plain = coded?.plain ?? key;
  const cacheControl =
    cacheRules.find(({ glob }) => micromatch.isMatch(plain, glob, { dot: true }))?.value ??
    (immutable.has(plain) ? IMMUTABLE : REVALIDATE);
  return {
    contentType: types.get(plain) ?? typeByName(plain),
    cacheControl,
    ...(coded === undefined ? {} : { contentEncoding: coded.coding }),
  };
}

function codedFileOf(
  key: string,
  keys: ReadonlySet<string>,
): { readonly coding: StoredCoding; readonly plain: string } | undefined {
  for (const coding of ['br', 'gzip'] as const) {
    const suffix = storedCodings[coding];
    const plain = key.slice(0, -suffix.length);
    if (key.endsWith(suffix) && keys.has(plain) && isCompressible(typeByName(plain)))
      return { coding, plain };
  }
  return undefined;
}
