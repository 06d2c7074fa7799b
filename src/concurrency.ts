/**
 * Does some work for each item, at most `limit` at a time. The first failure keeps further items from being begun; what
 * is under way is waited for, and then the promise is rejected.
 */
export async function forEachConcurrently<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = asyncIterator(items);
  const failures: unknown[] = [];
  const worker = async () => {
    while (failures.length === 0) {
      try {
        const next = await queue.next();
        if (next.done === true) return;
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length === 0) return;
  await queue.return(undefined);
  throw failures[0];
}

/**
 * The same, with the results in the order of the items. An aborted signal rejects with its reason, and keeps further
 * items from being begun.
 */
export async function mapConcurrently<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, index: number) => Promise<Result>,
  { concurrency, signal }: { readonly concurrency: number; readonly signal?: AbortSignal | undefined },
): Promise<Result[]> {
  signal?.throwIfAborted();
  const results: Result[] = [];
  await forEachConcurrently(indexed(items), concurrency, async ([index, item]) => {
    results[index] = await work(item, index);
    signal?.throwIfAborted();
  });
  return results;
}

function* indexed<Item>(items: Iterable<Item>): Generator<readonly [index: number, item: Item]> {
  let index = 0;
  for (const item of items) yield [index++, item];
}

async function* asyncIterator<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

/** One piece of work. */
export type Work = () => Promise<void>;

/**
 * A few workers on work that may find more work. Each does what `next` gives it. Where it gives nothing, the worker waits
 * until something changes. All stop when nobody is at work who could still find something.
 */
export class Workers {
  readonly #next: () => Work | undefined;
  readonly #failures: unknown[] = [];
  #signal: AbortSignal | undefined;
  #underWay = 0;
  #waiting: (() => void)[] = [];

  constructor(next: () => Work | undefined) {
    this.#next = next;
  }

  /** Whether nothing is being done. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** Whether nothing else is begun: something has failed, or the signal was aborted. */
  get isStopped(): boolean {
    return this.#failures.length > 0 || this.#signal?.aborted === true;
  }

  /**
   * Resolves when all is done or the signal is aborted, and rejects with the first failure, unless it was aborted. Either
   * way, it waits for what is under way.
   */
  async run(options: { readonly concurrency: number; readonly signal?: AbortSignal | undefined }) {
    const { concurrency, signal } = options;
    this.#signal = signal;
    const wake = () => this.wake();
    signal?.addEventListener('abort', wake);
    await Promise.all(Array.from({ length: concurrency }, () => this.#work()));
    while (!this.isIdle) await this.#change();
    signal?.removeEventListener('abort', wake);
    if (signal?.aborted !== true && this.#failures.length > 0) throw this.#failures[0];
  }

  /** Does something beside the workers. They wait for it, as it may find more work. */
  async do(work: Work): Promise<void> {
    this.#underWay += 1;
    try {
      await work();
    } catch (error) {
      this.#failures.push(error);
    }
    this.#underWay -= 1;
    this.wake();
  }

  /** Makes those who wait ask again what there is to do. */
  wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async #work(): Promise<void> {
    while (!this.isStopped) {
      const work = this.#next();
      if (work !== undefined) await this.do(work);
      else if (this.isIdle) return;
      else await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
