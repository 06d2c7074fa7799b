import type { Id } from './tags.js';

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
}
