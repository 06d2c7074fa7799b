import type { Change } from '../change.js';
import type { Tracker } from '../tracker.js';
import type { Dialect } from './dialect.js';
import { askedForKeys } from './key-query.js';
import { nestedReadsOf } from './nested/reads.js';
import { ReadPlans } from './reads/plan.js';
import { type ModelRead, readsOf } from './reads/reads.js';
import { mayWrite, StatementReader } from './statement.js';
import type { TableModels } from './table-models.js';
import { changesOf } from './table-writes.js';
import type { TransactionStep } from './transaction-steps.js';

/** A query with its results. */
export interface AnsweredQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly rows: unknown;
  /** The query around this one, if the ORM first asks only for the keys of its rows, and then sends it as a whole. */
  readonly around?: string;
}

/** What a query has read. */
export interface StatementReads {
  readonly reads: readonly ModelRead[];
  /** Why it may have read anything else too; `undefined` if it has not. */
  readonly unclear?: string;
}

/** What a statement has changed. */
export interface StatementChanges {
  readonly changes: readonly Change[];
  /** Why it may have changed anything else too; `undefined` if it has not. */
  readonly unclear?: string;
  /** What it does to the open transaction. */
  readonly steps: readonly TransactionStep[];
}

/** What a statement has changed, without what it does to its transaction. */
export type FoundChanges = Omit<StatementChanges, 'steps'>;

/** Whether it is known which tables a statement reads and writes although it does not name them, such as a `CALL`. */
export type IsKnown = (verb: string) => boolean;

const nothingIsKnown: IsKnown = () => false;

/** Finds what SQL statements read and change, in terms of the models behind the tables. Nothing here throws. */
export class ModelStatements {
  readonly #models: TableModels;
  readonly #statements: StatementReader;
  readonly #plans: ReadPlans;

  constructor(models: TableModels, dialect?: Dialect) {
    this.#models = models;
    this.#plans = new ReadPlans(models);
    this.#statements = new StatementReader(dialect);
  }

  /** Returns what a query with these results has read. */
  reads({ sql, parameters, rows, around }: AnsweredQuery, isKnown = nothingIsKnown): StatementReads {
    const sent = this.#guarded(() => this.#statements.sent(sql, parameters));
    if (sent instanceof Error) return { reads: [], unclear: readsOfUnread(sent) };
    const text = around === undefined ? sent.text : askedForKeys(sent.text, around);
    const answer = { parameters: sent.parameters, rows };
    const nested =
      text.nested && nestedReadsOf(text.nested, answer, { plans: this.#plans, models: this.#models });
    const reads = nested ?? readsOf(this.#plans.of(text), answer, this.#models.isLoose);
    const verb = text.opaque.find((one) => !isKnown(one));
    return verb === undefined ? { reads } : { reads, unclear: readsOfOpaque(verb) };
  }

  /** Returns what a statement has changed. */
  changes(sql: string, parameters: readonly unknown[], isKnown = nothingIsKnown): StatementChanges {
    if (!mayWrite(sql)) return { changes: [], steps: [] };
    const statement = this.#guarded(() => this.#statements.read(sql, parameters));
    if (statement instanceof Error) return { changes: [], steps: [], unclear: changesOfUnread(statement) };
    const { steps, opaque } = statement;
    const verb = opaque.find((one) => !isKnown(one));
    const named = changesOf(statement, this.#models);
    const changes = [...named, ...(this.#models.foreignKeys?.().reachedBy(named) ?? [])];
    return { changes, steps, ...(verb !== undefined && { unclear: changesOfOpaque(verb) }) };
  }

  /** Whether a text is one query over tables, without a subquery. */
  isPlain(sql: string): boolean {
    const sent = this.#guarded(() => this.#statements.sent(sql));
    return !(sent instanceof Error) && sent.text.isPlain;
  }

  #guarded<T>(read: () => T): T | Error {
    try {
      return read();
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** Gives the page being rendered the tags of a read. */
export function noteRead(
  tracker: Pick<Tracker, 'read' | 'readList' | 'readMissing'>,
  { entity, id, list, isMissing }: ModelRead,
): void {
  if (isMissing === true) tracker.readMissing(entity);
  else if (list === undefined) tracker.read(entity, id);
  else tracker.readList(entity, list);
}

const TO_STORE =
  'to have the page stored, read the tables with SELECT, or read them in untracked() and name tags with tag()';
const TO_KEEP =
  'to have pages kept, write the tables with INSERT, UPDATE, DELETE or MERGE, or write through a connection that is not tracked and delete pages with quickDelete()';

function readsOfOpaque(verb: string): string {
  return `${verb} may read tables that it does not name; ${TO_STORE}`;
}

function readsOfUnread({ message }: Error): string {
  return `a statement cannot be read (${message}); ${TO_STORE}`;
}

function changesOfOpaque(verb: string): string {
  return `${verb} may change tables that it does not name; ${TO_KEEP}`;
}

function changesOfUnread({ message }: Error): string {
  return `a statement cannot be read (${message}); ${TO_KEEP}`;
}
