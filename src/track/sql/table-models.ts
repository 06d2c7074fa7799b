import type { ForeignKeys } from './foreign-keys.js';

/** What identifies the rows of a table; columns in lower case. */
export interface TableKeys {
  readonly primary: readonly string[];
  /** Sets of columns of which two rows never have the same values. */
  readonly uniques: readonly (readonly string[])[];
  /**
   * What the column of the primary key holds, in MySQL and MariaDB, which convert what they compare: there 42 finds '42abc', and
   * 'a' finds 'A'. Undefined elsewhere: only what is equal is found.
   */
  readonly loose?: 'integers' | 'texts' | 'unknown';
}

/** The models behind the tables of a database. Tables are named in lower case, without their schema. */
export interface TableModels {
  /** The name of the model behind a table, or of the table itself. */
  readonly entityOf: (table: string) => string;
  /** Undefined: rows of this table cannot be told apart. */
  readonly keysOf: (table: string) => TableKeys | undefined;
  /** The columns by which lists of a table's rows are told apart, in lower case; absent: there are none. */
  readonly listsOf?: (table: string) => readonly string[];
  /** Whether the database is MySQL or MariaDB, which convert what they compare. */
  readonly isLoose?: boolean;
  /** The foreign keys among the models, by the names of these; absent: they are not known here. */
  readonly foreignKeys?: () => ForeignKeys;
}
