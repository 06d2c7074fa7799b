import type { Change } from '../change.js';
import type { Tracker } from '../tracker.js';

interface Transaction {
  /** Its operations that have no result yet. */
  readonly running: Set<Promise<unknown>>;
}

interface TransactionClient {
  $queryRawUnsafe(sql: string): PromiseLike<unknown>;
}

interface BeginningClient {
  $transaction(work: unknown, options?: unknown): Promise<unknown>;
}

/** A query of no effect: the tracking client answers it itself, with the key of the transaction that it is asked in. */
const QUESTION = '-- staticgenerator: which transaction is this?';

/** The interactive transactions that are open, by their key, which each operation in one is told of. */
export class PrismaTransactions {
  readonly #tracker: Tracker;
  readonly #isShared: boolean;
  readonly #open = new Map<unknown, Transaction>();

  /** `isShared`: whether all transactions, and what is in none, have one connection. */
  constructor(tracker: Tracker, isShared: boolean) {
    this.#tracker = tracker;
    this.#isShared = isShared;
  }

  isQuestion(args: unknown): boolean {
    return Array.isArray(args) && args[0] === QUESTION;
  }

  /** In place of `$transaction()` of the client that tracks queries. */
  async run(client: BeginningClient, work: unknown, settings: unknown): Promise<unknown> {
    if (typeof work !== 'function') return await client.$transaction(work, settings);
    const transaction: Transaction = { running: new Set() };
    let id: unknown;
    let isRolledBack = false;
    const watched = async (inner: TransactionClient) => {
      id = await inner.$queryRawUnsafe(QUESTION);
      this.#open.set(id, transaction);
      try {
        return await work(inner);
      } catch (error) {
        isRolledBack = true;
        throw error;
      }
    };
    try {
      return await client.$transaction(watched, settings);
    } finally {
      await Promise.allSettled(transaction.running);
      this.#open.delete(id);
      // Of a commit that failed nobody knows whether it has happened.
      if (id !== undefined && typeof id !== 'string')
        await this.#tracker.changedAnything('an extension of the client hides which transaction it is in');
      if (isRolledBack && !this.#isShared) this.#tracker.forget(transaction);
      else await this.#tracker.commit(transaction);
    }
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

  /** Changes made in the transaction with this key, or by themselves; and why anything else may have changed, if it may. */
  async tell(id: unknown, changes: readonly Change[], unclear?: string): Promise<void> {
    if (unclear !== undefined) await this.#tellAnything(id, unclear);
    if (changes.length === 0) return;
    const transaction = this.#open.get(id);
    if (transaction !== undefined) this.#tracker.defer(transaction, changes);
    else {
      // What is written through the same connection is undone with a transaction that is open.
      if (this.#isShared) for (const one of this.#open.values()) this.#tracker.defer(one, changes);
      await this.#tracker.changed(changes);
    }
  }

  async #tellAnything(id: unknown, unclear: string): Promise<void> {
    const transaction = this.#open.get(id);
    const open = this.#isShared ? [...this.#open.values()] : [];
    for (const one of transaction === undefined ? open : [transaction])
      this.#tracker.deferAnything(one, unclear);
    if (transaction === undefined) await this.#tracker.changedAnything(unclear);
  }
}
