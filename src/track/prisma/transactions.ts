import type { FoundChanges, StatementChanges } from '../sql/model-statements.js';
import type { Tracker } from '../tracker.js';

interface Transaction {
  /** How many transactions are open in one another, by savepoints. */
  depth: number;
  /** Whether something in it may have ended it, so that what comes later may be committed at once. */
  mayHaveEnded: boolean;
  /** Its operations that have no result yet. */
  readonly running: Set<Promise<unknown>>;
}

interface TransactionModels {
  /** Whether all transactions, and what is in none, have one connection. */
  readonly isShared: boolean;
  /** Whether the database is MySQL or MariaDB. */
  readonly isLoose: boolean;
}

/** What the engine of a client is told: how a transaction is to begin, or which one is to end. */
export type EngineTransaction = readonly [
  action: 'start' | 'commit' | 'rollback',
  headers: unknown,
  info: { readonly id?: unknown; readonly newTxId?: unknown } | undefined,
];

/** The transactions that are open, by their key, which each operation in one is told of. */
export class PrismaTransactions {
  readonly #tracker: Tracker;
  readonly #models: TransactionModels;
  readonly #prepare: () => Promise<void> | undefined;
  readonly #open = new Map<unknown, Transaction>();

  /** `prepare` comes before a transaction has a connection. */
  constructor(
    tracker: Tracker,
    parts: { readonly models: TransactionModels; readonly prepare: () => Promise<void> | undefined },
  ) {
    const { models, prepare } = parts;
    this.#tracker = tracker;
    this.#models = models;
    this.#prepare = prepare;
  }

  /** In place of the engine's `transaction()`. */
  async run([action, , info]: EngineTransaction, send: () => Promise<unknown>): Promise<unknown> {
    if (action === 'start') return await this.#begin(info?.newTxId, send);
    const transaction = this.#open.get(info?.id);
    if (transaction === undefined) return await send();
    if (transaction.depth > 1) return await this.#endInner(transaction, action, send);
    if (action === 'commit') return await this.#commit(info?.id, transaction, send);
    return await this.#rollBack(info?.id, transaction, send);
  }

  async #begin(outer: unknown, send: () => Promise<unknown>): Promise<unknown> {
    const known = this.#open.get(outer);
    const transaction: Transaction = known ?? { depth: 0, mayHaveEnded: false, running: new Set() };
    if (known === undefined) {
      await this.#prepare();
      this.#tracker.begins(transaction);
    }
    const begun = await send();
    transaction.depth += 1;
    this.#open.set((begun as { readonly id?: unknown }).id, transaction);
    return begun;
  }

  /** What was written in one that is rolled back counts too. A commit that fails is followed by a rollback. */
  async #endInner(transaction: Transaction, action: string, send: () => Promise<unknown>): Promise<unknown> {
    if (action === 'rollback') transaction.depth -= 1;
    const ended = await send();
    if (action === 'commit') transaction.depth -= 1;
    return ended;
  }

  async #commit(id: unknown, transaction: Transaction, send: () => Promise<unknown>): Promise<unknown> {
    await Promise.allSettled(transaction.running);
    await this.#tracker.intend(transaction);
    let failure: unknown;
    try {
      return await send();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      await this.#close(id, transaction);
      // Of a commit that failed nobody knows whether it has happened.
      if (isLost(failure)) await this.#tracker.lost(transaction);
      else await this.#tracker.commit(transaction);
    }
  }

  async #rollBack(id: unknown, transaction: Transaction, send: () => Promise<unknown>): Promise<unknown> {
    try {
      return await send();
    } finally {
      await this.#close(id, transaction);
      const { isShared, isLoose } = this.#models;
      // Of MySQL, some tables know no transactions.
      const isUndone = !isShared && !isLoose && !transaction.mayHaveEnded;
      if (isUndone) this.#tracker.forget(transaction);
      else await this.#tracker.commit(transaction);
    }
  }

  async #close(id: unknown, transaction: Transaction): Promise<void> {
    await Promise.allSettled(transaction.running);
    this.#open.delete(id);
  }

  /** Runs an operation; the transaction with this key ends after it. */
  async within<T>(id: unknown, operation: () => Promise<T>): Promise<T> {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return await operation();
    const running = operation();
    transaction.running.add(running);
    try {
      return await running;
    } finally {
      transaction.running.delete(running);
    }
  }

  /** To be called with what the page being rendered reads. */
  reads(id: unknown): void {
    for (const [key, one] of this.#open)
      if (key === id || this.#models.isShared) this.#tracker.readsWithin(one);
  }

  /** Notes what is committed with an operation that is in no transaction, before it is sent; what owns its changes. */
  async intend(id: unknown, found: FoundChanges): Promise<object> {
    const owner = {};
    if (this.#open.has(id)) return owner;
    this.#note(owner, found);
    await this.#tracker.intend(owner);
    return owner;
  }

  /** Changes made in the transaction with this key, or by themselves; and why anything else may have changed, if it may. */
  async tell(id: unknown, found: StatementChanges, alone: AloneOperation): Promise<void> {
    const transaction = this.#open.get(id);
    if (transaction !== undefined) {
      this.#note(transaction, found);
      transaction.mayHaveEnded ||= found.steps.length > 0 || found.unclear !== undefined;
      if (transaction.mayHaveEnded) await this.#tracker.flush(transaction);
      return;
    }
    // What is written through the same connection is undone with a transaction that is open.
    if (this.#models.isShared) for (const one of this.#open.values()) this.#note(one, found);
    if (alone.isLost) {
      this.#note(alone.owner, found);
      await this.#tracker.lost(alone.owner);
      return;
    }
    // What was noted before is less exact: the records were not known.
    const owner = {};
    this.#note(owner, found);
    await this.#tracker.commit(owner);
    this.#tracker.forget(alone.owner);
  }

  #note(owner: object, { changes, unclear }: FoundChanges): void {
    if (changes.length > 0) this.#tracker.defer(owner, changes);
    if (unclear !== undefined) this.#tracker.deferAnything(owner, unclear);
  }
}

/** An operation in no transaction. */
interface AloneOperation {
  readonly owner: object;
  readonly isLost: boolean;
}

/** Prisma's own errors say that a query has failed, but for those of a time that is up or a connection that is gone. */
const REFUSAL = /^P2(?!024|028)\d{3}$/;

/** Whether something that failed may be carried out all the same. */
export function isLost(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, name } = error as Readonly<Record<string, unknown>>;
  if (name === 'PrismaClientValidationError') return false;
  return typeof code !== 'string' || !REFUSAL.test(code);
}
