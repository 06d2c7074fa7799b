/**
 * Works through items, a few at a time, in their order; gives the results in the same order. A rejection stops the
 * taking of further items, waits for the work under way, and is passed on. So does an aborted signal, with its reason.
 */
export async function mapConcurrently<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item, index: number) => Promise<Result>,
  { concurrency, signal }: { readonly concurrency: number; readonly signal?: AbortSignal | undefined },
): Promise<Result[]> {
  const results: Result[] = [];
  let failed = false;
  let index = 0;
  const iterator = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      const position = index++;
      results[position] = await work(next.value, position);
      if (failed) return;
      signal?.throwIfAborted();
    }
  };
  const guarded = async () => {
    try {
      signal?.throwIfAborted();
      await worker();
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, guarded));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}
