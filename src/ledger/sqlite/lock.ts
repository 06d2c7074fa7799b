import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { StaticGeneratorError, systemErrorCode } from '../../errors.js';
import type { SqliteDatabase } from '../../sqlite/database.js';
import { commitOrRollBack, type Turn, workTogether } from './turns/together.js';

/** How long a transaction waits for other processes before it gives up. */
const LOCK_TIMEOUT_MS = 30_000;
/** The same for a transaction that blocks the thread while it waits. */
export const BLOCKING_TIMEOUT_MS = 1_000;
const MAX_BACKOFF_MS = 16;
/** How long a process may work under the lock before it lets other processes and the event loop continue. */
export const BATCH_BUDGET_MS = 8;

/** Begins a transaction and returns the database that it is on; throws if the lock is busy. */
export type Begin = () => SqliteDatabase;

/** Whether SQLite reported that another connection is in the way. */
export function isBusy(error: unknown): boolean {
  return systemErrorCode(error)?.startsWith('SQLITE_BUSY') === true;
}

/**
 * SQLite's write lock, the only lock that all processes share. It is released when its holder dies. This class waits
 * for it with timers and never inside SQLite, which would block the event loop. Within the process, turns are first
 * come, first served; those that wait at the same time share a transaction.
 */
export class WriteLock {
  readonly #begin: Begin;
  readonly #queue: Turn[] = [];
  #working: Promise<void> | undefined;
  /** Whether another process had the lock at the last attempt. */
  #isBusy = false;
  /** Milliseconds of work since the event loop last turned. */
  #worked = 0;

  constructor(begin: Begin) {
    this.#begin = begin;
  }

  /** Does work in a transaction when the process has the lock. Resolves after the commit. */
  acquire<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: (result) => resolve(result as T), reject });
      this.#working ??= this.#workOff();
    });
  }

  /** Does work in a transaction at once; `undefined` if another process has the lock or had it at the last attempt. */
  tryNow<T extends object>(work: () => T): T | undefined {
    if (this.#isBusy) return undefined;
    const { database } = unlessBusy(this.#begin);
    return database && commitOrRollBack(database, work);
  }

  /**
   * Does work before it returns: `begin` waits inside SQLite. It overtakes the turns that wait on timers; none of them
   * has begun.
   */
  block<T>(begin: Begin, work: () => T): T {
    const { database, busy } = unlessBusy(begin);
    if (database === undefined) throw lockedFor(BLOCKING_TIMEOUT_MS, busy);
    return commitOrRollBack(database, work);
  }

  /** Resolves when every turn asked for so far has ended. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #workOff(): Promise<void> {
    do {
      // Calls that are made in the same run of code share the transaction.
      await (this.#worked < BATCH_BUDGET_MS ? nextTick() : nextTurn());
      await this.#takeTurns();
    } while (this.#queue.length > 0);
    this.#working = undefined;
  }

  /** There is no `await` between the beginning and the work, so no other work gets into the transaction. */
  async #takeTurns(): Promise<void> {
    const waiting = this.#queue.length;
    const deadline = performance.now() + LOCK_TIMEOUT_MS;
    for (let attempt = 0; ; attempt += 1) {
      const busy = this.#tryToWork();
      if (busy === undefined) return;
      if (performance.now() > deadline) {
        for (const { reject } of this.#queue.splice(0, waiting)) reject(lockedFor(LOCK_TIMEOUT_MS, busy));
        return;
      }
      // A random delay keeps processes from meeting again at the same instant.
      await delay(Math.random() * Math.min(2 ** attempt, MAX_BACKOFF_MS));
    }
  }

  /** Returns what SQLite threw because another connection was in the way; `undefined` if turns were taken. */
  #tryToWork(): unknown {
    const beganAt = performance.now();
    try {
      const { database, busy } = unlessBusy(this.#begin);
      this.#isBusy = database === undefined;
      if (database === undefined) return busy;
      workTogether(database, this.#queue, beganAt + BATCH_BUDGET_MS);
    } catch (error) {
      this.#queue.shift()?.reject(error);
    }
    this.#hasWorked(performance.now() - beganAt);
    return undefined;
  }

  #hasWorked(milliseconds: number): void {
    if (this.#worked === 0)
      setImmediate(() => {
        this.#worked = 0;
      });
    this.#worked += milliseconds;
  }
}

/** Resolves after all code that runs now, and before anything else. */
function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function lockedFor(milliseconds: number, cause: unknown): StaticGeneratorError {
  const message = `The ledger was locked by other processes for ${milliseconds / 1000} s`;
  return new StaticGeneratorError('ERR_LEDGER_BUSY', message, { cause });
}

/** Returns the database, or in `busy` what SQLite threw because another connection was in the way. */
function unlessBusy(begin: Begin): {
  readonly database?: SqliteDatabase;
  readonly busy?: unknown;
} {
  try {
    return { database: begin() };
  } catch (error) {
    if (isBusy(error)) return { busy: error };
    throw error;
  }
}
