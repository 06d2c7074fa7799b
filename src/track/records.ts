const BATCH = 500;

/** The records between `skip` and `skip + take` of a fixed order. */
export interface BatchRange {
  readonly skip: number;
  readonly take: number;
}

/** All records of a model, read a batch at a time. */
export async function* inBatches(
  find: (range: BatchRange) => Promise<readonly unknown[]>,
): AsyncGenerator<unknown> {
  for (let skip = 0; ; skip += BATCH) {
    const records = await find({ skip, take: BATCH });
    yield* records;
    if (records.length < BATCH) return;
  }
}
