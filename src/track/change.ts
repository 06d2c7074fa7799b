import type { Id } from './tags.js';

/** How the values of a column changed in the rows that were changed. */
export interface ListChange {
  /** All values that the column had before. Absent if they are not known. */
  readonly from?: readonly unknown[] | undefined;
  /** All values that the column has now. `same` if each row kept its value; absent if they are not known. */
  readonly to?: readonly unknown[] | 'same' | undefined;
}

/** A change of one record, or of records that are not known. */
export interface Change {
  /** The name of the model, or of the table if there is no model. */
  readonly entity: string;
  /** The key of the record. If absent, any record may have changed or, with `create`, a record was added. */
  readonly id?: Id | undefined;
  readonly action: 'create' | 'update' | 'delete' | 'unknown';
  /** The record, if it is known. */
  readonly record?: unknown;
  /** The record before an update, if the ORM reports it: TypeORM does so for records that are saved. */
  readonly before?: unknown;
  /** The columns or properties that were written, if they are known. */
  readonly fields?: readonly string[] | undefined;
  /** By column, in lower case: the lists in which the records were and are. A missing column may have had any value. */
  readonly lists?: Readonly<Record<string, ListChange>> | undefined;
}
