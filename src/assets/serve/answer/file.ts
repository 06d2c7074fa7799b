import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemErrorCode } from '../../../errors.js';

/** A file that is open; whoever has it closes it. */
export interface OpenAsset {
  readonly handle: FileHandle;
  readonly size: number;
  /** The time of the last change since the start of 1970, as fine as the file system knows it. */
  readonly modifiedNanoseconds: bigint;
}

/** There is no such file, or none that may be read; a link where links are not followed; a socket. */
const absent: ReadonlySet<string | undefined> = new Set([
  ...['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO'],
]);
/** Without O_NONBLOCK, opening a named pipe would wait for somebody who writes to it. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens a regular file. Undefined: there is none, or it is something else, such as a folder or a named pipe. Throws what
 * is not about this file, such as a lack of descriptors.
 */
export async function openAsset(file: string, followsLink: boolean): Promise<OpenAsset | undefined> {
  const handle = await openFile(file, followsLink ? READ : READ | constants.O_NOFOLLOW);
  if (handle === undefined) return undefined;
  try {
    const { size, mtimeNs, isFile } = await statusOf(handle);
    if (isFile) return { handle, size, modifiedNanoseconds: mtimeNs };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

async function openFile(file: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(file, flags);
  } catch (error) {
    if (absent.has(systemErrorCode(error))) return undefined;
    throw error;
  }
}

async function statusOf(handle: FileHandle) {
  const status = await handle.stat({ bigint: true });
  return { size: Number(status.size), mtimeNs: status.mtimeNs, isFile: status.isFile() };
}
