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
