import { OptionReader } from '../../option-reader.js';
import { mergeCascades } from '../cascades.js';
import { mayWrite, StatementReader } from '../sql/statement.js';
import { readsOf, type TableKeys } from '../sql/table-reads.js';
import { changesOf, type TableModels } from '../sql/table-writes.js';
import { type Id, keyOfRecord } from '../tags.js';
import { type Change, requirePages, type TrackOptions } from '../track-options.js';
import type { TrackablePages, Tracker } from '../tracker.js';

interface TypeOrmColumn {
  readonly databaseName: string;
  readonly propertyName: string;
}

/** The part of TypeORM's EntityMetadata that is read. */
export interface TypeOrmEntity {
  readonly name: string;
  readonly tableName: string;
  readonly tableType: string;
  readonly primaryColumns: readonly TypeOrmColumn[];
  readonly uniques: readonly { readonly columns: readonly TypeOrmColumn[] }[];
  readonly indices: readonly {
    readonly columns: readonly TypeOrmColumn[];
    readonly isUnique: boolean;
    readonly where?: string;
  }[];
  readonly foreignKeys: readonly {
    readonly referencedEntityMetadata: { readonly name: string; readonly tableName: string };
    readonly onDelete?: string;
    readonly onUpdate?: string;
  }[];
}

/** The part of TypeORM's DataSource that is used. */
export interface TypeOrmDataSource {
  readonly isInitialized: boolean;
  readonly options: { readonly type: string };
  readonly entityMetadatas: readonly TypeOrmEntity[];
  readonly subscribers: object[];
  hasMetadata(target: unknown): boolean;
  getMetadata(target: unknown): TypeOrmEntity;
  getRepository(target: unknown): { find(options: object): Promise<unknown[]> };
}

interface QueryRunner {
  readonly isTransactionActive: boolean;
}

interface QueryEvent {
  readonly query: string;
  readonly parameters?: unknown;
  readonly rawResults?: unknown;
  readonly success: boolean;
  readonly queryRunner: QueryRunner;
}

interface RecordEvent {
  readonly entity?: object | null;
  /** What the record was before. */
  readonly databaseEntity?: object | null;
  readonly metadata: TypeOrmEntity;
  readonly queryRunner: QueryRunner;
}

/** These share one connection, so that pages may show what a transaction has not committed. */
const SHARED = new Set([
  'better-sqlite3',
  'sqlite',
  'sqljs',
  'capacitor',
  'cordova',
  'expo',
  'nativescript',
  'react-native',
]);
const ENDS_OR_BEGINS = /^\s*(?:begin|start|commit|end|rollback)\b/i;
const BATCH = 500;

/**
 * Follows what TypeORM reads for a page and what it changes. Call it after `dataSource.initialize()`; the function that it
 * returns ends it. Throws `ERR_OPTIONS`.
 */
export function trackTypeOrm(
  dataSource: TypeOrmDataSource,
  pages: TrackablePages,
  options: TrackOptions = {},
): () => void {
  requireParts(dataSource, pages);
  const models = modelsOf(dataSource.entityMetadatas);
  const cascades = mergeCascades(cascadesOf(dataSource.entityMetadatas, models), options.cascades);
  const tracker = pages.track({ ...options, cascades });
  tracker.provideModels({
    nameOf: (model) => (dataSource.hasMetadata(model) ? dataSource.getMetadata(model).name : undefined),
    names: () => dataSource.entityMetadatas.map(({ name }) => name),
    records: (model) => recordsOf(dataSource, model),
  });
  const subscriber = new Subscriber({
    isShared: SHARED.has(dataSource.options.type),
    withUrls: new Set(Object.keys(options.urls ?? {})),
    ...{ tracker, models },
  });
  dataSource.subscribers.push(subscriber);
  return () => {
    const index = dataSource.subscribers.indexOf(subscriber);
    if (index !== -1) dataSource.subscribers.splice(index, 1);
    tracker.detach();
  };
}

