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

/** A connection, and how many there were before it: leases and entries belong to one of these. */
export interface Opening extends Connection {
  readonly generation: number;
}

/** Work that is done in several transactions. */
export interface Batches {
  /** Comes first in each transaction. */
  readonly begin: () => void;
  /** A step at a time. */
  readonly work: Generator<undefined>;
  /** Comes last in each transaction. */
  readonly end: () => void;
}

/**
 * Transactions on the ledger, one after the other, in whichever file has its name. Waiting for the lock is done on
 * timers; what happens under it is synchronous.
 */
export class Transactions {
  readonly #options: SqliteLedgerOptions;
  readonly #lock = new WriteLock(() => this.#begin());
  readonly #onChange: () => void;
  #opening: Opening;
  #seen: { readonly opening: Opening; readonly version: number } | undefined;
  #closed = false;

  /** `onChange` is called where what was read may be so no more, and no other connection has changed it. */
  constructor(options: SqliteLedgerOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
    this.#opening = { ...openConnection(options), generation: 0 };
  }

  /** The opening that there is, without a look at the file. */
  get opening(): Opening {
    return this.#opening;
  }

  /**
   * What changes with the commits of other connections. It is asked for once in a run of code: what it says of the first look
   * is true of all that follow without a wait, because whoever asks had been received before it.
   */
  version(): number {
    if (this.#seen?.opening === this.#opening) return this.#seen.version;
    const version = Number(this.#opening.statements.dataVersion.get());
    this.#seen = { opening: this.#opening, version };
    queueMicrotask(this.#forgetSeen);
    return version;
  }

  /** The opening of the file that is there now: reopened when it was removed or replaced under the running process. */
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

  /** Throws where the entries that are named by their numbers are not in the log that is there now. */
  assertGeneration(generation: number): void {
    if (generation === this.#opening.generation) return;
    const { file } = this.#options;
    throw new StaticGeneratorError(
      'ERR_LEDGER_REPLACED',
      `The ledger ${file} was replaced during a deletion`,
      { fields: { path: file } },
    );
  }

  /** Does work in one transaction. A power cut may take it back until {@link flush} has resolved. */
  async run<T>(work: (opening: Opening) => T): Promise<T> {
    // Asked for later than close(); what was asked for before is still carried out.
    if (this.#closed) throw new StaticGeneratorError('ERR_CLOSED', 'The ledger has been closed');
    try {
      return await this.#lock.acquire(() => work(this.#opening));
    } catch (error) {
      // The next transaction finds no file, and makes a new one: a cold start in a running process.
      if (isDamage(error)) this.#moveAside(error);
      throw translateSqliteError(error, this.#options.file);
    }
  }

  /** Resolves when all that was committed before the call is on the disk. Rejects with `ERR_LEDGER_UNUSABLE`. */
  async flush(): Promise<void> {
    try {
      await this.#opening.wal.flush();
    } catch (error) {
      throw unusable(this.#options.file, error);
    }
  }

  /** Does work in one transaction before it returns; undefined: nothing is done, and {@link run} may do it or tell why not. */
  runNow<T extends object>(work: (opening: Opening) => T): T | undefined {
    if (this.#closed) return undefined;
    try {
      return this.#lock.tryNow(() => work(this.#opening));
    } catch {
      return undefined;
    }
  }

  /** Does work in one transaction before it returns, which stops the thread while another process has the lock. */
  runBlocking<T>(work: (opening: Opening) => T): T {
    if (this.#closed) throw new StaticGeneratorError('ERR_CLOSED', 'The ledger has been closed');
    const begin = () => this.#begin(BLOCKING_TIMEOUT_MS);
    try {
      return this.#lock.block(begin, () => work(this.#opening));
    } catch (error) {
      throw translateSqliteError(error, this.#options.file);
    }
  }

  /** Does work in transactions so short that others have their turn. */
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

  /** Waits for the transactions under way. */
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
      // Another process does it just now, or the next transaction will.
      if (!isBusy(error)) throw error;
    }
  }
}

/** Runs a generator until it ends or the time is up; whether it ended. At least one step is made. */
function runUntil(work: Generator<undefined>, deadline: number): boolean {
  for (;;) {
    if (work.next().done === true) return true;
    if (performance.now() > deadline) return false;
  }
}
