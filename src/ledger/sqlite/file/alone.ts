import { statSync } from 'node:fs';
import { openDatabase } from '../../../sqlite/open.js';

/** A lock that this process holds until it releases it, or dies. */
export interface Held {
  readonly release: () => void;
}

/**
 * Does work on the ledger's file itself that no two processes may do at the same time: creating it, or moving it away.
 */
export function alone<T>(file: string, timeoutMilliseconds: number, work: () => T): T {
  const held = hold(`${file}-lock`, timeoutMilliseconds);
  try {
    return work();
  } finally {
    held.release();
  }
}

/**
 * Takes a lock that only one process has at a time. It is SQLite's lock on an empty database, so it ends when its
 * process dies. Throws SQLITE_BUSY if another process keeps it for longer than the timeout, which blocks the event
 * loop.
 */
export function hold(lockFile: string, timeoutMilliseconds: number): Held {
  for (;;) {
    const lock = openDatabase(lockFile, { timeoutMilliseconds });
    try {
      const inode = inodeOf(lockFile);
      lock.exec('BEGIN EXCLUSIVE');
      // If the file was removed meanwhile, another process may have the lock of a new one.
      if (inode !== undefined && inodeOf(lockFile) === inode) return { release: () => lock.close() };
      lock.close();
    } catch (error) {
      lock.close();
      throw error;
    }
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}