interface SubscriberParts {
  readonly tracker: Tracker;
  readonly models: TableModels;
  readonly isShared: boolean;
  /** The entities whose records the option `urls` asks for. */
  readonly withUrls: ReadonlySet<string>;
}

/** Hears of every query, whatever part of TypeORM made it, and of the ends of transactions. */
class Subscriber {
  readonly #parts: SubscriberParts;
  readonly #tracker: Tracker;
  readonly #models: TableModels;
  readonly #statements = new StatementReader();
  /** Those that were begun by a query of the user's own. */
  readonly #begun = new WeakSet<QueryRunner>();

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
    this.#tracker = parts.tracker;
    this.#models = parts.models;
  }

  /** A promise only for what has to be waited for: most queries read, and TypeORM would wait for each. */
  afterQuery(event: QueryEvent): Promise<void> | undefined {
    try {
      this.#read(event);
    } catch (error) {
      this.#tracker.report(error);
    }
    const matters = ENDS_OR_BEGINS.test(event.query) || mayWrite(event.query);
    return matters ? this.#write(event).catch((error) => this.#tracker.report(error)) : undefined;
  }

  async afterTransactionCommit({ queryRunner }: { readonly queryRunner: QueryRunner }): Promise<void> {
    if (!queryRunner.isTransactionActive) await this.#tracker.commit(queryRunner);
  }

  async afterTransactionRollback({ queryRunner }: { readonly queryRunner: QueryRunner }): Promise<void> {
    if (!queryRunner.isTransactionActive) await this.#rolledBack(queryRunner);
  }

  /** The queries told the tags; these know the record, for the option `urls`. */
  readonly afterInsert = (event: RecordEvent) => this.#record(event, 'create');
  readonly afterUpdate = (event: RecordEvent) => this.#record(event, 'update');
  readonly afterRemove = (event: RecordEvent) => this.#record(event, 'delete');
  readonly afterSoftRemove = (event: RecordEvent) => this.#record(event, 'delete');
  readonly afterRecover = (event: RecordEvent) => this.#record(event, 'update');

  #read({ query, parameters, rawResults }: QueryEvent): void {
    if (!this.#tracker.isReading()) return;
    const wrapped = /^SELECT DISTINCT "distinctAlias".*? FROM \((.*)\) "distinctAlias"/s.exec(query)?.[1];
    const rows = rowsIn(rawResults);
    const statement = this.#statements.read(wrapped ?? query, listed(parameters));
    const reads = readsOf(statement, rows, this.#models.keysOf);
    // It looks for the keys of the rows of a joined query, which comes next and tells of what was joined.
    const isForKeys = wrapped !== undefined && Array.isArray(rows) && rows.length > 0;
    for (const { table, id } of isForKeys ? reads.slice(0, 1) : reads)
      this.#tracker.read(this.#models.entityOf(table), id);
  }

  async #write({ query, parameters, success, queryRunner }: QueryEvent): Promise<void> {
    if (/^\s*(?:begin|start)\b/i.test(query)) this.#begun.add(queryRunner);
    else if (/^\s*(?:commit|end)\b/i.test(query)) {
      // One that failed may have been carried out: its answer can be lost.
      this.#begun.delete(queryRunner);
      await this.#tracker.commit(queryRunner);
    } else if (/^\s*rollback\b(?!\s+(?:transaction\s+)?to\b)/i.test(query) && success) {
      this.#begun.delete(queryRunner);
      await this.#rolledBack(queryRunner);
    } else if (mayWrite(query)) {
      const statement = this.#statements.read(query, listed(parameters));
      await this.#tell(queryRunner, changesOf(statement, this.#models));
    }
  }

  async #record(event: RecordEvent, action: 'create' | 'update' | 'delete'): Promise<void> {
    const { metadata, queryRunner } = event;
    const record = action === 'delete' ? (event.databaseEntity ?? event.entity) : event.entity;
    if (!this.#parts.withUrls.has(metadata.name) || record === undefined || record === null) return;
    const before = action === 'update' ? (event.databaseEntity ?? undefined) : undefined;
    const id = idOf(record, metadata);
    await this.#tell(queryRunner, [{ entity: metadata.name, id, action, record, before }]);
  }

  async #tell(queryRunner: QueryRunner, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const isOpen = queryRunner.isTransactionActive || this.#begun.has(queryRunner);
    if (isOpen) this.#tracker.defer(queryRunner, changes);
    else await this.#tracker.changed(changes);
  }

  async #rolledBack(queryRunner: QueryRunner): Promise<void> {
    if (this.#parts.isShared) await this.#tracker.commit(queryRunner);
    else this.#tracker.forget(queryRunner);
  }
}

