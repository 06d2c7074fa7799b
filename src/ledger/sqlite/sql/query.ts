import type { SqliteDatabase, Statement } from '../../../sqlite/database.js';

/** Prepares the statements of one connection. */
export class Preparer {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** A statement with parameters. */
  query<Parameters extends object, Row = never>(sql: string): Statement<[Parameters], Row> {
    return this.#database.prepare<[Parameters], Row>(sql);
  }

  /** A statement without any. */
  read<Row>(sql: string): Statement<[], Row> {
    return this.#database.prepare<[], Row>(sql);
  }

  /** The one number of each row. */
  number(sql: string): Statement<[], number> {
    return this.#database.prepareValue<[], number>(sql);
  }

  /** The one text of each row. */
  text(sql: string): Statement<[], string> {
    return this.#database.prepareValue<[], string>(sql);
  }
}
