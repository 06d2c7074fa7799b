import type { Dialect } from '../sql/dialect.js';

/** What a database says about its tables. All names are in lower case and without their schema. */
export interface CatalogueRow {
  /**
   * `key`: a foreign key. `view`: a view and what it shows. `part`: a table and one that inherits from it. `trigger`: a
   * table and what its triggers write. `opaque`: a view that calls functions.
   */
  readonly kind: 'key' | 'view' | 'part' | 'trigger' | 'opaque';
  /** What others depend on: the table that a key refers to, the view, the table with the trigger. */
  readonly source: string;
  /** The table that refers to it, is shown, or is written; null if it must be read from the text. */
  readonly target: string | null;
  /** The column that a foreign key refers to. */
  readonly field: string | null;
  /** What happens to the rows that refer to a deleted row: `CASCADE`, `SET NULL`, … */
  readonly deletes: string | null;
  readonly updates: string | null;
  /** The definition of a view, or of what a trigger does. */
  readonly text: string | null;
}

/** How to query the catalogue of one kind of database. */
export interface Kind {
  /** The query that returns rows as {@link CatalogueRow}. */
  readonly sql: string;
  /** The query that returns what an adapter cannot see, in rows as `UnseenRow`. */
  readonly unseen: string;
  /** Its name in reports for people. */
  readonly name: string;
  readonly dialect: Dialect;
}
