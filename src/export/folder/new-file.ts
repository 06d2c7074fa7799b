import { dirname } from 'node:path';
import { createFileSync } from '../../files/create-file.js';
import { makeFolder } from '../../files/folders.js';
import { contentHash, modifiedSecondsOf } from '../../store/content-hash.js';

/** A file that is to be written where there is none. */
export interface NewFile {
  readonly path: string;
  readonly body: Uint8Array;
  /** Whatever the umask. */
  readonly mode: number;
}

/**
 * Writes a file, its folder with it, and gives the hash of its content, of which its time is made. In one go, for a thread:
 * see {@link createFileSync}.
 */
export function writeNewFile({ path, body, mode }: NewFile): string {
  const hash = contentHash(body);
  makeFolder(dirname(path));
  createFileSync(path, body, { mode, modifiedSeconds: modifiedSecondsOf(hash) });
  return hash;
}
