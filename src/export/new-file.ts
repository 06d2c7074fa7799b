import { closeSync, fchmodSync, futimesSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../files/folders.js';
import { contentHash, modifiedSecondsOf } from '../store/content-hash.js';

/** A file that is to be written where there is none. */
export interface NewFile {
  readonly path: string;
  readonly body: Uint8Array;
  /** Whatever the umask. */
  readonly mode: number;
}

/**
 * Writes a file, its folder with it, and gives the hash of its content, of which its time is made. In one go, for a thread:
 * as steps beside the event loop, the same costs several times as much.
 */
export function writeNewFile({ path, body, mode }: NewFile): string {
  const hash = contentHash(body);
  const modifiedSeconds = modifiedSecondsOf(hash);
  makeFolder(dirname(path));
  const descriptor = openSync(path, 'wx', mode);
  try {
    writeFileSync(descriptor, body);
    fchmodSync(descriptor, mode);
    futimesSync(descriptor, modifiedSeconds, modifiedSeconds);
  } finally {
    closeSync(descriptor);
  }
  return hash;
}
