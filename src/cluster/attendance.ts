import { systemErrorCode } from '../errors.js';
import type { SqliteDatabase } from '../sqlite/database.js';
import { openDatabase } from '../sqlite/open.js';

/** Whoever is last holds the lock for as long as it takes to tell the bus. */
const TIMEOUT_MS = 10_000;

/**
 * Which processes of a host are there. Each holds a shared lock of SQLite on an empty database; it dies with its process. So
 * the last one to leave knows that it is the last.
 */
export class Attendance {
  readonly #database: SqliteDatabase;

  constructor(file: string) {
    this.#database = openDatabase(file, { timeoutMilliseconds: TIMEOUT_MS });
    this.#database.exec('BEGIN');
    this.#database.prepare('SELECT count(*) FROM sqlite_schema').get();
  }

  /** Leaves; does the work first if this is the last process, and keeps others from coming meanwhile. */
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
