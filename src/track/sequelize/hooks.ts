import type { Change } from '../change.js';
import { mayWrite, type Statement, StatementReader } from '../sql/statement.js';
import { changesOf } from '../sql/table-writes.js';
import type { TrackOptions } from '../track-options.js';
import type { Tracker } from '../tracker.js';
import { lookedUp, readIncludes, type SequelizeFind } from './find.js';
import type { SequelizeModels } from './models.js';
import { type QueryOptions, rootOf } from './sequelize.js';

type Hook = (this: unknown, ...values: readonly unknown[]) => unknown;

export interface SequelizeHooksParts {
  readonly tracker: Tracker;
  readonly models: SequelizeModels;
  readonly urls: TrackOptions['urls'];
}

/** What Sequelize calls after each query, and after a record is found or changed. */
export class SequelizeHooks {
  readonly #parts: SequelizeHooksParts;
  readonly #statements = new StatementReader();

  constructor(parts: SequelizeHooksParts) {
    this.#parts = parts;
  }

  /** By the type of the hook. The records are known to those of records; the queries told the tags. */
  all(): Readonly<Record<string, Hook>> {
    const hooks = this;
    const changed =
      (action: Change['action']): Hook =>
      (record, options) =>
        hooks.#recordChanged(record as object, action, options as QueryOptions);
    return {
      afterQuery: (options, query) => hooks.#queried(options as QueryOptions, query as SequelizeQuery),
      afterFind(this: unknown, results, options) {
        hooks.#found({ model: this, results, ...(options as SequelizeFind) });
      },
      afterCreate: changed('create'),
      afterUpdate: changed('update'),
      afterDestroy: changed('delete'),
      afterBulkCreate: async (records, options) => {
        for (const record of records as readonly object[])
          await hooks.#recordChanged(record, 'create', options as QueryOptions);
      },
    };
  }

  async #queried(options: QueryOptions, { sql }: SequelizeQuery): Promise<void> {
    if (typeof sql !== 'string') return;
    const { tracker, models } = this.#parts;
    const [isReading, isWriting] = [tracker.isReading(), mayWrite(sql)];
    if (!isReading && !isWriting) return;
    const parameters = Array.isArray(options.bind) ? options.bind : [];
    const statement = this.#guard(() => this.#statements.read(sql, parameters));
    if (statement === undefined) return;
    if (isReading) this.#guard(() => this.#readTables(statement, options));
    if (isWriting) await this.#tell(options, this.#guard(() => changesOf(statement, models)) ?? []);
  }

  /** What a query reads that does not come from a find over tables, of which the hook of a find knows more. */
  #readTables({ isPlain, reads }: Statement, options: QueryOptions): void {
    const { tracker, models } = this.#parts;
    if (isPlain && options.hooks === true && Array.isArray(options.tableNames)) return;
    for (const { table } of reads) tracker.read(models.entityOf(table));
  }

  #found(found: Found): void {
    if (this.#parts.tracker.isReading()) this.#guard(() => this.#readRecords(found));
  }

  #readRecords({ model, results, ...find }: Found): void {
    const { tracker, models } = this.#parts;
    const records = [results].flat().filter((one) => typeof one === 'object' && one !== null) as object[];
    const entity = models.entityOf(model);
    const keys = records.map((one) => models.idOf(model, one));
    const ids = lookedUp(models.keysOf(model), find, keys);
    if (ids === undefined) tracker.read(entity);
    for (const id of ids ?? []) tracker.read(entity, id);
    const isFlat = find.raw === true || records.length === 0;
    readIncludes(find.include ?? [], isFlat ? undefined : records, {
      models,
      read: (included, id) => tracker.read(models.entityOf(included), id),
    });
  }

  async #recordChanged(record: object, action: Change['action'], options: QueryOptions): Promise<void> {
    const { models, urls = {} } = this.#parts;
    const model = record.constructor;
    const entity = models.entityOf(model);
    if (!(entity in urls)) return;
    await this.#tell(options, [{ entity, id: models.idOf(model, record), action, record }]);
  }

  async #tell({ transaction }: QueryOptions, changes: readonly Change[]): Promise<void> {
    const { tracker } = this.#parts;
    if (changes.length === 0) return;
    const root = rootOf(transaction);
    if (root === undefined) await tracker.changed(changes);
    else if (tracker.defer(root, changes)) root.afterCommit(() => tracker.commit(root));
  }

  /** What fails here must not fail the query that it is called in. */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#parts.tracker.report(error);
      return undefined;
    }
  }
}

interface SequelizeQuery {
  readonly sql?: unknown;
}

interface Found extends SequelizeFind {
  readonly model: unknown;
  readonly results: unknown;
}
