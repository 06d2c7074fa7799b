import type { OpenOptions, SqliteDatabase } from '../../../src/sqlite/database.js';
import { openDatabase } from '../../../src/sqlite/open.js';

const TIMEOUT_MS = 5_000;

/**
 * Opens the file of a ledger past its owner, which may be this process. By the same driver: another one, when it closes the file, would
 * take the owner's locks away.
 */
export function openLedgerFile(file: string, options: Partial<OpenOptions> = {}): SqliteDatabase {
  return openDatabase(file, { timeoutMilliseconds: TIMEOUT_MS, ...options });
}

/** Runs statements on a file that may not be there yet. */
export function changeLedgerFile(file: string, ...statements: readonly string[]): void {
  const database = openLedgerFile(file);
  try {
    for (const sql of statements) database.exec(sql);
  } finally {
    database.close();
  }
}

/** The one value that a statement gives. */
export function valueIn(database: SqliteDatabase, sql: string): unknown {
  return database.prepareValue<[], unknown>(sql).get();
}
