import type { Catalogue } from '../catalogue/catalogue.js';
import type { SqliteDatabase } from './database.js';

interface Statement {
  all(): unknown;
  get(): unknown;
}

/** Reads the catalogue again when the schema has changed, even by another process: SQLite counts the changes. */
export class SchemaWatch {
  readonly #prepare: (sql: string) => Statement;
  readonly #catalogue: Catalogue;
  #version: Statement | undefined;
  #read: unknown;

  constructor(database: SqliteDatabase, catalogue: Catalogue) {
    const { prepare } = database;
    this.#prepare = (sql) => Reflect.apply(prepare, database, [sql]) as Statement;
    this.#catalogue = catalogue;
  }

  /** Checks whether the schema has changed; called before reads or writes are reported. */
  look(): void {
    const version = this.#current();
    if (this.#catalogue.isKnown && version !== undefined && version === this.#read) return;
    this.#read = version;
    this.#catalogue.forget();
    this.#catalogue.loadNow((sql) => this.#prepare(sql).all());
  }

  /** Returns the version of the schema; `undefined` if the database cannot be asked now. */
  #current(): unknown {
    try {
      this.#version ??= this.#prepare('pragma schema_version');
      const row: unknown = this.#version.get();
      return typeof row === 'object' && row !== null ? Reflect.get(row, 'schema_version') : undefined;
    } catch {
      return undefined;
    }
  }
}
