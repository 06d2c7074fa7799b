import { type Catalogue, defines } from '../../catalogue/catalogue.js';
import type { Change } from '../../change.js';
import type { FoundChanges, ModelStatements } from '../../sql/model-statements.js';
import { isRefusal } from '../../sql/refusal.js';
import type { Tracker } from '../../tracker.js';
import type { PgCall } from './call.js';
import type { PgOutcome } from './outcome.js';
import { begins, calledIn, calls, chains, ends, isToSavepoint, plain } from './text.js';

/** The part of pg's Client that is used. */
export interface PgClient {
  readonly query: (...given: never[]) => unknown;
  once(event: 'drain' | 'end', listener: () => void): unknown;
  /** In newer releases of pg: `I` is idle, `T` in a transaction, `E` in one that has failed. */
  getTransactionStatus?(): string | null;
}

export interface PgClientParts {
  readonly tracker: Tracker;
  readonly statements: ModelStatements;
  /** For each procedure, by name, the tables that it writes. */
  readonly procedures: Readonly<Record<string, readonly string[]>>;
  /** What the database reads and changes by itself. */
  readonly catalogue: Catalogue;
  /** Sends a query of our own through this connection. */
  readonly send: (given: readonly unknown[]) => unknown;
  /** Warns, once per command, of a command that may write tables without naming them. */
  readonly warnOf: (command: string) => void;
}

const NO_OUTCOME: PgOutcome = { commands: [], rows: undefined };
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE']);

/** Follows what one connection writes and whether it is committed, by the server's command tags. */
export class PgTransactions {
  readonly #client: PgClient;
  readonly #parts: PgClientParts;
  #isOpen = false;
  /** Whether a statement was sent that begins a transaction, so that reads may be as old as that transaction. */
  #hasBegun = false;
  /** Whether this transaction may have changed the catalogue; others see that when it is committed. */
  #hasDefined = false;
  /** Why any table may have been written in this transaction. */
  #anything: string | undefined;

  constructor(client: PgClient, parts: PgClientParts) {
    this.#client = client;
    this.#parts = parts;
  }

  /**
   * Notes what is committed with a statement that matters; called before it is sent. Returns a promise if the statement
   * must wait for that.
   */
  intend(call: PgCall): Promise<void> | undefined {
    const loading = this.prepare();
    return loading === undefined ? this.#intend(call) : loading.then(() => this.#intend(call));
  }

  /** Loads the catalogue through this connection; called before a statement that counts, if `intend` is not. */
  prepare(): Promise<void> | undefined {
    const { catalogue, send } = this.#parts;
    // Within a transaction, this query could fail, and the transaction would fail with it.
    return this.#isOpen
      ? undefined
      : catalogue.load(async (sql) => ((await send([sql])) as { rows: unknown }).rows);
  }

