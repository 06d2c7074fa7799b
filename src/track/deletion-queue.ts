import type { FaultLog } from '../log.js';
import { describeSelector, type Selector } from '../page/selector.js';

export interface DeletionQueueParts {
  /** Deletes the pages; rejects if that fails. */
  readonly invalidate: (selectors: readonly Selector[]) => Promise<unknown>;
  readonly faults: Pick<FaultLog, 'report' | 'recovered'>;
  /** Whether nothing can be deleted any more. */
  readonly isClosed: () => boolean;
}

/** Selectors by their text, so that none is there twice. */
type Selectors = Map<string, Selector>;

interface Batch {
  readonly selectors: Selectors;
  readonly done: Promise<Failure | undefined>;
}

/** Why pages could not be deleted now. */
export interface Failure {
  readonly error: unknown;
}

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/**
 * What committed changes are to delete. What comes while a deletion is under way goes into the next one, together. What
 * cannot be deleted, because the disk is full, say, is kept and tried again: the change has been committed.
 */
export class DeletionQueue {
  readonly #parts: DeletionQueueParts;
  readonly #failed: Selectors = new Map();
  #next: Batch | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #retryMilliseconds = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;

  constructor(parts: DeletionQueueParts) {
    this.#parts = parts;
  }

  /** Resolves when the pages are deleted, or to why they cannot be now. Never rejects. */
  add(selectors: readonly Selector[]): Promise<Failure | undefined> {
    if (selectors.length === 0) return Promise.resolve(undefined);
    this.#next ??= this.#open();
    for (const selector of selectors) this.#next.selectors.set(JSON.stringify(selector), selector);
    return this.#next.done;
  }

  /** Gives up what is waiting for a retry. */
  close(): void {
    clearTimeout(this.#retry);
    this.#failed.clear();
  }

  #open(): Batch {
    const selectors: Selectors = new Map();
    const done = this.#last.then(() => {
      this.#next = undefined;
      return this.#delete(selectors);
    });
    this.#last = done;
    return { selectors, done };
  }

  async #delete(selectors: Selectors): Promise<Failure | undefined> {
    const all = new Map([...this.#failed, ...selectors]);
    clearTimeout(this.#retry);
    try {
      await this.#parts.invalidate([...all.values()]);
      this.#failed.clear();
      this.#retryMilliseconds = FIRST_RETRY_MS;
      this.#parts.faults.recovered();
      return undefined;
    } catch (error) {
      const fields = { selectors: [...selectors.values()].slice(0, 10).map(describeSelector) };
      this.#parts.faults.report('models', error, fields, 'pages of changed records could not be deleted');
      if (!this.#parts.isClosed()) this.#tryAgain(all);
      return { error };
    }
  }

  #tryAgain(selectors: Selectors): void {
    for (const [text, selector] of selectors) this.#failed.set(text, selector);
    this.#retry = setTimeout(() => this.add([...this.#failed.values()]), this.#retryMilliseconds).unref();
    this.#retryMilliseconds = Math.min(this.#retryMilliseconds * 2, MAX_RETRY_MS);
  }
}
