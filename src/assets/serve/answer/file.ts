import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemErrorCode } from '../../../errors.js';

/** An open file. The code that gets it closes it. */
export interface OpenAsset {
  readonly handle: FileHandle;
  readonly size: number;
  /** The time of the last change, in nanoseconds since 1970, as precise as the file system stores it. */
  readonly modifiedNanoseconds: bigint;
}

/** Errors that mean: there is no such file, or it may not be read; a link where links are not followed; a socket. */
const absent: ReadonlySet<string | undefined> = new Set([
  ...['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO'],
]);
/** Without O_NONBLOCK, opening a named pipe would wait for a process that writes to it. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens a regular file. Returns `undefined` if there is none, or if it is something else, such as a folder or a named
 * pipe. Throws errors that do not concern this file, such as a lack of descriptors.
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
