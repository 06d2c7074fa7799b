/**
 * Work that may find more work: a few workers take items in order, and end when nothing is left and nobody is at work who
 * could still find something.
 */
export class WorkList<Item> {
  readonly #queue: Item[] = [];
  #next = 0;
  #underWay = 0;
  #wake: (() => void)[] = [];

  add(item: Item): void {
    this.#queue.push(item);
    this.#wakeAll();
  }

  /** How many items there have been. */
  get total(): number {
    return this.#queue.length;
  }

  /** Resolves when all is done; rejects with the first failure, when what was under way has ended, or the signal's reason. */
  async work(
    take: (item: Item) => Promise<void>,
    { concurrency, signal }: { readonly concurrency: number; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const failures: unknown[] = [];
    const wakeAll = () => this.#wakeAll();
    signal?.addEventListener('abort', wakeAll);
    const worker = async () => {
      while (failures.length === 0 && signal?.aborted !== true && (await this.#hasMore())) {
        const item = this.#take();
        if (item === undefined) continue;
        this.#underWay += 1;
        await take(item)
          .catch((error: unknown) => failures.push(error))
          .finally(() => {
            this.#underWay -= 1;
            this.#wakeAll();
          });
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    signal?.removeEventListener('abort', wakeAll);
    signal?.throwIfAborted();
    if (failures.length > 0) throw failures[0];
  }

  /** Waits until there is an item; false: there will be none. */
  async #hasMore(): Promise<boolean> {
    if (this.#next < this.#queue.length) return true;
    if (this.#underWay === 0) return false;
    await new Promise<void>((resolve) => this.#wake.push(resolve));
    return true;
  }

  #take(): Item | undefined {
    if (this.#next === this.#queue.length) return undefined;
    const item = this.#queue[this.#next];
    this.#next += 1;
    return item;
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
