import { StaticGeneratorError } from '../../errors.js';
import type { SqliteDatabase } from '../../sqlite/database.js';
import {
  type Connection,
  closeConnection,
  isDamage,
  isSameFile,
  moveAside,
  openConnection,
  type SqliteLedgerOptions,
  translateSqliteError,
  unusable,
} from './file/connection.js';
import { BATCH_BUDGET_MS, BLOCKING_TIMEOUT_MS, isBusy, WriteLock } from './lock.js';

/** A connection, and how many there were before it. Leases and entries belong to one of them. */
export interface Opening extends Connection {
  readonly generation: number;
}

/** Work that is done in several transactions. */
export interface Batches {
  /** Runs first in each transaction. */
  readonly begin: () => void;
  /** Does a part of the work in each step. */
  readonly work: Generator<undefined>;
  /** Runs last in each transaction. */
  readonly end: () => void;
}

/**
 * Runs transactions on the ledger, one after the other, in the file that currently has its name. It waits for the lock
 * with timers; the work under the lock is synchronous.
 */
export class Transactions {
  readonly #options: SqliteLedgerOptions;
  readonly #lock = new WriteLock(() => this.#begin());
  readonly #onChange: () => void;
  #opening: Opening;
  #seen: { readonly opening: Opening; readonly version: number } | undefined;
  #closed = false;

  /** `onChange` is called when what was read may be out of date although no other connection has changed it. */
  constructor(options: SqliteLedgerOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
    this.#opening = { ...openConnection(options), generation: 0 };
  }

  /** The current opening, without a check of the file. */
  get opening(): Opening {
    return this.#opening;
  }

  /**
   * Returns a number that changes with the commits of other connections. It is read once in a run of code. That is
   * enough for everything that follows without a wait, because those requests had arrived before it was read.
   */
  version(): number {
    if (this.#seen?.opening === this.#opening) return this.#seen.version;
    const version = Number(this.#opening.statements.dataVersion.get());
    this.#seen = { opening: this.#opening, version };
    queueMicrotask(this.#forgetSeen);
    return version;
  }

  /** Returns the opening of the current file. Reopens it if it was removed or replaced under the running process. */
  follow(): Opening {
    if (this.isCurrent(this.#opening)) return this.#opening;
    const outdated = this.#opening;
    const connection = openConnection(this.#options, 'throws-busy');
    this.#opening = { ...connection, generation: outdated.generation + 1 };
    this.#onChange();
    void closeConnection(outdated);
    if (!connection.complete) this.#options.onIncomplete();
    return this.#opening;
  }

  /** Whether the file is still the one of an opening. */
  isCurrent(opening: Opening): boolean {
    return isSameFile(this.#options.file, opening);
  }

  /** Throws `ERR_LEDGER_REPLACED` if entries of this generation are not in the current log. */
  assertGeneration(generation: number): void {
    if (generation === this.#opening.generation) return;
    const { file } = this.#options;
    throw new StaticGeneratorError(
      'ERR_LEDGER_REPLACED',
      `The ledger ${file} was replaced during a deletion`,
      { fields: { path: file } },
    );
  }

  /** Does work in one transaction. A power cut may undo it until {@link flush} has resolved. */
  async run<T>(work: (opening: Opening) => T): Promise<T> {
    // The call came after close(). Calls that came before it are still carried out.
    if (this.#closed) throw new StaticGeneratorError('ERR_CLOSED', 'The ledger has been closed');
    try {
      return await this.#lock.acquire(() => work(this.#opening));
    } catch (error) {
      // The next transaction finds no file, and makes a new one: a cold start in a running process.
      if (isDamage(error)) this.#moveAside(error);
      throw translateSqliteError(error, this.#options.file);
    }
  }

  /** Resolves when everything that was committed before the call is on the disk. Rejects with `ERR_LEDGER_UNUSABLE`. */
  async flush(): Promise<void> {
    try {
      await this.#opening.wal.flush();
    } catch (error) {
      throw unusable(this.#options.file, error);
    }
  }

  /**
   * Does work in one transaction before it returns. Returns `undefined` if nothing was done; {@link run} may then do
   * it, or report why not.
   */
  runNow<T extends object>(work: (opening: Opening) => T): T | undefined {
    if (this.#closed) return undefined;
    try {
      return this.#lock.tryNow(() => work(this.#opening));
    } catch {
      return undefined;
    }
  }

  /** Does work in one transaction before it returns. Blocks the thread while another process has the lock. */
  runBlocking<T>(work: (opening: Opening) => T): T {
    if (this.#closed) throw new StaticGeneratorError('ERR_CLOSED', 'The ledger has been closed');
    const begin = () => this.#begin(BLOCKING_TIMEOUT_MS);
    try {
      return this.#lock.block(begin, () => work(this.#opening));
    } catch (error) {
      throw translateSqliteError(error, this.#options.file);
    }
  }

  /** Does work in transactions that are so short that others get their turn. */
  async runInBatches({ begin, work, end }: Batches): Promise<void> {
    for (let done = false; !done; ) {
      done = await this.run(() => {
        begin();
        const finished = runUntil(work, performance.now() + BATCH_BUDGET_MS);
        end();
        return finished;
      });
    }
  }

  /** Waits for the running transactions, then closes the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#lock.idle();
    await closeConnection(this.#opening);
  }

  readonly #forgetSeen = (): void => {
    this.#seen = undefined;
  };

  #begin(patienceMilliseconds = 0): SqliteDatabase {
    const { database } = this.follow();
    this.#onChange();
    if (patienceMilliseconds > 0) database.exec(`PRAGMA busy_timeout = ${patienceMilliseconds}`);
    try {
      database.exec('BEGIN IMMEDIATE');
      return database;
    } finally {
      if (patienceMilliseconds > 0) database.exec('PRAGMA busy_timeout = 0');
    }
  }

  #moveAside(cause: unknown): void {
    try {
      moveAside(this.#options, { inode: this.#opening.inode, cause, patience: 'throws-busy' });
    } catch (error) {
      // Another process is doing it now, or the next transaction will do it.
      if (!isBusy(error)) throw error;
    }
  }
}

/** Runs a generator until it ends or the time is up, and returns whether it ended. Runs at least one step. */
function runUntil(work: Generator<undefined>, deadline: number): boolean {
  for (;;) {
    if (work.next().done === true) return true;
    if (performance.now() > deadline) return false;
  }
}
