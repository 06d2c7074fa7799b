import type { FoundChanges, StatementChanges } from '../sql/model-statements.js';
import type { Tracker } from '../tracker.js';

interface Transaction {
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

  isQuestion(args: unknown): boolean {
    return Array.isArray(args) && args[0] === QUESTION;
  }

  /** In place of `$transaction()` of the client that tracks queries. */
  async run(client: BeginningClient, work: unknown, settings: unknown): Promise<unknown> {
    await this.#prepare();
    if (typeof work !== 'function') return await client.$transaction(work, settings);
    const transaction: Transaction = { mayHaveEnded: false, running: new Set() };
    let id: unknown;
    let isRolledBack = false;
    const watched = async (inner: TransactionClient) => {
      id = await inner.$queryRawUnsafe(QUESTION);
      this.#open.set(id, transaction);
      try {
        const result = await work(inner);
        await Promise.allSettled(transaction.running);
        await this.#tracker.intend(transaction);
        return result;
      } catch (error) {
        isRolledBack = true;
        throw error;
      }
    };
    let failure: unknown;
    try {
      return await client.$transaction(watched, settings);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      await Promise.allSettled(transaction.running);
      this.#open.delete(id);
      // Of a commit that failed nobody knows whether it has happened.
      if (id !== undefined && typeof id !== 'string')
        await this.#tracker.changedAnything('an extension of the client hides which transaction it is in');
      const { isShared, isLoose } = this.#models;
      // Of MySQL, some tables know no transactions.
      const isUndone = isRolledBack && !isShared && !isLoose && !transaction.mayHaveEnded;
      if (isUndone) this.#tracker.forget(transaction);
      else if (!isRolledBack && isLost(failure)) await this.#tracker.lost(transaction);
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
