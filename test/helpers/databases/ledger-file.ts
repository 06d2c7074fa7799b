import type { OpenOptions, SqliteDatabase } from '../../../src/sqlite/database.js';
import { openDatabase } from '../../../src/sqlite/open.js';

const TIMEOUT_MS = 5_000;

/**
 * Opens the file of a ledger directly, not through its owner, which may be this process. Uses the same driver as the
 * site: if another driver closes the file, the owner loses its locks.
 */
export function openLedgerFile(file: string, options: Partial<OpenOptions> = {}): SqliteDatabase {
  return openDatabase(file, { timeoutMilliseconds: TIMEOUT_MS, ...options });
}

/** Runs statements on a file, and creates it if it does not exist. */
export function changeLedgerFile(file: string, ...statements: readonly string[]): void {
  const database = openLedgerFile(file);
  try {
    for (const sql of statements) database.exec(sql);
  } finally {
    database.close();
  }
}

/** Returns the single value that a statement selects. */
export function valueIn(database: SqliteDatabase, sql: string): unknown {
  return database.prepareValue<[], unknown>(sql).get();
}
