import { type AnsweredQuery, type IsKnown, type ModelStatements, noteRead } from '../sql/model-statements.js';
import type { Tracker } from '../tracker.js';

export interface ReadParts {
  readonly tracker: Tracker;
  readonly statements: ModelStatements;
  /** The tables behind views, by their names. */
  readonly views: Readonly<Record<string, readonly string[]>>;
}

/** Notes what a query of the page being rendered read. Never throws. */
export function noteReads(
  { tracker, statements, views }: ReadParts,
  query: AnsweredQuery,
  isKnown: IsKnown,
): undefined {
  try {
    const { reads, unclear } = statements.reads(query, isKnown);
    for (const read of reads) {
      noteRead(tracker, read);
      for (const table of views[read.entity] ?? []) tracker.read(table);
    }
    if (unclear !== undefined) tracker.readAnything(unclear);
  } catch (error) {
    tracker.report(error);
  }
}
