import type { Change } from '../change.js';
import type { Id } from '../tags.js';
import type { Dialect } from './dialect.js';
import { mayWrite, StatementReader } from './statement.js';
import type { TableModels } from './table-models.js';
import { readsOf } from './table-reads.js';
import { changesOf } from './table-writes.js';

/** A read of a row by its key or, without one, of a selection of rows. */
export interface ModelRead {
  readonly entity: string;
  readonly id?: Id | undefined;
}

/** What SQL statements read and change, in terms of the models behind the tables. */
export class ModelStatements {
  readonly #models: TableModels;
  readonly #statements: StatementReader;

  constructor(models: TableModels, dialect?: Dialect) {
    this.#models = models;
    this.#statements = new StatementReader(dialect);
  }

  /** What a query with these results has read. */
  reads(sql: string, parameters: readonly unknown[], rows: unknown): readonly ModelRead[] {
    const { entityOf, keysOf } = this.#models;
    const statement = this.#statements.read(sql, parameters);
    return readsOf(statement, rows, keysOf).map(({ table, id }) => ({ entity: entityOf(table), id }));
  }

  /** What a statement has changed. */
  changes(sql: string, parameters: readonly unknown[]): readonly Change[] {
    return mayWrite(sql) ? changesOf(this.#statements.read(sql, parameters), this.#models) : [];
  }
}
