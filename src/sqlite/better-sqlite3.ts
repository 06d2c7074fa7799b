import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import type { Driver, OpenOptions, SqliteDatabase, Statement } from './database.js';

/** A peer dependency that no current Node needs. */
const loadPackage: () => typeof BetterSqlite3 = () => createRequire(import.meta.url)('better-sqlite3');

/** The package better-sqlite3, which brings a SQLite of its own. */
export const betterSqlite3: Driver = {
  name: 'better-sqlite3',
  load() {
    const Database = loadPackage();
    return (file, { readonly = false, timeoutMilliseconds }: OpenOptions) =>
      new BetterSqlite3Database(new Database(file, { readonly, timeout: timeoutMilliseconds }));
  },
};

/** Its statements and its errors are already what {@link SqliteDatabase} asks for. */
class BetterSqlite3Database implements SqliteDatabase {
  readonly #database: BetterSqlite3.Database;

  constructor(database: BetterSqlite3.Database) {
    this.#database = database;
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  prepare<Parameters extends readonly object[], Row>(sql: string): Statement<Parameters, Row> {
    return this.#database.prepare<object[], Row>(sql) as Statement<readonly object[], Row>;
  }

  prepareValue<Parameters extends readonly object[], Value>(sql: string): Statement<Parameters, Value> {
    return this.#database.prepare<object[], Value>(sql).pluck() as Statement<readonly object[], Value>;
  }

  close(): void {
    this.#database.close();
  }
}
