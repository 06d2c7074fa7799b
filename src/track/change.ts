import type { Id } from './tags.js';

/** What became of a column of the rows that have changed. */
export interface ListChange {
  /** All values that it had; absent: they are not known. */
  readonly from?: readonly unknown[] | undefined;
  /** All values that it has; `same`: each row has its own still; absent: they are not known. */
  readonly to?: readonly unknown[] | 'same' | undefined;
}

/** What happened to a record, or to records that are not known. */
export interface Change {
  /** The name of the model, or of the table where there is no model. */
  readonly entity: string;
  /** Absent: any of its records, or, with `create`, one more. */
  readonly id?: Id | undefined;
  readonly action: 'create' | 'update' | 'delete' | 'unknown';
  /** The record, where one was at hand. */
  readonly record?: unknown;
  /** What the record was before an update, where the ORM tells: TypeORM does for records that are saved. */
  readonly before?: unknown;
  /** The columns or properties that were written, where they are known. */
  readonly fields?: readonly string[] | undefined;
  /** By column, in lower case: in which lists the records were and are. A column that is missing may have had any value. */
  readonly lists?: Readonly<Record<string, ListChange>> | undefined;
}
