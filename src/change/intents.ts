import type { Entries, IntentLog } from '../ledger/ledger.js';
import type { Logger } from '../log.js';
import { describeSelector, type Selector } from '../page/selector.js';
import type { Invalidator } from './invalidate.js';

export interface IntentsParts {
  readonly ledger: IntentLog;
  readonly invalidator: Pick<Invalidator, 'invalidate'>;
  readonly logger: Logger;
  /** Runs work that no one waits for. */
  readonly inBackground: (work: () => Promise<unknown>) => void;
}

/**
 * A database may carry out what it was sent although the sender is gone, or has stopped waiting. No one knows how much
 * later.
 */
const CARRIED_OUT_LATER_MS: readonly number[] = [1_000, 10_000, 60_000];

/**
 * Records what is about to become out of date, before the data changes. A process that dies between the change and the
 * deletion leaves its intents. The next process that starts, or one that still runs, deletes what they name.
 */
export class Intents {
  readonly #parts: IntentsParts;
  /** The intents that this process has recorded, or taken over, and will settle. */
  readonly #own = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #seen: ReadonlySet<string> = new Set();
  #takingOver: Promise<void> | undefined;

  constructor(parts: IntentsParts) {
    this.#parts = parts;
  }

  /** Records an intent for each selector, in most cases before this returns. */
  intend(selectors: readonly Selector[]): Entries | Promise<Entries> {
    const noted = this.#parts.ledger.intend(selectors);
    if (!(noted instanceof Promise)) return this.#owned(noted);
    return noted.then((entries) => this.#owned(entries));
  }

  /**
   * Like {@link intend}, but always before it returns. Throws `ERR_LEDGER_BUSY` if other processes hold the lock for a
   * second.
   */
  intendNow(selectors: readonly Selector[]): Entries {
    return this.#owned(this.#parts.ledger.intendNow(selectors));
  }

  /** Settles intents because no data has changed. */
  async settle(intended: readonly Entries[]): Promise<void> {
    await this.#parts.ledger.settle(intended);
    this.forget(intended);
  }

  /** Forgets intents that a deletion has settled. */
  forget(intended: readonly Entries[]): void {
    for (const key of intended.flatMap(keysOf)) this.#own.delete(key);
  }

  /**
   * At a start: deletes what dead processes have left. The intents of a running process may be among them; it deletes
   * again by itself. A caller that asks during this work waits for it too.
   */
  async takeOver(): Promise<void> {
    this.#takingOver ??= this.#takeOver(() => true).finally(() => {
      this.#takingOver = undefined;
    });
    await this.#takingOver;
  }

  /** Like {@link takeOver}, for intents that already existed at the last call of this method: a commit takes less time. */
  async takeOverAbandoned(): Promise<void> {
    const before = this.#seen;
    const { generation, entries } = this.#parts.ledger.intended();
    this.#seen = new Set(entries.map(({ sequence }) => `${generation} ${sequence}`));
    if (this.#seen.size > 0) await this.#takeOver((key) => before.has(key));
  }

  /**
   * Deletes what may have changed already, or may change when a database carries out what it was sent: now, and again
   * later. Then settles the intents.
   */
  async deleteNowAndLater(selectors: readonly Selector[], intended: readonly Entries[]): Promise<void> {
    await this.#delete({ selectors, intended }, CARRIED_OUT_LATER_MS);
  }

  /** Leaves all later deletions to other processes. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #takeOver(isLeft: (key: string) => boolean): Promise<void> {
    const { generation, entries } = this.#parts.ledger.intended();
    const left = entries.filter(({ sequence }) => {
      const key = `${generation} ${sequence}`;
      return !this.#own.has(key) && isLeft(key);
    });
    if (left.length === 0) return;
    const selectors = distinct(left.map(({ selector }) => selector));
    const taken = this.#owned({ generation, sequences: left.map(({ sequence }) => sequence) });
    this.#parts.logger.info(
      { selectors: selectors.slice(0, 10).map(describeSelector) },
      'a process stopped while it may have been changing data; the pages that show the data are deleted',
    );
    await this.deleteNowAndLater(selectors, [taken]);
  }

  async #delete(deletion: LaterDeletion, [delay, ...later]: readonly number[]): Promise<void> {
    const { selectors, intended } = deletion;
    try {
      await this.#parts.invalidator.invalidate(selectors, delay === undefined ? intended : []);
    } catch (error) {
      // The next look for intents takes it over.
      this.forget(intended);
      throw error;
    }
    if (delay === undefined) this.forget(intended);
    else this.#after(delay, () => this.#delete(deletion, later));
  }

  #after(milliseconds: number, work: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#parts.inBackground(work);
    }, milliseconds).unref();
    this.#timers.add(timer);
  }

  #owned(entries: Entries): Entries {
    for (const key of keysOf(entries)) this.#own.add(key);
    return entries;
  }
}

interface LaterDeletion {
  readonly selectors: readonly Selector[];
  readonly intended: readonly Entries[];
}

function keysOf({ generation, sequences }: Entries): readonly string[] {
  return sequences.map((sequence) => `${generation} ${sequence}`);
}

function distinct(selectors: readonly Selector[]): readonly Selector[] {
  return [...new Map(selectors.map((selector) => [JSON.stringify(selector), selector])).values()];
}