  /** Notes that the page being rendered reads; called with each of its reads. */
  reads(): void {
    if (this.#isOpen || this.#hasBegun) this.#parts.tracker.readsWithin(this.#client);
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#parts.tracker.begins(this.#client);
  }

  #intend(call: PgCall): Promise<void> | undefined {
    const { tracker } = this.#parts;
    try {
      const text = plain(call.text);
      if (!this.#isOpen && begins(text)) this.#begin();
      if (this.#isOpen && !ends(text)) return undefined;
      // The call itself is the owner, because more statements may be sent before this one is answered.
      const owner = this.#isOpen ? this.#client : call;
      this.#note(owner, this.#changesOf(call, text));
      if (this.#anything !== undefined || /\bprepared\b/.test(text))
        tracker.deferAnything(owner, this.#anything ?? 'a prepared transaction may be committed');
      return tracker.intend(owner);
    } catch (error) {
      tracker.report(error);
      return undefined;
    }
  }

  /** Follows the outcome of what matters; called in order. The caller of the query waits for the returned promise. */
  settled(call: PgCall, outcome: PgOutcome): Promise<void> | undefined {
    try {
      return this.#settled(call, outcome);
    } finally {
      if (!this.#isOpen) this.#hasBegun = false;
    }
  }

  #settled(call: PgCall, outcome: PgOutcome): Promise<void> | undefined {
    try {
      if (outcome.error === undefined) return this.#done(call, outcome);
      return isRefusal(outcome.error) ? this.#refused(call) : this.#unclear(call);
    } catch (error) {
      this.#parts.tracker.report(error);
      return this.#parts.tracker.changedAnything('a statement could not be read');
    }
  }

  #done(call: PgCall, { commands, rows }: PgOutcome): Promise<void> | undefined {
    const { tracker } = this.#parts;
    const text = plain(call.text);
    const wasOpen = this.#isOpen;
    const found = this.#changesOf(call, text, { commands, rows });
    for (const command of commands) {
      if (WRITES.has(command) && found.changes.length === 0)
        this.#anything = 'a prepared statement has written';
      if (command === 'DO' || (command === 'CALL' && !this.#knows(text))) this.#opaque(command);
      this.#turn(command, text);
    }
    const status = this.#client.getTransactionStatus?.();
    if (typeof status === 'string') this.#isOpen = status !== 'I';
    this.#hasDefined ||= defines(text);
    if (this.#hasDefined) this.#parts.catalogue.forget();
    if (!this.#isOpen) this.#hasDefined = false;
    const isOfCall = !wasOpen && !this.#isOpen;
    this.#note(isOfCall ? call : this.#client, found);
    // A statement that was sent before the answer to BEGIN arrived was noted as one outside a transaction.
    if (!isOfCall) tracker.adopt(this.#client, call);
    const isRolledBack = commands.length === 1 && commands[0] === 'ROLLBACK' && !isToSavepoint(text);
    if (isRolledBack && !this.#isOpen) return this.#forget(call);
    return this.#isOpen && !commands.includes('COMMIT') ? undefined : this.#commit(call);
  }

  #opaque(command: string): void {
    this.#anything = `${command} may have written`;
    this.#parts.warnOf(command);
  }

  /** Returns what the procedures that a statement calls write, according to the option `procedures`. */
  #writtenBy(text: string): readonly Change[] {
    const tables = calledIn(text).flatMap((name) => this.#parts.procedures[name] ?? []);
    return tables.map((entity) => ({ entity, action: 'unknown' }));
  }

  #knows(text: string): boolean {
    return calledIn(text).every((name) => name in this.#parts.procedures);
  }

  /** Follows the transaction to its next state. */
  #turn(command: string, text: string): void {
    if (command === 'BEGIN' || command === 'START') this.#isOpen = true;
    else if (command === 'COMMIT' && /\bprepared\b/.test(text))
      this.#anything = 'a prepared transaction was committed';
    else if (command === 'COMMIT' || (command === 'ROLLBACK' && !isToSavepoint(text)))
      this.#isOpen = chains(text);
    else if (command === 'PREPARE' && ends(text)) this.#isOpen = false;
  }

  /** Handles a statement that the server refused. A refused commit still ends the transaction. */
  #refused(call: PgCall): Promise<void> | undefined {
    const text = plain(call.text);
    // A procedure may have committed before it failed.
    if (!ends(text) && (this.#isOpen || !calls(text))) {
      this.#parts.tracker.forget(call);
      return undefined;
    }
    const status = this.#client.getTransactionStatus?.() ?? 'I';
    this.#isOpen = status !== 'I';
    // If there were several statements, those before the refused one may be committed.
    this.#note(call, this.#changesOf(call, text));
    return this.#commit(call);
  }

  /** Handles a lost answer: the connection broke, or no one waited. The statement may be carried out now or later. */
  #unclear(call: PgCall): Promise<void> | undefined {
    const text = plain(call.text);
    const found = this.#changesOf(call, text);
    const { tracker } = this.#parts;
    const owner = this.#isOpen ? this.#client : call;
    this.#note(owner, found);
    // The commit is still to come, or the transaction is gone with its connection.
    if (this.#isOpen && !ends(text) && found.unclear === undefined) return undefined;
    if (this.#anything !== undefined) tracker.deferAnything(owner, this.#anything);
    this.#anything = undefined;
    this.#isOpen = false;
    return tracker.lost(owner, this.#client);
  }

  /** Returns the changes of what a statement names, and of what the procedures that it calls write. */
  #changesOf({ text, values }: PgCall, bare: string, outcome: PgOutcome = NO_OUTCOME): FoundChanges {
    const isKnown = (verb: string) => verb === 'CALL' && this.#knows(bare);
    const { steps: _, ...found } = this.#parts.statements.changes(text, values, isKnown);
    const changes = [...withRecords(found.changes, outcome), ...this.#writtenBy(bare)];
    return { ...found, changes };
  }

  #note(owner: object, { changes, unclear }: FoundChanges): void {
    if (changes.length > 0) this.#parts.tracker.defer(owner, changes);
    if (unclear !== undefined) this.#parts.tracker.deferAnything(owner, unclear);
  }

  /** Commits the changes of the transaction, and those of the call itself, which were made outside a transaction. */
  async #commit(call: PgCall): Promise<void> {
    const { tracker } = this.#parts;
    const reason = this.#anything;
    this.#anything = undefined;
    await tracker.commit(this.#client);
    await tracker.commit(call);
    if (reason !== undefined) await tracker.changedAnything(reason);
  }

  #forget(call: PgCall): undefined {
    this.#anything = undefined;
    this.#parts.tracker.forget(this.#client);
    this.#parts.tracker.forget(call);
  }
}

/** Adds the rows that RETURNING gave, for the option `urls`. */
function withRecords(
  changes: readonly Change[],
  { commands: [command = ''], rows }: PgOutcome,
): readonly Change[] {
  const [change] = changes;
  const isWrite = changes.length === 1 && WRITES.has(command);
  if (change === undefined || !isWrite || !Array.isArray(rows) || rows.length === 0) return changes;
  return rows.map((record: unknown) => ({ ...change, record }));
}