function requireParts(dataSource: TypeOrmDataSource, pages: TrackablePages): void {
  const reader = new OptionReader({});
  if (dataSource?.isInitialized !== true)
    reader.refuse(
      'dataSource',
      'a DataSource of TypeORM whose initialize() has been awaited',
      dataSource?.isInitialized,
    );
  requirePages(pages, reader);
  reader.throwProblems();
}

/** Models by their tables; where several share one, as in single table inheritance, the first is meant. */
function modelsOf(metadatas: readonly TypeOrmEntity[]): TableModels {
  const entities = new Map<string, TypeOrmEntity>();
  for (const metadata of metadatas) {
    const table = metadata.tableName.toLowerCase();
    if (!entities.has(table) || metadata.tableType !== 'entity-child') entities.set(table, metadata);
  }
  const keys = new Map([...entities].map(([table, metadata]) => [table, keysOfEntity(metadata)]));
  return {
    entityOf: (table) => entities.get(table)?.name ?? table,
    keysOf: (table) => keys.get(table),
  };
}

function keysOfEntity({ primaryColumns, uniques, indices }: TypeOrmEntity): TableKeys {
  const indexed = indices.filter(({ isUnique, where }) => isUnique && !where);
  return {
    primary: names(primaryColumns),
    uniques: [...uniques, ...indexed].map(({ columns }) => names(columns)),
  };
}

function names(columns: readonly TypeOrmColumn[]): readonly string[] {
  return columns.map(({ databaseName }) => databaseName.toLowerCase());
}

function idOf(record: object, { primaryColumns }: TypeOrmEntity): Id | undefined {
  const parts = primaryColumns.map(({ propertyName }) => keyOfRecord(Reflect.get(record, propertyName)));
  return parts.length === 1 ? parts[0] : undefined;
}

/** For each entity, those whose rows the database changes when one of its rows is deleted. */
function cascadesOf(
  metadatas: readonly TypeOrmEntity[],
  { entityOf }: TableModels,
): Readonly<Record<string, readonly string[]>> {
  const cascades: Record<string, string[]> = {};
  for (const metadata of metadatas)
    for (const {
      referencedEntityMetadata: referenced,
      onDelete = '',
      onUpdate = '',
    } of metadata.foreignKeys) {
      const entity = entityOf(referenced.tableName.toLowerCase());
      if (!/CASCADE|SET/.test(`${onDelete} ${onUpdate}`)) continue;
      cascades[entity] = [...(cascades[entity] ?? []), entityOf(metadata.tableName.toLowerCase())];
    }
  return cascades;
}

async function* recordsOf(dataSource: TypeOrmDataSource, model: object): AsyncGenerator<unknown> {
  const repository = dataSource.getRepository(model);
  const columns = dataSource.getMetadata(model).primaryColumns;
  const order = Object.fromEntries(columns.map(({ propertyName }) => [propertyName, 'ASC']));
  for (let skip = 0; ; skip += BATCH) {
    const records = await repository.find({ order, skip, take: BATCH });
    yield* records;
    if (records.length < BATCH) return;
  }
}

/** Some drivers take named parameters, in an object: those tell nothing here. */
function listed(parameters: unknown): readonly unknown[] {
  return Array.isArray(parameters) ? parameters : [];
}

/** The rows in the result of a driver that gives more than them. */
function rowsIn(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'rows' in result ? result.rows : result;
}
