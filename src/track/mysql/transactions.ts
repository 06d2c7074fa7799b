import { type Catalogue, defines } from '../catalogue/catalogue.js';
import type { Change } from '../change.js';
import type { ReadParts } from '../pool/reads.js';
import type { FoundChanges, ModelStatements, StatementChanges } from '../sql/model-statements.js';
import { isRefusal } from '../sql/refusal.js';
import type { LostConnection } from '../tracker.js';
import { calledIn } from './calls.js';
import type { MysqlCall, MysqlHeader, MysqlOutcome } from './command.js';

export interface MysqlParts extends ReadParts {
  /** What statements say in a session that takes backslashes for escapes. */
  readonly escaping: ModelStatements;
  /** The tables that procedures write, by their names. */
  readonly procedures: Readonly<Record<string, readonly string[]>>;
  readonly catalogue: Catalogue;
}

/** The server is in a transaction, as it says with its answer. */
const IN_TRANSACTION = 1;
const AUTOCOMMIT = 2;
const NO_BACKSLASH_ESCAPES = 512;

/** What may begin a transaction, wherever it is in a text. */
const BEGINS = /\b(?:begin|start)\b/i;

interface CalledChanges extends StatementChanges {
  /** Whether it calls procedures. */
  readonly calls: boolean;
}

/** What one connection writes, and whether that has been committed; the status in the server's answers tells. */
export class MysqlTransactions {
  readonly #connection: LostConnection;
  readonly #parts: MysqlParts;
  readonly #ask: (sql: string) => Promise<unknown>;
  /** Whether the last answer with a status said so. */
  #isOpen = false;
  /** Whether what is read now may be as old as a transaction that was sent for. */
  #hasBegun = false;
  /** Whether the last answer with a status said that any statement begins a transaction. */
  #beginsAlways = false;
  /** Whether all answers with a status said so. */
  #isEscaping: boolean | undefined;

  /** `ask` sends a query of our own through this connection. */
  constructor(connection: LostConnection, parts: MysqlParts, ask: (sql: string) => Promise<unknown>) {
    this.#connection = connection;
    this.#parts = parts;
    this.#ask = ask;
  }

  /** What reads statements, as far as it is known how the server takes them. */
  get statements(): ModelStatements {
    return this.#isEscaping === true ? this.#parts.escaping : this.#parts.statements;
  }

  /** Something was sent that is no statement, and may have ended a transaction. */
  unsure(): void {
    this.#isOpen = false;
  }

  /**
   * To be called before something that may write is sent: what is committed with it is noted. A promise if that has to be waited
   * for.
   */
  intend(call: MysqlCall): Promise<void> | undefined {
    const loading = this.prepare();
    return loading === undefined ? this.#intend(call) : loading.then(() => this.#intend(call));
  }

  /** To be called before each statement, in the order in which they are sent. */
  begin(call: MysqlCall): void {
    if (this.#isOpen || this.#hasBegun) return;
    if (!this.#beginsAlways && !BEGINS.test(call.text)) return;
    this.#hasBegun = true;
    this.#parts.tracker.begins(this.#connection);
  }

  /** To be called with what the page being rendered reads. */
  reads(): void {
    if (this.#isOpen || this.#hasBegun) this.#parts.tracker.readsWithin(this.#connection);
  }

  /** To be called before any other statement that counts: has the catalogue read, through this connection. */
  prepare(): Promise<void> | undefined {
    return this.#parts.catalogue.load(this.#ask);
  }

  #intend(call: MysqlCall): Promise<void> | undefined {
    const { tracker } = this.#parts;
    try {
      const found = this.#changesOf(call);
      const isEnd = mayEnd(found);
      if (this.#isOpen && !isEnd) return undefined;
      // By its own owner, since statements may be sent before the answer to this one has come.
      const owner = isEnd ? this.#connection : call;
      this.#noteChanges(owner, found);
      return tracker.intend(owner);
    } catch (error) {
      tracker.report(error);
      return undefined;
    }
  }

  /** To be called with everything that may write, in order; the caller of the query waits for what it returns. */
  settled(call: MysqlCall, outcome: MysqlOutcome): Promise<void> | undefined {
    const { tracker } = this.#parts;
    try {
      return this.#settled(call, outcome);
    } catch (error) {
      tracker.report(error);
      return tracker.changedAnything('a statement could not be read');
    } finally {
      if (!this.#isOpen) this.#hasBegun = false;
    }
  }

  #settled(call: MysqlCall, { headers, error }: MysqlOutcome): Promise<void> | undefined {
    const { tracker } = this.#parts;
    this.#note(headers);
    const found = this.#changesOf(call);
    if (defines(call.text)) this.#parts.catalogue.forget();
    if (error !== undefined && !isRefusal(error)) return this.#lost(call, found);
    if (isNothing(found) && headers.length === 0 && !found.calls) return undefined;
    // What is refused by itself may have been carried out in part, and is over.
    if (error !== undefined && !this.#isOpen && !mayEnd(found)) return this.#alone(call, found);
    this.#noteChanges(this.#connection, found);
    tracker.adopt(this.#connection, call);
    if (error !== undefined) return this.#flush();
    if (isRolledBack(found, headers)) return void tracker.forget(this.#connection);
    const last = headers.at(-1);
    // An answer with rows has no status.
    if (last !== undefined) this.#isOpen = isOpen(last);
    if (last !== undefined && !this.#isOpen) return tracker.commit(this.#connection);
    // What ends one transaction may begin another.
    const isCertain = this.#isOpen && headers.every(isOpen) && !mayEnd(found);
    return isCertain ? undefined : this.#flush();
  }

  /** The status comes with the answer to the very text that is to be read. */
  #note(headers: readonly MysqlHeader[]): void {
    const last = headers.at(-1);
    if (last !== undefined) this.#beginsAlways = (last.serverStatus & AUTOCOMMIT) === 0;
    const areEscaping = headers.every(({ serverStatus }) => (serverStatus & NO_BACKSLASH_ESCAPES) === 0);
    if (headers.length > 0) this.#isEscaping = areEscaping && this.#isEscaping !== false;
  }

  #flush(): Promise<void> {
    return this.#parts.tracker.flush(this.#connection);
  }

  #alone(call: MysqlCall, found: FoundChanges): Promise<void> {
    this.#noteChanges(call, found);
    return this.#parts.tracker.commit(call);
  }

  /** The connection broke, or the answer was not waited for: what was sent may be carried out, now or later. */
  #lost(call: MysqlCall, found: CalledChanges): Promise<void> | undefined {
    const { tracker } = this.#parts;
    const owner = this.#isOpen && !mayEnd(found) ? call : this.#connection;
    this.#noteChanges(owner, found);
    if (owner === call) this.#noteChanges(this.#connection, found);
    else tracker.adopt(owner, call);
    return tracker.lost(owner, this.#connection);
  }

  #noteChanges(owner: object, { changes, unclear }: FoundChanges): void {
    if (changes.length > 0) this.#parts.tracker.defer(owner, changes);
    if (unclear !== undefined) this.#parts.tracker.deferAnything(owner, unclear);
  }

  #changesOf({ text, values }: MysqlCall): CalledChanges {
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

/** Whether a statement may commit, or end a transaction otherwise. */
function mayEnd({ steps, unclear, calls }: CalledChanges): boolean {
  return steps.length > 0 || unclear !== undefined || calls;
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
