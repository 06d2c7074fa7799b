import type { ForeignKeys } from './foreign-keys.js';

/** What identifies the rows of a table. Columns are in lower case. */
export interface TableKeys {
  readonly primary: readonly string[];
  /** Sets of columns that never have the same values in two rows. */
  readonly uniques: readonly (readonly string[])[];
  /**
   * What the column of the primary key holds in MySQL and MariaDB. They convert values to compare them: 42 finds
   * '42abc', and 'a' finds 'A'. `undefined` for other databases, which find only equal values.
   */
  readonly loose?: 'integers' | 'texts' | 'unknown';
}

/** The models behind the tables of a database. Names of tables are in lower case, without their schema. */
export interface TableModels {
  /** The name of the model behind a table, or of the table itself if it has no model. */
  readonly entityOf: (table: string) => string;
  /** The keys of a table; `undefined` if its rows cannot be distinguished. */
  readonly keysOf: (table: string) => TableKeys | undefined;
  /** The columns that distinguish lists of a table's rows, in lower case. Absent if there are none. */
  readonly listsOf?: (table: string) => readonly string[];
  /** Whether the database is MySQL or MariaDB, which convert values to compare them. */
  readonly isLoose?: boolean;
  /** The foreign keys between the models, with the names of the models. Absent if they are not known here. */
  readonly foreignKeys?: () => ForeignKeys;
}
