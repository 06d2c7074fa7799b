import { setTimeout as delay } from 'node:timers/promises';
import { StaticGeneratorError, systemErrorCode } from '../../errors.js';
import type { SqliteDatabase } from '../../sqlite/database.js';

/** How long a transaction waits for other processes before it gives up. */
const LOCK_TIMEOUT_MS = 30_000;
/** The same, of one that stops the thread while it waits. */
export const BLOCKING_TIMEOUT_MS = 1_000;
const MAX_BACKOFF_MS = 16;

/** Whether SQLite said that another connection is in the way just now. */
export function isBusy(error: unknown): boolean {
  return systemErrorCode(error)?.startsWith('SQLITE_BUSY') === true;
}

/**
 * SQLite's write lock, the one lock of all processes: it dies with its holder. Waiting for it happens here, on
 * timers, and never inside SQLite, which would stop the event loop. Within the process, turns are first come, first
 * served.
 */
export class WriteLock {
  #lastTurn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Waits for its turn and for the lock; `begin` opens the transaction or throws busy. */
  async acquire<T>(begin: () => void, work: () => T): Promise<T> {
    this.#waiting += 1;
    try {
      // Mostly nobody is in the way; then it is done at once.
      if (this.#waiting === 1 && whyBusy(begin) === undefined) return work();
      return await this.#inTurn(() => retryWhileBusy(begin, work));
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Does it at once if nobody else has the lock or waits for it. */
  tryNow<T extends object>(begin: () => void, work: () => T): T | undefined {
    return this.#waiting === 0 && whyBusy(begin) === undefined ? work() : undefined;
  }

  /** Does it before it returns: `begin` waits within SQLite. Who waits on timers is passed by, and has not begun yet. */
  block<T>(begin: () => void, work: () => T): T {
    const busy = whyBusy(begin);
    if (busy !== undefined) throw lockedFor(BLOCKING_TIMEOUT_MS, busy);
    return work();
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(run);
    this.#lastTurn = turn.then(
      () => undefined,
      // The failure is the caller's; the next turn only waits for its end.
      () => undefined,
    );
    return turn;
  }

  /** Resolves when every turn asked for so far has ended. */
  async idle(): Promise<void> {
    while (this.#waiting > 0) await this.#lastTurn;
  }
}

/** Between the beginning and the work there is no await: nothing else of the process may come into the transaction. */
async function retryWhileBusy<T>(begin: () => void, work: () => T): Promise<T> {
  const deadline = performance.now() + LOCK_TIMEOUT_MS;
  for (let attempt = 0; ; attempt += 1) {
    const busy = whyBusy(begin);
    if (busy === undefined) return work();
    if (performance.now() > deadline) throw lockedFor(LOCK_TIMEOUT_MS, busy);
    // A random part keeps processes from meeting again at the same instant.
    await delay(Math.random() * Math.min(2 ** attempt, MAX_BACKOFF_MS));
  }
}

function lockedFor(milliseconds: number, cause: unknown): StaticGeneratorError {
  const message = `The ledger was locked by other processes for ${milliseconds / 1000} s`;
  return new StaticGeneratorError('ERR_LEDGER_BUSY', message, { cause });
}

/** What SQLite said where another connection was in the way; undefined: the transaction is open. */
function whyBusy(begin: () => void): unknown {
  try {
    begin();
    return undefined;
  } catch (error) {
    if (isBusy(error)) return error;
    throw error;
  }
}

/** Runs work in the open transaction: commits, or rolls back and rethrows. */
export function commitOrRollBack<T>(database: SqliteDatabase, work: () => T): T {
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
