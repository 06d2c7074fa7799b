import { statSync } from 'node:fs';
import { openDatabase } from '../../../sqlite/open.js';

/** Held by this process until it releases it, or dies. */
export interface Held {
  readonly release: () => void;
}

/**
 * Does what no two processes may do at the same time to the ledger's file itself: begin it, or move it away.
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
 * Takes a lock that one process has at a time. It is SQLite's, on an empty database, so that it dies with its process. Throws
 * SQLITE_BUSY if another one keeps it for longer than the timeout, in which the event loop stands still.
 */
export function hold(lockFile: string, timeoutMilliseconds: number): Held {
  for (;;) {
    const lock = openDatabase(lockFile, { timeoutMilliseconds });
    try {
      const inode = inodeOf(lockFile);
      lock.exec('BEGIN EXCLUSIVE');
      // Removed meanwhile, another process may have the lock of a new one.
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
