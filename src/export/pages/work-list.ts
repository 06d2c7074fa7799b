import { type Work, Workers } from '../../concurrency.js';

/** What is left to do with an item when its turn has come. */
export type Ending = Work;

export interface WorkOptions {
  /** How many items are begun at a time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether so much is ready and has not been ended that nothing else may be begun. Default: never. */
  readonly isFull?: () => boolean;
}

/**
 * Work that may find more work: a few workers begin items in order, and stop when nothing is left and nobody is at work who
 * could still find something. Items are begun at the same time, and their ends begin in the order in which they were added:
 * what is found does not depend on which was ready first.
 */
export class WorkList<Item extends object> {
  /** By number; those that were begun are gone. */
  readonly #waiting = new Map<number, Item>();
  readonly #endings = new Map<number, Ending>();
  #workers: Workers | undefined;
  #total = 0;
  /** What is begun next, and what is ended next. */
  #next = 0;
  #turn = 0;

  add(item: Item): void {
    this.#waiting.set(this.#total, item);
    this.#total += 1;
    this.#workers?.wake();
  }

  /** How many items there have been. */
  get total(): number {
    return this.#total;
  }

  /** Resolves when all is done; rejects with the first failure, when what was under way has ended, or the signal's reason. */
  async work(begin: (item: Item) => Promise<Ending>, options: WorkOptions): Promise<void> {
    const { signal, isFull = () => false } = options;
    // Where nothing is under way, room is not what is missing.
    const next = () => (workers.isIdle || !isFull() ? this.#beginNext(begin, workers) : undefined);
    const workers = new Workers(next);
    this.#workers = workers;
    await workers.run(options);
    signal?.throwIfAborted();
  }

  #beginNext(begin: (item: Item) => Promise<Ending>, workers: Workers): Work | undefined {
    const number = this.#next;
    const item = this.#waiting.get(number);
    if (item === undefined) return undefined;
    this.#waiting.delete(number);
    this.#next += 1;
    return async () => {
      this.#endings.set(number, await begin(item));
      this.#endInTurn(workers);
    };
  }

  #endInTurn(workers: Workers): void {
    for (let end = this.#endings.get(this.#turn); end !== undefined; end = this.#endings.get(this.#turn)) {
      if (workers.isStopped) return;
      this.#endings.delete(this.#turn);
      this.#turn += 1;
      void workers.do(end);
    }
  }
}
