/** What is left to do with an item when its turn has come. */
export type Ending = () => Promise<void>;

export interface WorkOptions {
  /** How many items are begun at a time. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether so much is ready and has not been ended that nothing else may be begun. Default: never. */
  readonly isFull?: () => boolean;
}

/**
 * Work that may find more work: a few workers begin items in order, and end when nothing is left and nobody is at work who
 * could still find something. Items are begun at the same time, and their ends begin in the order in which they were added:
 * what is found does not depend on which was ready first.
 */
export class WorkList<Item extends object> {
  /** By number; those that were begun are gone. */
  readonly #waiting = new Map<number, Item>();
  readonly #endings = new Map<number, Ending>();
  readonly #failures: unknown[] = [];
  #isOver: () => boolean = () => false;
  #total = 0;
  /** What is begun next, and what is ended next. */
  #next = 0;
  #turn = 0;
  /** How many are being ended. */
  #underWay = 0;
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
    this.#isOver = () => this.#failures.length > 0 || signal?.aborted === true;
    const wakeAll = () => this.#wakeAll();
    signal?.addEventListener('abort', wakeAll);
    await Promise.all(Array.from({ length: concurrency }, () => this.#workOff(begin, isFull)));
    while (this.#underWay > 0) await this.#change();
    signal?.removeEventListener('abort', wakeAll);
    signal?.throwIfAborted();
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** One of those who begin items. There are thousands of them, and each promise that is spared is felt. */
  async #workOff(begin: (item: Item) => Promise<Ending>, isFull: () => boolean): Promise<void> {
    while (!this.#isOver() && !this.#isDone()) {
      const item = this.#mayBegin(isFull) ? this.#waiting.get(this.#next) : undefined;
      if (item === undefined) {
        await this.#change();
        continue;
      }
      const number = this.#next;
      this.#waiting.delete(number);
      this.#next += 1;
      try {
        this.#endings.set(number, await begin(item));
        this.#endInTurn();
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  #isDone(): boolean {
    return this.#turn === this.#total && this.#underWay === 0;
  }

  /** Where nothing is ready or being ended, room is not what is missing. */
  #mayBegin(isFull: () => boolean): boolean {
    const isIdle = this.#next === this.#turn && this.#underWay === 0;
    return this.#next < this.#total && (isIdle || !isFull());
  }

  #endInTurn(): void {
    for (let end = this.#endings.get(this.#turn); end !== undefined; end = this.#endings.get(this.#turn)) {
      if (this.#isOver()) return;
      this.#endings.delete(this.#turn);
      this.#turn += 1;
      void this.#end(end);
    }
  }

  async #end(end: Ending): Promise<void> {
    this.#underWay += 1;
    try {
      await end();
    } catch (error) {
      this.#fail(error);
    }
    this.#underWay -= 1;
    this.#wakeAll();
  }

  #fail(error: unknown): void {
    this.#failures.push(error);
    this.#wakeAll();
  }

  /** Resolves when something has been added, begun or ended. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
