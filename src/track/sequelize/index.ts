import { OptionReader } from '../../option-reader.js';
import { mergeCascades } from '../cascades.js';
import { mayWrite, type Statement, StatementReader } from '../sql/statement.js';
import { changesOf } from '../sql/table-writes.js';
import { type Change, requirePages, type TrackOptions } from '../track-options.js';
import type { TrackablePages, Tracker } from '../tracker.js';
import { lookedUp, readIncludes, type SequelizeFind } from './find.js';
import { type SequelizeModel, SequelizeModels } from './models.js';

/** The part of Sequelize that is used. */
export interface SequelizeInstance {
  readonly models: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: hooks have parameters of many kinds
  addHook(type: never, hook: (...values: any[]) => unknown): unknown;
  removeHook(type: never, hook: unknown): unknown;
}

/** A transaction, or a savepoint in its parent. */
interface SequelizeTransaction {
  readonly parent?: SequelizeTransaction | null;
  afterCommit(work: () => Promise<void>): void;
}

interface QueryOptions {
  readonly bind?: unknown;
  readonly transaction?: SequelizeTransaction | null;
  /** Of queries of `findAll()` alone. */
  readonly tableNames?: unknown;
  readonly hooks?: boolean;
}

type Hook = (this: unknown, ...values: readonly unknown[]) => unknown;

/** Records are known to these; the queries told the tags. */
const RECORD_HOOKS = { afterCreate: 'create', afterUpdate: 'update', afterDestroy: 'delete' } as const;
const BATCH = 500;

/**
 * Follows what Sequelize reads for a page and what it changes. Call it when the models are defined; the function that it
 * returns ends it. Throws `ERR_OPTIONS`.
 */
export function trackSequelize(
  sequelize: SequelizeInstance,
  pages: TrackablePages,
  options: TrackOptions = {},
): () => void {
  requireParts(sequelize, pages);
  const models = new SequelizeModels(sequelize);
  const tracker = pages.track({ ...options, cascades: mergeCascades(models.cascades(), options.cascades) });
  tracker.provideModels({
    nameOf: (model) => (models.has(model) ? models.entityOf(model) : undefined),
    names: () => Object.keys(sequelize.models),
    records: (model) => recordsOf(model as SequelizeModel),
  });
  const hooks = Object.entries(hooksOf(tracker, models, options));
  for (const [type, hook] of hooks) sequelize.addHook(type as never, hook);
  return () => {
    for (const [type, hook] of hooks) sequelize.removeHook(type as never, hook);
    tracker.detach();
  };
}

function hooksOf(
  tracker: Tracker,
  models: SequelizeModels,
  { urls = {} }: TrackOptions,
): Record<string, Hook> {
  const statements = new StatementReader();
  const guarded = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      tracker.report(error);
      return undefined;
    }
  };
  const tell = async (transaction: SequelizeTransaction | null | undefined, changes: readonly Change[]) => {
    if (changes.length === 0) return;
    const root = rootOf(transaction);
    if (root === undefined) await tracker.changed(changes);
    else if (tracker.defer(root, changes)) root.afterCommit(() => tracker.commit(root));
  };
  const record = async (model: unknown, found: unknown, action: Change['action'], options: QueryOptions) => {
    const entity = models.entityOf(model);
    if (!(entity in urls)) return;
    await tell(options.transaction, [{ entity, id: models.idOf(model, found), action, record: found }]);
  };
  return {
    afterQuery: async (options, query) => {
      const { sql } = query as { readonly sql?: unknown };
      if (typeof sql !== 'string') return;
      const given = options as QueryOptions;
      const [isReading, isWriting] = [tracker.isReading(), mayWrite(sql)];
      if (!isReading && !isWriting) return;
      const statement = guarded(() => statements.read(sql, Array.isArray(given.bind) ? given.bind : []));
      if (statement === undefined) return;
      if (isReading) guarded(() => readTables(tracker, models, statement, given));
      if (isWriting) await tell(given.transaction, guarded(() => changesOf(statement, models)) ?? []);
    },
    afterFind(this: unknown, results, options) {
      if (tracker.isReading())
        guarded(() => readRecords(tracker, models, { model: this, results, ...(options as SequelizeFind) }));
    },
    ...Object.fromEntries(
      Object.entries(RECORD_HOOKS).map(([type, action]) => [
        type,
        (found: object, options: unknown) =>
          record(found.constructor, found, action, options as QueryOptions),
      ]),
    ),
    afterBulkCreate: async (found, options) => {
      for (const one of found as readonly object[])
        await record(one.constructor, one, 'create', options as QueryOptions);
    },
  };
}

/** What a query reads that does not come from a find over tables, of which afterFind knows more. */
function readTables(
  tracker: Tracker,
  models: SequelizeModels,
  { isPlain, reads }: Statement,
  options: QueryOptions,
): void {
  if (isPlain && options.hooks === true && Array.isArray(options.tableNames)) return;
  for (const { table } of reads) tracker.read(models.entityOf(table));
}

interface Found extends SequelizeFind {
  readonly model: unknown;
  readonly results: unknown;
}

function readRecords(tracker: Tracker, models: SequelizeModels, { model, results, ...find }: Found): void {
  const records = [results].flat().filter((one): one is object => typeof one === 'object' && one !== null);
  const entity = models.entityOf(model);
  const ids = lookedUp(
    models.keysOf(model),
    find,
    records.map((one) => models.idOf(model, one)),
  );
  if (ids === undefined) tracker.read(entity);
  for (const id of ids ?? []) tracker.read(entity, id);
  const isFlat = find.raw === true || records.length === 0;
  readIncludes(find.include ?? [], isFlat ? undefined : records, {
    models,
    read: (included, id) => tracker.read(models.entityOf(included), id),
  });
}

/** The changes of a savepoint are those of the transaction that it is in. */
function rootOf(transaction: SequelizeTransaction | null | undefined): SequelizeTransaction | undefined {
  return transaction?.parent ? rootOf(transaction.parent) : (transaction ?? undefined);
}

async function* recordsOf(model: SequelizeModel): AsyncGenerator<unknown> {
  const order = model.primaryKeyAttributes.map((name) => [name, 'ASC']);
  for (let offset = 0; ; offset += BATCH) {
    const records = await model.findAll({ order, offset, limit: BATCH });
    yield* records;
    if (records.length < BATCH) return;
  }
}

function requireParts(sequelize: SequelizeInstance, pages: TrackablePages): void {
  const reader = new OptionReader({});
  if (typeof sequelize?.addHook !== 'function' || typeof sequelize.models !== 'object')
    reader.refuseUnseen('sequelize', 'an instance of Sequelize 6', sequelize);
  requirePages(pages, reader);
  reader.throwProblems();
}
