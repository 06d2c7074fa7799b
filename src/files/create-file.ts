import { closeSync, fchmodSync, futimesSync, openSync, writeFileSync } from 'node:fs';

export interface FileStatus {
  /** Applied whatever the umask is. */
  readonly mode: number;
  readonly modifiedSeconds: number;
}

/**
 * Creates a file with its mode and time; throws if it exists. Synchronous, for a thread that has nothing else to do:
 * asynchronous steps on the event loop cost several times as much. If it fails, the unfinished file stays.
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
