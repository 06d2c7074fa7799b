import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { createFileSync } from './create-file.js';

/** The web server can read the file, whatever the umask of the app. */
const FILE_MODE = 0o644;

/** The suffix by which leftovers are recognized. */
export const TEMPORARY_SUFFIX = '.tmp';

/**
 * Writes bytes to a new file with a random name of fixed length, with its final mode and mtime: only a rename is left
 * to do. Removes the file again if a step fails.
 */
export async function writeTemporary(
  folder: string,
  bytes: Uint8Array,
  modifiedSeconds: number,
): Promise<string> {
  const file = temporaryName(folder);
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

/** Like {@link writeTemporary}, but synchronous: see {@link createFileSync}. */
export function writeTemporarySync(folder: string, bytes: Uint8Array, modifiedSeconds: number): string {
  const file = temporaryName(folder);
  try {
    createFileSync(file, bytes, { mode: FILE_MODE, modifiedSeconds });
  } catch (error) {
    removeTemporarySync(file);
    throw error;
  }
  return file;
}

function temporaryName(folder: string): string {
  return join(folder, `${randomBytes(16).toString('hex')}${TEMPORARY_SUFFIX}`);
}

/** Removes a temporary file. A file that is missing is not an error. */
export async function removeTemporary(file: string): Promise<void> {
  await unlink(file).catch(ignoreMissing);
}

export function removeTemporarySync(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    ignoreMissing(error);
  }
}

function ignoreMissing(error: unknown): void {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
}
