import type { FoundChanges, StatementChanges } from '../sql/model-statements.js';
import type { Tracker } from '../tracker.js';

interface Transaction {
  /** How many transactions are open, each within the one before, by savepoints. */
  depth: number;
  /** Whether something in it may have ended it, so that later changes may be committed at once. */
  mayHaveEnded: boolean;
  /** Its operations without a result yet. */
  readonly running: Set<Promise<unknown>>;
}

interface TransactionModels {
  /** Whether all operations share one connection, in a transaction or not. */
  readonly isShared: boolean;
  /** Whether the database is MySQL or MariaDB. */
  readonly isLoose: boolean;
}

/** The arguments of the engine's `transaction()`: how a transaction begins, or which one ends. */
export type EngineTransaction = readonly [
  action: 'start' | 'commit' | 'rollback',
  headers: unknown,
  info: { readonly id?: unknown; readonly newTxId?: unknown } | undefined,
];

/** The open transactions by their key, which each operation within one has. */
export class PrismaTransactions {
  readonly #tracker: Tracker;
  readonly #models: TransactionModels;
  readonly #prepare: () => Promise<void> | undefined;
  readonly #open = new Map<unknown, Transaction>();

  /** `prepare` is called before a transaction has a connection. */
  constructor(
    tracker: Tracker,
    parts: { readonly models: TransactionModels; readonly prepare: () => Promise<void> | undefined },
  ) {
    const { models, prepare } = parts;
    this.#tracker = tracker;
    this.#models = models;
    this.#prepare = prepare;
  }

  /** Replaces the engine's `transaction()`. */
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

  /** Ends an inner transaction. Its changes count even after a rollback. A rollback follows a failed commit. */
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
      // If a commit failed, no one knows whether it has happened.
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
      // In MySQL, some tables have no transactions.
      const isUndone = !isShared && !isLoose && !transaction.mayHaveEnded;
      if (isUndone) this.#tracker.forget(transaction);
      else await this.#tracker.commit(transaction);
    }
  }

  async #close(id: unknown, transaction: Transaction): Promise<void> {
    await Promise.allSettled(transaction.running);
    this.#open.delete(id);
  }

  /** Runs an operation. The transaction with this key waits for it before it is closed. */
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

  /** Notes that the page being rendered reads; called with each of its reads. */
  reads(id: unknown): void {
    for (const [key, one] of this.#open)
      if (key === id || this.#models.isShared) this.#tracker.readsWithin(one);
  }

  /** Notes what an operation outside a transaction commits, before it is sent. Returns the owner of its changes. */
  async intend(id: unknown, found: FoundChanges): Promise<object> {
    const owner = {};
    if (this.#open.has(id)) return owner;
    this.#note(owner, found);
    await this.#tracker.intend(owner);
    return owner;
  }

  /** Reports changes in the transaction with this key, or outside one, and why anything else may have changed. */
  async tell(id: unknown, found: StatementChanges, alone: AloneOperation): Promise<void> {
    const transaction = this.#open.get(id);
    if (transaction !== undefined) {
      this.#note(transaction, found);
      transaction.mayHaveEnded ||= found.steps.length > 0 || found.unclear !== undefined;
      if (transaction.mayHaveEnded) await this.#tracker.flush(transaction);
      return;
    }
    // What is written through the same connection is rolled back along with an open transaction.
    if (this.#models.isShared) for (const one of this.#open.values()) this.#note(one, found);
    if (alone.isLost) {
      this.#note(alone.owner, found);
      await this.#tracker.lost(alone.owner);
      return;
    }
    // These changes are more exact than those noted before, when the records were not known.
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

/** An operation outside a transaction. */
interface AloneOperation {
  readonly owner: object;
  readonly isLost: boolean;
}

/** Prisma's own errors say that a query has failed, except those for a timeout or a lost connection. */
const REFUSAL = /^P2(?!024|028)\d{3}$/;

/** Whether what failed may still be carried out. */
export function isLost(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, name } = error as Readonly<Record<string, unknown>>;
  if (name === 'PrismaClientValidationError') return false;
  return typeof code !== 'string' || !REFUSAL.test(code);
}
