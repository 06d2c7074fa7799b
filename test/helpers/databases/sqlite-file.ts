import Database from 'better-sqlite3';

/** Creates a database from statements, in one transaction and without waiting for the disk. */
export function fillSqlite(file: string, statements: readonly string[]): void {
  const database = new Database(file);
  database.pragma('synchronous = OFF');
  database.exec(`begin; ${statements.join(';')}; commit`);
  database.close();
}
