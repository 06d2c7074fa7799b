/** What is left to do with an item when its turn has come. */
export type Ending = () => Promise<void>;

export interface WorkOptions {
  /** How many items are begun at a time, and how many ended. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether so much waits for its turn that nothing else may be begun. Default: never. */
  readonly isFull?: () => boolean;
}

/**
 * Work that may find more work: a few workers begin items in order, and end when nothing is left and nobody is at work who
 * could still find something. Items are begun at the same time, and ended in the order in which they were added: what is
 * found does not depend on which was ready first.
 */
export class WorkList<Item extends object> {
  /** By number; those that were begun are gone. */
  readonly #waiting = new Map<number, Item>();
  readonly #endings = new Map<number, Ending>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #concurrency = 1;
  #isOver: () => boolean = () => false;
  #total = 0;
  /** What is begun next, and what is ended next. */
  #next = 0;
  #turn = 0;
  #wake: (() => void)[] = [];

  add(item: Item): void {
    this.#waiting.set(this.#total, item);
    this.#total += 1;
    this.#wakeAll();
  }

  /** How many items there have been. */
  get total(): number {
    return this.#total;
  }

  /** Resolves when all is done; rejects with the first failure, when what was under way has ended, or the signal's reason. */
  async work(begin: (item: Item) => Promise<Ending>, options: WorkOptions): Promise<void> {
    const { concurrency, signal, isFull = () => false } = options;
    this.#concurrency = concurrency;
    this.#isOver = () => this.#failures.length > 0 || signal?.aborted === true;
    const wakeAll = () => this.#wakeAll();
    signal?.addEventListener('abort', wakeAll);
    const worker = async () => {
      while (!this.#isOver() && (await this.#hasMore(isFull)))
        if (!this.#isOver()) await this.#beginNext(begin, isFull);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    await Promise.all(this.#underWay);
    signal?.removeEventListener('abort', wakeAll);
    signal?.throwIfAborted();
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Waits until there may be an item; false: there will be none. */
  async #hasMore(isFull: () => boolean): Promise<boolean> {
    if (this.#mayBegin(isFull)) return true;
    if (this.#turn === this.#total && this.#underWay.size === 0) return false;
    await new Promise<void>((resolve) => this.#wake.push(resolve));
    return true;
  }

  /** Not while all that may be ended at a time is being ended: what is ready would pile up. */
  #mayBegin(isFull: () => boolean): boolean {
    const hasRoom = this.#next === this.#turn || !isFull();
    return this.#next < this.#total && hasRoom && this.#underWay.size < this.#concurrency;
  }

  async #beginNext(begin: (item: Item) => Promise<Ending>, isFull: () => boolean): Promise<void> {
    const number = this.#next;
    const item = this.#waiting.get(number);
    if (item === undefined || !this.#mayBegin(isFull)) return;
    this.#waiting.delete(number);
    this.#next += 1;
    try {
      this.#endings.set(number, await begin(item));
      this.#endInTurn();
    } catch (error) {
      this.#fail(error);
    }
  }

  #endInTurn(): void {
    while (this.#underWay.size < this.#concurrency) {
      const end = this.#endings.get(this.#turn);
      if (end === undefined || this.#isOver()) return;
      this.#endings.delete(this.#turn);
      this.#turn += 1;
      const ending = called(end)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#underWay.delete(ending);
          this.#endInTurn();
          this.#wakeAll();
        });
      this.#underWay.add(ending);
    }
  }

  #fail(error: unknown): void {
    this.#failures.push(error);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** What it throws is a rejection, too. */
async function called(end: Ending): Promise<void> {
  await end();
}
