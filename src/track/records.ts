import type { Target } from '../change/targets/target.js';
import { StaticGeneratorError } from '../errors.js';
import type { ResolvedTrackOptions } from './options.js';
import { anyTag } from './tags.js';

const BATCH = 500;

/** A range of records in a fixed order: `take` records after the first `skip`. */
export interface BatchRange {
  readonly skip: number;
  readonly take: number;
}

/** Yields all records of a model, reading one batch at a time. */
export async function* inBatches(
  find: (range: BatchRange) => Promise<readonly unknown[]>,
): AsyncGenerator<unknown> {
  for (let skip = 0; ; skip += BATCH) {
    const records = await find({ skip, take: BATCH });
    yield* records;
    if (records.length < BATCH) return;
  }
}

/** Yields the page of each record, from its own `getAbsoluteUrl()` or the option `urls`. Throws `ERR_BAD_TARGET`. */
export async function* pagesOf(
  entity: string,
  records: AsyncIterable<unknown>,
  options: ResolvedTrackOptions,
): AsyncGenerator<Target> {
  const urls = options.urls[entity];
  for await (const record of records) {
    const knowsItself = typeof record === 'object' && record !== null && 'getAbsoluteUrl' in record;
    if (!knowsItself && urls === undefined) throw withoutAddress(entity, options);
    yield (
      knowsItself || urls === undefined ? record : urls(record, { entity, action: 'unknown' })
    ) as Target;
  }
}

function withoutAddress(entity: string, { name }: ResolvedTrackOptions): StaticGeneratorError {
  const tag = anyTag(name(entity));
  const why = `its records have no getAbsoluteUrl(). Give them one, or set the option \`urls: { ${entity}: (record) => … }\`, or name the pages that read it: { tag: ${JSON.stringify(tag)} }`;
  return new StaticGeneratorError('ERR_BAD_TARGET', `Bad target ${entity}: ${why}`, {
    fields: { target: entity },
  });
}
