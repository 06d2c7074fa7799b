import { type Catalogue, defines } from '../catalogue/catalogue.js';
import type { Change } from '../change.js';
import type { TrackOptions } from '../options.js';
import type { Dialect } from '../sql/dialect.js';
import {
  type FoundChanges,
  ModelStatements,
  noteRead,
  type StatementChanges,
} from '../sql/model-statements.js';
import { mysqlSql } from '../sql/mysql/dialect.js';
import { isRefusal } from '../sql/refusal.js';
import { mayWrite } from '../sql/statement.js';
import type { Tracker } from '../tracker.js';
import { lookedUp, type SequelizeFind } from './find.js';
import type { Owners } from './include.js';
import { choosesByOwn, readIncludes } from './includes.js';
import { listFound } from './lists.js';
import type { SequelizeModels } from './models.js';
import { askThrough, type Intended, SentQueries } from './sent-queries.js';
import { type QueryOptions, rootOf, type SequelizeQuery, type SequelizeTransaction } from './sequelize.js';

const BEGINS = /^\s*(?:begin|start)\b/i;

type Hook = (this: unknown, ...values: readonly unknown[]) => unknown;

export interface SequelizeHooksParts {
  readonly tracker: Tracker;
  readonly models: SequelizeModels;
  /** What the database reads and changes by itself. */
  readonly catalogue: Catalogue;
  /** How the database writes SQL, if it is MySQL or MariaDB. */
  readonly dialect: Dialect | undefined;
  readonly urls: TrackOptions['urls'];
}

