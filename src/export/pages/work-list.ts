import { type Work, Workers } from '../../concurrency.js';

/** The rest of the work on an item, when its turn has come. */
export type Ending = Work;

export interface WorkOptions {
  /** How many items are begun at a time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether so much is ready and not yet ended that nothing else may be begun. Default: never. */
  readonly isFull?: () => boolean;
}

/**
 * Work that may find more work. A few workers begin items in order. They stop when nothing is left and no worker is
 * busy that could still find something. Items are begun at the same time, but their ends begin in the order in which
 * they were added, so what is found does not depend on which was ready first.
 */
export class WorkList<Item extends object> {
  /** The items that were not yet begun, by number. */
  readonly #waiting = new Map<number, Item>();
  readonly #endings = new Map<number, Ending>();
  #workers: Workers | undefined;
  #total = 0;
  /** The numbers of the item to begin next, and of the item to end next. */
  #next = 0;
  #turn = 0;

  add(item: Item): void {
    this.#waiting.set(this.#total, item);
    this.#total += 1;
    this.#workers?.wake();
  }

  /** How many items were added. */
  get total(): number {
    return this.#total;
  }

  /** Resolves when done. Rejects with the first failure or the signal's reason, once work under way has ended. */
  async work(begin: (item: Item) => Promise<Ending>, options: WorkOptions): Promise<void> {
    const { signal, isFull = () => false } = options;
    // If nothing is under way, waiting would free no room.
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
