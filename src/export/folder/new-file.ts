import { dirname } from 'node:path';
import { createFileSync } from '../../files/create-file.js';
import { makeFolder } from '../../files/folders.js';
import { contentHash, modifiedSecondsOf } from '../../store/content-hash.js';

/** A file to write where there is none. */
export interface NewFile {
  readonly path: string;
  readonly body: Uint8Array;
  /** Set regardless of the umask. */
  readonly mode: number;
}

/**
 * Writes a file, makes its folder, and returns the hash of the content, from which the mtime is made. It is
 * synchronous, for a thread: see {@link createFileSync}.
 */
export function writeNewFile({ path, body, mode }: NewFile): string {
  const hash = contentHash(body);
  makeFolder(dirname(path));
  createFileSync(path, body, { mode, modifiedSeconds: modifiedSecondsOf(hash) });
  return hash;
}
