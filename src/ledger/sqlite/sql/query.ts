import type { SqliteDatabase, Statement } from '../../../sqlite/database.js';

/** Prepares the statements of one connection. */
export class Preparer {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Prepares a statement with parameters. */
  query<Parameters extends object, Row = never>(sql: string): Statement<[Parameters], Row> {
    return this.#database.prepare<[Parameters], Row>(sql);
  }

  /** Prepares a statement without parameters. */
  read<Row>(sql: string): Statement<[], Row> {
    return this.#database.prepare<[], Row>(sql);
  }

  /** Prepares a statement whose rows are one number each. */
  number(sql: string): Statement<[], number> {
    return this.#database.prepareValue<[], number>(sql);
  }

  /** Prepares a statement whose rows are one text each. */
  text(sql: string): Statement<[], string> {
    return this.#database.prepareValue<[], string>(sql);
  }
}