/** The hooks that Sequelize calls before and after each query, and after a record is found or changed. */
export class SequelizeHooks {
  readonly #parts: SequelizeHooksParts;
  readonly #statements: ModelStatements;
  readonly #sent = new SentQueries({
    prepare: (options, query, sql) => this.#load(options, query, sql),
    intend: (options, sql) => this.#intend(options, sql),
  });

  constructor(parts: SequelizeHooksParts) {
    this.#parts = parts;
    this.#statements = new ModelStatements(parts.models, parts.dialect);
  }

  /** Returns the hooks by type. Queries give the tags; the hooks of changed records know the record. */
  all(): Readonly<Record<string, Hook>> {
    const hooks = this;
    const changed =
      (action: Change['action']): Hook =>
      (record, options) =>
        hooks.#recordChanged(record as object, action, options as QueryOptions);
    return {
      beforeQuery: (options, query) => hooks.#sent.follow(options as QueryOptions, query as SequelizeQuery),
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

  async #queried(options: QueryOptions, query: SequelizeQuery): Promise<void> {
    const { sql } = query;
    if (typeof sql !== 'string') return;
    const root = rootOf(options.transaction);
    if (root !== undefined) this.#parts.tracker.readsWithin(root);
    if (this.#parts.tracker.isReading()) this.#guard(() => this.#readTables(sql, options));
    if (!mayWrite(sql)) return;
    if (defines(sql)) this.#forgetCatalogue(root);
    const { owner, failure } = this.#sent.take(query);
    const isLost = failure !== undefined && !isRefusal(failure.error);
    const { steps, ...found } = this.#statements.changes(sql, listed(options.bind));
    if (root === undefined) await this.#alone(owner, found, isLost ? query : undefined);
    else if (isLost && steps.includes('commit')) await this.#parts.tracker.lost(root, query.connection);
    else await this.#within(root, { ...found, steps });
  }

  /** Loads the catalogue through a query's connection; not in a transaction, which would fail if this query failed. */
  #load({ transaction }: QueryOptions, query: SequelizeQuery, sql: string): Promise<void> | undefined {
    const isOpen = rootOf(transaction) !== undefined && !BEGINS.test(sql);
    return isOpen ? undefined : this.#parts.catalogue.load((question) => askThrough(query, question));
  }

  /** Forgets the catalogue now and after the commit, when others see what the transaction has defined. */
  #forgetCatalogue(root: SequelizeTransaction | undefined): void {
    const { catalogue } = this.#parts;
    catalogue.forget();
    root?.afterCommit(async () => catalogue.forget());
  }

  /** Notes what is written in a transaction. Some of it may not wait for its end. */
  async #within(root: SequelizeTransaction, { steps, ...found }: StatementChanges): Promise<void> {
    this.#defer(root, found);
    // In MySQL, some tables have no transactions: what is rolled back stays in them.
    const isKept = this.#parts.dialect === mysqlSql && steps.includes('rollback');
    if (isKept || steps.includes('flush') || found.unclear !== undefined)
      await this.#parts.tracker.flush(root);
  }

  /** Notes what a query commits, before it is sent. Returns the owner of its changes, if it is in no transaction. */
  #intend({ transaction, bind }: QueryOptions, sql: string): Intended {
    const { tracker } = this.#parts;
    if (!mayWrite(sql)) return {};
    const { steps, ...found } = this.#statements.changes(sql, listed(bind));
    const root = rootOf(transaction);
    const isEnd = steps.includes('commit') || steps.includes('flush');
    if (root !== undefined && BEGINS.test(sql)) tracker.begins(root);
    if (root !== undefined) return isEnd ? { noted: tracker.intend(root) } : {};
    const owner = {};
    this.#note(owner, found);
    return { owner, noted: tracker.intend(owner) };
  }

  /** Notes what a query reads, unless it is a plain query of a find: the hook of the find knows more about that. */
  #readTables(sql: string, options: QueryOptions): void {
    const { tracker } = this.#parts;
    const isFind = options.hooks === true && Array.isArray(options.tableNames);
    if (isFind && this.#statements.isPlain(sql)) return;
    const { reads, unclear } = this.#statements.reads({ sql, parameters: [], rows: undefined });
    for (const read of reads) noteRead(tracker, read);
    if (unclear !== undefined) tracker.readAnything(unclear);
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
    const list = ids === undefined ? listFound(models, { model, ...find }, keys) : undefined;
    if (list !== undefined) tracker.readList(entity, list);
    else if (ids === undefined) tracker.read(entity);
    for (const id of ids ?? []) tracker.read(entity, id);
    const isFlat = find.raw === true || records.length === 0;
    const owners: Owners = {
      records: isFlat ? undefined : records,
      keys: ids,
      areFixed: ids !== undefined,
      isOwnChoice: choosesByOwn(find),
    };
    readIncludes(find.include ?? [], owners, {
      models,
      read: (included, id) => tracker.read(models.entityOf(included), id),
      readMissing: (included) => tracker.readMissing(models.entityOf(included)),
      readList: (included, own) => tracker.readList(models.entityOf(included), own),
    });
  }

  async #recordChanged(record: object, action: Change['action'], options: QueryOptions): Promise<void> {
    const { models, urls = {} } = this.#parts;
    const model = record.constructor;
    const entity = models.entityOf(model);
    if (!(entity in urls)) return;
    await this.#tell(options, { changes: [{ entity, id: models.idOf(model, record), action, record }] });
  }

  async #tell({ transaction }: QueryOptions, found: FoundChanges): Promise<void> {
    const root = rootOf(transaction);
    if (root === undefined) await this.#alone({}, found);
    else this.#defer(root, found);
  }

  /** Commits changes outside a transaction. `lost` is the query, if its answer has not come. */
  async #alone(owner: object, found: FoundChanges, lost?: SequelizeQuery): Promise<void> {
    this.#note(owner, found);
    if (lost === undefined) await this.#parts.tracker.commit(owner);
    else await this.#parts.tracker.lost(owner, lost.connection);
  }

  #defer(root: SequelizeTransaction, { changes, unclear }: FoundChanges): void {
    const { tracker } = this.#parts;
    if (changes.length === 0 && unclear === undefined) return;
    const isFirst = tracker.defer(root, changes);
    if (unclear !== undefined) tracker.deferAnything(root, unclear);
    if (isFirst) root.afterCommit(() => tracker.commit(root));
  }

  #note(owner: object, { changes, unclear }: FoundChanges): void {
    if (changes.length > 0) this.#parts.tracker.defer(owner, changes);
    if (unclear !== undefined) this.#parts.tracker.deferAnything(owner, unclear);
  }

  /** Runs work whose failure must not fail the query in which it is called. */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#parts.tracker.report(error);
      return undefined;
    }
  }
}

interface Found extends SequelizeFind {
  readonly model: unknown;
  readonly results: unknown;
}

function listed(bind: unknown): readonly unknown[] {
  return Array.isArray(bind) ? bind : [];
}
