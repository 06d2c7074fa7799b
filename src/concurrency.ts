/**
 * Runs `work` for each item, at most `limit` at a time. After the first failure, no further items are begun. When the
 * work under way has ended, the promise is rejected with that failure.
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
 * Does the same as {@link forEachConcurrently}, and returns the results in the order of the items. If the signal is
 * aborted, no further items are begun, and the promise is rejected with the signal's reason.
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

export type Work = () => Promise<void>;

/**
 * A few workers for work that may find more work. Each worker does what `next` returns. If `next` returns nothing, the
 * worker waits until something changes. All workers stop when nothing is under way that could find more work.
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

  /** Whether no work is under way. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  /** Whether no further work is begun, because something has failed or the signal was aborted. */
  get isStopped(): boolean {
    return this.#failures.length > 0 || this.#signal?.aborted === true;
  }

  /**
   * Resolves when all work is done or the signal is aborted. Rejects with the first failure, unless the signal was
   * aborted. In each case, it waits for the work under way.
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

  /** Does work in addition to that of the workers. They wait for it, because it may find more work. */
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

  /** Makes waiting workers ask again for work. */
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
