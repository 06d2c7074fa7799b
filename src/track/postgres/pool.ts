import { AsyncResource } from 'node:async_hooks';
import { type OptionProblem, OptionReader } from '../../option-reader.js';
import { StatementReader } from '../sql/statement.js';
import { readsOf, type TableKeys } from '../sql/table-reads.js';
import type { TableModels } from '../sql/table-writes.js';
import { requirePages, type TrackOptions } from '../track-options.js';
import type { TrackablePages, Tracker } from '../tracker.js';
import { mayMatter, type PgClient, PgTransactions } from './client.js';
import { tableName } from './names.js';
import { isSubmittable, observe, type PgCall, type PgOutcome, readCall } from './query.js';

/** What of pg's Pool, or of the pool within Knex (`knex.client.pool`), is used. */
export interface PgPool {
  readonly connect?: (...given: never[]) => unknown;
  on(event: string, listener: (...given: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...given: unknown[]) => void): unknown;
}

/** Tables are named as in the database, in lower case and without their schema. */
export interface PgPoolOptions extends TrackOptions {
  /** The tables behind a view, by its name: a page that reads the view reads these. */
  readonly views?: Readonly<Record<string, readonly string[]>>;
  /** The tables that a procedure writes, by its name. A `CALL` of any other deletes all pages. */
  readonly procedures?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Follows what is read and written through a pool of pg, whoever uses it: plain pg, Drizzle, Kysely, or, given
 * `knex.client.pool`, Knex. Pages get the tags of the tables that they read, or, of tables whose key the option `ids` names,
 * those of rows. Call it before the pool is used; the function that it returns ends it. Throws `ERR_OPTIONS`.
 */
export function trackPgPool(pool: PgPool, pages: TrackablePages, options: PgPoolOptions = {}): () => void {
  const { views = {}, procedures = {}, ...given } = readOptions({ pool, pages }, options);
  const tracker = pages.track(given);
  const followed = new FollowedPool(pool, {
    ...{ tracker, views, procedures },
    models: modelsOf(given.ids),
    statements: new StatementReader(),
  });
  followed.attach();
  return () => {
    followed.detach();
    tracker.detach();
  };
}

interface FollowedParts {
  readonly tracker: Tracker;
  readonly models: TableModels;
  readonly statements: StatementReader;
  readonly views: Readonly<Record<string, readonly string[]>>;
  readonly procedures: Readonly<Record<string, readonly string[]>>;
}

/**
 * Follows each connection, which knows its transaction. A query, or a callback, that waited for one would run in the async
 * context of the page that gave it back, and its reads would be that page's; so whoever asks is called in his own.
 */
class FollowedPool {
  readonly #pool: PgPool;
  readonly #parts: FollowedParts;
  readonly #clients = new WeakSet<object>();
  /** The texts of prepared statements, by their names. */
  readonly #named = new Map<string, string>();
  readonly #warned = new Set<string>();
  #isDetached = false;

  constructor(pool: PgPool, parts: FollowedParts) {
    this.#pool = pool;
    this.#parts = parts;
  }

