import { systemErrorCode } from '../errors.js';
import type { SqliteDatabase } from '../sqlite/database.js';
import { openDatabase } from '../sqlite/open.js';

/** How long a new process waits for the lock: the last process to leave holds it while it reports to the bus. */
const TIMEOUT_MS = 10_000;

/**
 * Counts the running processes of a host. Each process holds a shared lock of SQLite on an empty database, which is
 * released when the process dies. So the last process to leave knows that it is the last.
 */
export class Attendance {
  readonly #database: SqliteDatabase;

  constructor(file: string) {
    this.#database = openDatabase(file, { timeoutMilliseconds: TIMEOUT_MS });
    this.#database.exec('BEGIN');
    this.#database.prepare('SELECT count(*) FROM sqlite_schema').get();
  }

  /** Leaves. The last process first does the work, and no new process can join until that is done. */
  async leave(asLast: () => Promise<void>): Promise<void> {
    this.#database.exec('COMMIT');
    try {
      if (this.#isLast()) await asLast();
    } finally {
      this.#database.close();
    }
  }

  #isLast(): boolean {
    try {
      this.#database.exec('PRAGMA busy_timeout = 0');
      this.#database.exec('BEGIN EXCLUSIVE');
      return true;
    } catch (error) {
      if (systemErrorCode(error)?.startsWith('SQLITE_BUSY') === true) return false;
      throw error;
    }
  }
}
