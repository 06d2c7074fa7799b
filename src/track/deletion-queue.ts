import type { Entries } from '../ledger/ledger.js';
import type { FaultLog } from '../log.js';
import { describeSelector, type Selector } from '../page/selector.js';

/** What is known about changes that delete pages. */
export interface ChangeOrigin {
  /** The intents that were noted before the commit of the changes. */
  readonly intended: readonly Entries[];
  /** Whether a render made them. Rendering its pages again could cause the same changes again, without end. */
  readonly isByRender: boolean;
}

export interface DeletionQueueParts {
  /** Deletes the pages, and settles the intents. Rejects if that fails. */
  readonly invalidate: (selectors: readonly Selector[], origin: ChangeOrigin) => Promise<unknown>;
  readonly faults: Pick<FaultLog, 'report' | 'recovered'>;
  /** Whether pages can no longer be deleted. */
  readonly isClosed: () => boolean;
}

/** Selectors by their text, so that each is there once, and the intents of their changes. */
interface Lot {
  readonly selectors: Map<string, Selector>;
  readonly intended: Entries[];
}

interface Batch {
  readonly byRenders: Lot;
  readonly byOthers: Lot;
  readonly done: Promise<Failure | undefined>;
}

/** Why pages could not be deleted now. */
export interface Failure {
  readonly error: unknown;
}

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/**
 * The pages that committed changes delete. Changes that arrive during a deletion are deleted together in the next one.
 * What cannot be deleted, for example because the disk is full, is kept and tried again, since the change is committed.
 */
export class DeletionQueue {
  readonly #parts: DeletionQueueParts;
  readonly #failed: Lot = newLot();
  #next: Batch | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #retryMilliseconds = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(parts: DeletionQueueParts) {
    this.#parts = parts;
  }

  /** Resolves when the pages are deleted, or to the reason if they cannot be deleted now. Never rejects. */
  add(
    selectors: readonly Selector[],
    { intended = [], isByRender = false }: Partial<ChangeOrigin> = {},
  ): Promise<Failure | undefined> {
    if (selectors.length === 0) return Promise.resolve(undefined);
    this.#next ??= this.#open();
    const { byRenders, byOthers, done } = this.#next;
    fill(isByRender ? byRenders : byOthers, selectors, intended);
    return done;
  }

  /** Drops what waits for a retry. */
  close(): void {
    clearTimeout(this.#retry);
    this.#failed.selectors.clear();
  }

  #open(): Batch {
    const [byRenders, byOthers] = [newLot(), newLot()];
    const done = this.#last.then(async () => {
      this.#next = undefined;
      const failure = byRenders.selectors.size > 0 ? await this.#delete(byRenders, true) : undefined;
      return byOthers.selectors.size > 0 ? ((await this.#delete(byOthers, false)) ?? failure) : failure;
    });
    this.#last = done;
    return { byRenders, byOthers, done };
  }

  async #delete({ selectors, intended }: Lot, isByRender: boolean): Promise<Failure | undefined> {
    const failed = this.#failed;
    const all = new Map([...failed.selectors, ...selectors]);
    clearTimeout(this.#retry);
    try {
      const origin = { intended: [...failed.intended, ...intended], isByRender };
      await this.#parts.invalidate([...all.values()], origin);
      failed.selectors.clear();
      failed.intended.length = 0;
      this.#retryMilliseconds = FIRST_RETRY_MS;
      this.#parts.faults.recovered();
      return undefined;
    } catch (error) {
      const fields = { selectors: [...selectors.values()].slice(0, 10).map(describeSelector) };
      this.#parts.faults.report('models', error, fields, 'pages of changed records could not be deleted');
      if (!this.#parts.isClosed()) this.#tryAgain([...all.values()], intended);
      return { error };
    }
  }

  #tryAgain(selectors: readonly Selector[], intended: readonly Entries[]): void {
    fill(this.#failed, selectors, intended);
    this.#retry = setTimeout(
      () => this.add([...this.#failed.selectors.values()]),
      this.#retryMilliseconds,
    ).unref();
    this.#retryMilliseconds = Math.min(this.#retryMilliseconds * 2, MAX_RETRY_MS);
  }
}

function newLot(): Lot {
  return { selectors: new Map(), intended: [] };
}

function fill(lot: Lot, selectors: readonly Selector[], intended: readonly Entries[]): void {
  for (const selector of selectors) lot.selectors.set(JSON.stringify(selector), selector);
  lot.intended.push(...intended);
}
