import { statSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * Does what no two processes may do at the same time to the ledger's file itself: begin it, or move it away. The lock is
 * SQLite's, on an empty database beside the ledger, so that it dies with its process.
 */
export function alone<T>(file: string, timeoutMilliseconds: number, work: () => T): T {
  const lockFile = `${file}-lock`;
  for (;;) {
    const lock = new Database(lockFile, { timeout: timeoutMilliseconds });
    try {
      const inode = inodeOf(lockFile);
      lock.exec('BEGIN EXCLUSIVE');
      // Removed meanwhile, another process may have the lock of a new one.
      if (inode !== undefined && inodeOf(lockFile) === inode) return work();
    } finally {
      lock.close();
    }
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}
