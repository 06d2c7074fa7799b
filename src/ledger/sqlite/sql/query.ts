import type { Database } from 'better-sqlite3';

/** A prepared statement with its parameters, all named, and the rows that it gives. */
export interface Query<Parameters extends readonly object[], Row> {
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): readonly Row[];
  iterate(...parameters: Parameters): Iterable<Row>;
  run(...parameters: Parameters): { readonly lastInsertRowid: number | bigint };
}

/** Prepares the statements of one connection. */
export class Preparer {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A statement with parameters. */
  query<Parameters extends object, Row = never>(sql: string): Query<[Parameters], Row> {
    return this.#database.prepare<[Parameters], Row>(sql);
  }

  /** A statement without any. */
  read<Row>(sql: string): Query<[], Row> {
    return this.#database.prepare<[], Row>(sql);
  }

  /** The one number of each row. */
  number(sql: string): Query<[], number> {
    return this.#database.prepare<[], number>(sql).pluck();
  }

  /** The one text of each row. */
  text(sql: string): Query<[], string> {
    return this.#database.prepare<[], string>(sql).pluck();
  }
}
