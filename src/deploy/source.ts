import { createHash } from 'node:crypto';
import { createReadStream, lstatSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { StaticGeneratorError, systemErrorCode } from '../errors.js';
import { isCompressible } from '../files/compress.js';
import { contentHash } from '../store/content-hash.js';
import { type CacheRule, type DeployHeaders, headersOf, type KnownFiles } from './headers.js';

/** A file that is to be deployed. */
export interface SourceFile {
  /** Its path in the folder, with `/`. */
  readonly key: string;
  readonly file: string;
  readonly bytes: number;
  readonly headers: DeployHeaders;
  /** Whether it is compressed before the upload. `headers` then say so. */
  readonly compress: boolean;
  /** Changes when the bytes or the headers do. */
  readonly fingerprint: string;
}

export interface SourceOptions extends KnownFiles {
  readonly cacheRules: readonly CacheRule[];
  /** Whether text is compressed before it is uploaded, for stores that do not negotiate. */
  readonly compress: boolean;
}

/** At the top of a folder, names that begin like this are this package's own records. */
export const OWN_PREFIX = '.staticgenerator';

const gzipAsync = promisify(gzip);
const GZIP_LEVEL = 9;

/** Returns every file of a folder with its headers and fingerprint, sorted by key. Rejects with `ERR_DEPLOY_FAILED`. */
export async function readSource(folder: string, options: SourceOptions): Promise<readonly SourceFile[]> {
  const keys = await keysIn(folder);
  const known = new Set(keys);
  const files: SourceFile[] = [];
  for (const key of keys) {
    const plain = headersOf(key, known, options);
    const compress =
      options.compress && plain.contentEncoding === undefined && isCompressible(plain.contentType);
    const headers = compress ? { ...plain, contentEncoding: 'gzip' as const } : plain;
    const file = join(folder, key);
    const { hash, bytes } = await hashFile(file);
    const fingerprint = contentHash(JSON.stringify([hash, headers]));
    files.push({ key, file, bytes, headers, compress, fingerprint });
  }
  return files;
}

/** Returns the bytes as they are uploaded. */
export async function bodyOf({ file, compress }: SourceFile): Promise<Buffer> {
  const bytes = await readFile(file);
  return compress ? await gzipAsync(bytes, { level: GZIP_LEVEL }) : bytes;
}

/** Returns the keys of all files in a folder except our own, sorted. */
export async function keysIn(folder: string): Promise<readonly string[]> {
  const keys: string[] = [];
  const walk = async (below: string) => {
    for (const { name } of await readdir(join(folder, below), { withFileTypes: true })) {
      const key = `${below}${name}`;
      if (key.startsWith(OWN_PREFIX)) continue;
      const status = await stat(join(folder, key));
      if (status.isDirectory()) await walk(`${key}/`);
      else if (status.isFile()) keys.push(key);
      else
        throw new StaticGeneratorError(
          'ERR_DEPLOY_FAILED',
          `${join(folder, key)} is neither a file nor a folder`,
        );
    }
  };
  await walk('').catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  return keys.sort();
}

function unreadable(folder: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP' && code !== 'EACCES') return error;
  const { path = folder } = error as NodeJS.ErrnoException;
  return new StaticGeneratorError('ERR_DEPLOY_FAILED', whyUnreadable(folder, path, code), {
    cause: error,
    fields: { path },
  });
}

function whyUnreadable(folder: string, path: string, code: string): string {
  if (code === 'EACCES') return `${path} cannot be read; deploy as a user who has permission`;
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink) return `${path} is a broken symbolic link; remove it`;
  if (code === 'ENOENT' && path === folder)
    return `The folder ${folder} does not exist; export the site to it first, or name another folder`;
  return path === folder ? `${folder} is not a folder` : `${path} was removed meanwhile; deploy again`;
}

/** Returns the SHA-256 of a file, and its length. Reads it in pieces. */
export async function hashFile(file: string): Promise<{ readonly hash: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { hash: hash.digest('base64url'), bytes };
}
