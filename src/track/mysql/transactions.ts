import type { Change } from '../change.js';
import type { ReadParts } from '../pool/reads.js';
import type { ModelStatements, StatementChanges } from '../sql/model-statements.js';
import { calledIn } from './calls.js';
import type { MysqlCall, MysqlHeader, MysqlOutcome } from './command.js';

export interface MysqlParts extends ReadParts {
  /** What statements say in a session that takes backslashes for escapes. */
  readonly escaping: ModelStatements;
  /** The tables that procedures write, by their names. */
  readonly procedures: Readonly<Record<string, readonly string[]>>;
}

/** The server is in a transaction, as it says with its answer. */
const IN_TRANSACTION = 1;
const NO_BACKSLASH_ESCAPES = 512;
/** A server goes on with what it was sent when the connection has gone; nobody can tell how long. */
const CARRIED_OUT_LATER_MS = [1_000, 10_000, 60_000];

/** What one connection writes, and whether that has been committed; the status in the server's answers tells. */
export class MysqlTransactions {
  readonly #connection: object;
  readonly #parts: MysqlParts;
  /** Whether the last answer with a status said so. */
  #isOpen = false;
  /** Whether all answers with a status said so. */
  #isEscaping: boolean | undefined;

  constructor(connection: object, parts: MysqlParts) {
    this.#connection = connection;
    this.#parts = parts;
  }

  /** What reads statements, as far as it is known how the server takes them. */
  get statements(): ModelStatements {
    return this.#isEscaping === true ? this.#parts.escaping : this.#parts.statements;
  }

  /** Something was sent that is no statement, and may have ended a transaction. */
  unsure(): void {
    this.#isOpen = false;
  }

  /** To be called with everything that may write, in order; the caller of the query waits for what it returns. */
  settled(call: MysqlCall, outcome: MysqlOutcome): Promise<void> | undefined {
    const { tracker } = this.#parts;
    try {
      return this.#settled(call, outcome);
    } catch (error) {
      tracker.report(error);
      return tracker.changedAnything('a statement could not be read');
    }
  }

  #settled(call: MysqlCall, { headers, error }: MysqlOutcome): Promise<void> | undefined {
    const { tracker } = this.#parts;
    this.#note(headers);
    const found = this.#changesOf(call);
    if (found.changes.length > 0) tracker.defer(this.#connection, found.changes);
    if (found.unclear !== undefined) tracker.deferAnything(this.#connection, found.unclear);
    if (isNothing(found) && headers.length === 0 && !found.calls) return undefined;
    if (error !== undefined) return isRefusal(error) ? this.#flush() : this.#lost();
    if (isRolledBack(found, headers)) return void tracker.forget(this.#connection);
    const last = headers.at(-1);
    // An answer with rows has no status.
    if (last !== undefined) this.#isOpen = isOpen(last);
    if (last !== undefined && !this.#isOpen) return tracker.commit(this.#connection);
    // What ends one transaction may begin another.
    const isCertain = this.#isOpen && headers.every(isOpen) && found.steps.length === 0;
    return isCertain && found.unclear === undefined && !found.calls ? undefined : this.#flush();
  }

  /** The status comes with the answer to the very text that is to be read. */
  #note(headers: readonly MysqlHeader[]): void {
    const areEscaping = headers.every(({ serverStatus }) => (serverStatus & NO_BACKSLASH_ESCAPES) === 0);
    if (headers.length > 0) this.#isEscaping = areEscaping && this.#isEscaping !== false;
  }

  #flush(): Promise<void> {
    return this.#parts.tracker.flush(this.#connection);
  }

  /** The connection broke, or the answer was not waited for: what was sent may be carried out, now or later. */
  #lost(): Promise<void> {
    for (const delay of CARRIED_OUT_LATER_MS) setTimeout(() => void this.#flush(), delay).unref();
    return this.#flush();
  }

  #changesOf({ text, values }: MysqlCall): StatementChanges & { readonly calls: boolean } {
    const { procedures, views } = this.#parts;
    const called = calledIn(text);
    const isKnown = (verb: string) => verb === 'CALL' && called.every((name) => name in procedures);
    const { changes, ...others } = this.statements.changes(text, values, isKnown);
    const tables = [
      ...called.flatMap((name) => procedures[name] ?? []),
      ...changes.flatMap(({ entity }) => views[entity] ?? []),
    ];
    const further = tables.map((entity): Change => ({ entity, action: 'unknown' }));
    return { ...others, changes: [...changes, ...further], calls: called.length > 0 };
  }
}

/** Whether a statement neither changes anything nor ends a transaction: it only looked as if it may. */
function isNothing({ changes, steps, unclear }: StatementChanges): boolean {
  return changes.length === 0 && steps.length === 0 && unclear === undefined;
}

/** Whether all of a transaction was undone: tables that know none are warned of. */
function isRolledBack(
  { steps, changes, unclear }: StatementChanges,
  [header, ...others]: readonly MysqlHeader[],
): boolean {
  const isAll =
    steps.length === 1 && steps[0] === 'rollback' && changes.length === 0 && unclear === undefined;
  return isAll && header?.warningStatus === 0 && !isOpen(header) && others.length === 0;
}

function isOpen({ serverStatus }: MysqlHeader): boolean {
  return (serverStatus & IN_TRANSACTION) !== 0;
}

/** Whether the server itself has said that the statement failed. */
function isRefusal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return typeof Reflect.get(error, 'sqlState') === 'string' && Reflect.get(error, 'fatal') !== true;
}
