import type { Dialect } from '../sql/dialect.js';

/** What a database says of its tables; all names in lower case and without their schema. */
export interface CatalogueRow {
  /**
   * A foreign key; a view and what it shows; a table and one that inherits from it; a table and what its triggers write; a
   * view that calls functions.
   */
  readonly kind: 'key' | 'view' | 'part' | 'trigger' | 'opaque';
  /** What others depend on: the table that a key refers to, the view, the table with the trigger. */
  readonly source: string;
  /** The table that refers to it, is shown, or is written; null: it is to be read from the text. */
  readonly target: string | null;
  /** The column that a foreign key refers to. */
  readonly field: string | null;
  /** What becomes of the rows that refer to one: `CASCADE`, `SET NULL`, … */
  readonly deletes: string | null;
  readonly updates: string | null;
  /** The definition of a view, or of what a trigger does. */
  readonly text: string | null;
}

/** How to ask a database of one kind. */
export interface Kind {
  /** Gives rows as {@link CatalogueRow}. */
  readonly sql: string;
  /** Gives rows as `UnseenRow`: what an adapter cannot see. */
  readonly unseen: string;
  /** What people call it. */
  readonly name: string;
  readonly dialect: Dialect;
}
