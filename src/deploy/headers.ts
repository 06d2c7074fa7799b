import micromatch from 'micromatch';
import { isCompressible, type StoredCoding, storedCodings } from '../files/compress.js';
import { typeByName } from './content-types.js';

/** The headers that an object store must send with a file. */
export interface DeployHeaders {
  readonly contentType: string;
  readonly contentEncoding?: StoredCoding;
  readonly cacheControl: string;
}

/** The Cache-Control of the files that a glob matches. The first rule that matches decides. */
export interface CacheRule {
  readonly glob: string;
  readonly value: string;
}

/** What is known about a folder's files in addition to their names. */
export interface KnownFiles {
  /** The Content-Type of files whose names do not show it. */
  readonly types: ReadonlyMap<string, string>;
  /** Files whose bytes never change. */
  readonly immutable: ReadonlySet<string>;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Browsers and CDNs keep the file, and revalidate it for each use: a deployment is visible at once. */
const REVALIDATE = 'no-cache';
/**
 * Returns the headers of a file by its key. A coding (`style.css.br` next to `style.css`) has the type of the file that
 * it is a coding of. What is known about a file is preferred to what its name suggests.
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
