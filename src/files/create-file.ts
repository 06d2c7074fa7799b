import { closeSync, fchmodSync, futimesSync, openSync, writeFileSync } from 'node:fs';

export interface FileStatus {
  /** Whatever the umask. */
  readonly mode: number;
  readonly modifiedSeconds: number;
}

/**
 * Writes a file where there is none, with its mode and time. In one go, for a thread that has nothing else to do: as steps
 * beside the event loop, the same costs several times as much. What was begun and could not be finished is left.
 */
export function createFileSync(path: string, bytes: Uint8Array, { mode, modifiedSeconds }: FileStatus): void {
  const descriptor = openSync(path, 'wx', mode);
  try {
    writeFileSync(descriptor, bytes);
    fchmodSync(descriptor, mode);
    futimesSync(descriptor, modifiedSeconds, modifiedSeconds);
  } finally {
    closeSync(descriptor);
  }
}
