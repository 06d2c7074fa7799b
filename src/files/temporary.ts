import { randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../errors.js';

/** Readable by the web server whatever the umask of the app. */
const FILE_MODE = 0o644;

/** The suffix by which leftovers are known. */
export const TEMPORARY_SUFFIX = '.tmp';

/**
 * Writes bytes to a new file of a random, fixed-length name, with its final mode and mtime: a rename is all that is
 * left to do. Removes the file again if any of it fails.
 */
export async function writeTemporary(
  folder: string,
  bytes: Uint8Array,
  modifiedSeconds: number,
): Promise<string> {
  const file = join(folder, `${randomBytes(16).toString('hex')}${TEMPORARY_SUFFIX}`);
  const handle = await open(file, 'wx', FILE_MODE);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(FILE_MODE);
    await handle.utimes(modifiedSeconds, modifiedSeconds);
  } catch (error) {
    await removeTemporary(file);
    throw error;
  } finally {
    await handle.close();
  }
  return file;
}

/** Removes a temporary file; one that is gone is no error. */
export async function removeTemporary(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}