  attach(): void {
    const { connect } = this.#pool;
    // Its own `query` goes this way too.
    if (connect !== undefined)
      replace(this.#pool, 'connect', (given) => runOf(connect, this.#pool)(given.map(bound)));
    this.#pool.on('acquire', this.#onAcquire);
    this.#pool.on('acquireSuccess', this.#onAcquireSuccess);
  }

  /** What was put before methods stays, since others may have been put before it, and lets everything pass. */
  detach(): void {
    this.#isDetached = true;
    this.#pool.removeListener('acquire', this.#onAcquire);
    this.#pool.removeListener('acquireSuccess', this.#onAcquireSuccess);
  }

  /** pg's pool, before a client is handed out; new ones too. */
  readonly #onAcquire = (client: unknown) => this.#follow(client as PgClient);
  /** Knex's pool. */
  readonly #onAcquireSuccess = (_id: unknown, client: unknown) => this.#follow(client as PgClient);

  #follow(client: PgClient): void {
    if (this.#clients.has(client)) return;
    this.#clients.add(client);
    const { query } = client;
    const transactions = new PgTransactions(client, { ...this.#parts, warnOf: this.#warnOf });
    const followed = (given: readonly unknown[]) =>
      this.#queryOfClient(given, { client, query, transactions });
    replace(client, 'query', followed);
  }

  #queryOfClient(given: readonly unknown[], { client, query, transactions }: FollowedClient): unknown {
    const run = runOf(query, client);
    const call = readCall(given, this.#named);
    if (call === undefined || this.#isDetached) return run(given);
    this.#remember(given[0], call);
    const isReading = this.#parts.tracker.isReading();
    const matters = mayMatter(call.text);
    if (!isReading && !matters) return run(given);
    // A page may have been sent when the stream that it was made from ends.
    if (isReading && isSubmittable(given[0])) this.#read(call, { commands: [], rows: undefined });
    return observe(run, given, (outcome) => {
      if (isReading) this.#read(call, outcome);
      return matters ? transactions.settled(call, outcome) : undefined;
    });
  }

  #read({ text, values }: PgCall, { rows }: PgOutcome): undefined {
    const { tracker, models, views, statements } = this.#parts;
    try {
      const reads = readsOf(statements.read(text, values), rows, models.keysOf);
      for (const { table, id } of reads) {
        tracker.read(table, id);
        for (const other of views[table] ?? []) tracker.read(other);
      }
    } catch (error) {
      tracker.report(error);
    }
  }

  /** A prepared statement may be run again by its name alone. */
  #remember(config: unknown, { text }: PgCall): void {
    const name: unknown =
      typeof config === 'object' && config !== null ? Reflect.get(config, 'name') : undefined;
    if (typeof name === 'string' && text !== '') this.#named.set(name, text);
  }

  readonly #warnOf = (command: string) => {
    if (this.#warned.has(command)) return;
    this.#warned.add(command);
    this.#parts.tracker.report(
      new Error(
        `${command} may write tables that it does not name, so all pages are deleted; name those of a procedure in the option \`procedures\``,
      ),
    );
  };
}

interface FollowedClient {
  readonly client: PgClient;
  readonly query: Query;
  readonly transactions: PgTransactions;
}

type Query = (...given: never[]) => unknown;

/** Puts a function before a method, on the object alone. */
function replace(
  target: object,
  method: 'query' | 'connect',
  followed: (given: readonly unknown[]) => unknown,
): void {
  const value = (...given: readonly unknown[]) => followed(given);
  Object.defineProperty(target, method, { value, writable: true, configurable: true });
}

function bound(value: unknown): unknown {
  return typeof value === 'function' ? AsyncResource.bind(value as () => unknown) : value;
}

function runOf(query: Query, target: object) {
  return (given: readonly unknown[]): unknown => Reflect.apply(query, target, given);
}

function readOptions(
  { pool, pages }: { readonly pool: unknown; readonly pages: object },
  options: PgPoolOptions,
): PgPoolOptions {
  const problems: OptionProblem[] = [];
  const reader = new OptionReader(options, problems);
  if (typeof pool !== 'object' || pool === null || typeof Reflect.get(pool, 'on') !== 'function')
    reader.refuseUnseen('pool', "a pool of pg, or Knex's `knex.client.pool`", pool);
  requirePages(pages, reader);
  const { views, procedures } = options;
  if (views !== undefined && !isRecordOfStrings(views))
    reader.refuse('views', 'an object of arrays of tables by the name of their view', views);
  if (procedures !== undefined && !isRecordOfStrings(procedures))
    reader.refuse('procedures', 'an object of arrays of tables by the name of their procedure', procedures);
  reader.throwProblems();
  const { entities, ids, urls, cascades } = options;
  return {
    ...options,
    ...(Array.isArray(entities) && { entities: entities.map(tableName) }),
    ...(ids !== undefined && { ids: byTable(ids) }),
    ...(urls !== undefined && { urls: byTable(urls) }),
    ...(cascades !== undefined && { cascades: byTable(listsOfTables(cascades)) }),
    ...(views !== undefined && { views: byTable(listsOfTables(views)) }),
    ...(procedures !== undefined && { procedures: byTable(listsOfTables(procedures)) }),
  };
}

function isRecordOfStrings(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every(
    (list) => Array.isArray(list) && list.every((one) => typeof one === 'string'),
  );
}

function byTable<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([table, value]) => [tableName(table), value]));
}

function listsOfTables(
  record: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(record).map(([name, tables]) => [name, tables.map(tableName)]));
}

/** Keys are the option `ids`; a table without one is followed as a whole. */
function modelsOf(ids: TrackOptions['ids'] = {}): TableModels {
  const keys = new Map<string, TableKeys>();
  for (const [table, columns] of Object.entries(ids))
    keys.set(table, { primary: [columns].flat().map((column) => column.toLowerCase()), uniques: [] });
  return { entityOf: (table) => table, keysOf: (table) => keys.get(table) };
}
