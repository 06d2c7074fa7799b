import { type Catalogue, defines } from '../catalogue/catalogue.js';
import type { Change } from '../change.js';
import type { ReadParts } from '../pool/reads.js';
import type { FoundChanges, ModelStatements, StatementChanges } from '../sql/model-statements.js';
import { isRefusal } from '../sql/refusal.js';
import type { LostConnection } from '../tracker.js';
import { calledIn } from './calls.js';
import type { MysqlCall, MysqlHeader, MysqlOutcome } from './command.js';

export interface MysqlParts extends ReadParts {
  /** Reads statements in a session that takes backslashes as escapes. */
  readonly escaping: ModelStatements;
  /** For each procedure, by name, the tables that it writes. */
  readonly procedures: Readonly<Record<string, readonly string[]>>;
  readonly catalogue: Catalogue;
}

/** A flag of the status in the server's answers: a transaction is open. */
const IN_TRANSACTION = 1;
const AUTOCOMMIT = 2;
const NO_BACKSLASH_ESCAPES = 512;

/** Words that may begin a transaction, anywhere in a text. */
const BEGINS = /\b(?:begin|start)\b/i;

interface CalledChanges extends StatementChanges {
  /** Whether it calls procedures. */
  readonly calls: boolean;
}

/** Follows what one connection writes and whether it is committed, by the status in the server's answers. */
export class MysqlTransactions {
  readonly #connection: LostConnection;
  readonly #parts: MysqlParts;
  readonly #ask: (sql: string) => Promise<unknown>;
  /** Whether a transaction is open, according to the last answer with a status. */
  #isOpen = false;
  /** Whether a statement was sent that begins a transaction, so that reads may be as old as that transaction. */
  #hasBegun = false;
  /** Whether any statement begins a transaction, according to the last answer with a status. */
  #beginsAlways = false;
  /** Whether backslashes are escapes, according to all answers with a status. */
  #isEscaping: boolean | undefined;

  /** `ask` sends a query of our own through this connection. */
  constructor(connection: LostConnection, parts: MysqlParts, ask: (sql: string) => Promise<unknown>) {
    this.#connection = connection;
    this.#parts = parts;
    this.#ask = ask;
  }

  /** The reader of statements, according to what is known of the session. */
  get statements(): ModelStatements {
    return this.#isEscaping === true ? this.#parts.escaping : this.#parts.statements;
  }

  /** Called when a command that is no statement was sent: it may have ended a transaction. */
  unsure(): void {
    this.#isOpen = false;
  }

  /**
   * Notes what is committed with a statement that may write; called before it is sent. Returns a promise if the
   * statement must wait for that.
   */
  intend(call: MysqlCall): Promise<void> | undefined {
    const loading = this.prepare();
    return loading === undefined ? this.#intend(call) : loading.then(() => this.#intend(call));
  }

  /** Notes that a transaction may begin; called before each statement, in the order in which they are sent. */
  begin(call: MysqlCall): void {
    if (this.#isOpen || this.#hasBegun) return;
    if (!this.#beginsAlways && !BEGINS.test(call.text)) return;
    this.#hasBegun = true;
    this.#parts.tracker.begins(this.#connection);
  }

  /** Notes that the page being rendered reads; called with each of its reads. */
  reads(): void {
    if (this.#isOpen || this.#hasBegun) this.#parts.tracker.readsWithin(this.#connection);
  }

  /** Loads the catalogue through this connection; called before a statement that counts, if `intend` is not. */
  prepare(): Promise<void> | undefined {
    return this.#parts.catalogue.load(this.#ask);
  }

  #intend(call: MysqlCall): Promise<void> | undefined {
    const { tracker } = this.#parts;
    try {
      const found = this.#changesOf(call);
      const isEnd = mayEnd(found);
      if (this.#isOpen && !isEnd) return undefined;
      // The call itself is the owner, because more statements may be sent before this one is answered.
      const owner = isEnd ? this.#connection : call;
      this.#noteChanges(owner, found);
      return tracker.intend(owner);
    } catch (error) {
      tracker.report(error);
      return undefined;
    }
  }

  /** Follows the outcome of what may write; called in order. The caller of the query waits for the returned promise. */
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
    // Refused outside a transaction, a statement may have been carried out in part, and nothing follows it.
    if (error !== undefined && !this.#isOpen && !mayEnd(found)) return this.#alone(call, found);
    this.#noteChanges(this.#connection, found);
    tracker.adopt(this.#connection, call);
    if (error !== undefined) return this.#flush();
    if (isRolledBack(found, headers)) return void tracker.forget(this.#connection);
    const last = headers.at(-1);
    // An answer with rows has no status.
    if (last !== undefined) this.#isOpen = isOpen(last);
    if (last !== undefined && !this.#isOpen) return tracker.commit(this.#connection);
    // A statement that ends one transaction may begin another.
    const isCertain = this.#isOpen && headers.every(isOpen) && !mayEnd(found);
    return isCertain ? undefined : this.#flush();
  }

  /** Notes the status in an answer. It says how to read the text that was answered. */
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

  /** Handles a lost answer: the connection broke, or no one waited. The statement may be carried out now or later. */
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

/** Whether a statement neither changes anything nor ends a transaction, though it looked as if it might. */
function isNothing({ changes, steps, unclear }: StatementChanges): boolean {
  return changes.length === 0 && steps.length === 0 && unclear === undefined;
}

/** Whether a statement may commit, or end a transaction in another way. */
function mayEnd({ steps, unclear, calls }: CalledChanges): boolean {
  return steps.length > 0 || unclear !== undefined || calls;
}

/** Whether a whole transaction was undone. The server warns if tables without transactions keep their changes. */
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
