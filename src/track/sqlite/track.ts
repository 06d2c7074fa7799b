import { atCaller } from '../../errors.js';
import { sqlite } from '../catalogue/sqlite.js';
import { catalogueOf, modelsOf, type PoolOptions, readOptions } from '../pool/options.js';
import { ModelStatements } from '../sql/model-statements.js';
import type { TrackablePages } from '../tracker.js';
import type { SqliteDatabase, SqlitePool } from './database.js';
import { FollowedDatabase } from './followed-database.js';

/** Tables are named as in the database, in lower case and without their schema. */
export type SqliteOptions = Omit<PoolOptions, 'procedures'>;

/** A function that stops following the database. */
export interface SqliteTracking {
  (): void;
  /** Resolves when the pages of all changes committed so far are deleted. A statement itself cannot wait for that. */
  settled(): Promise<void>;
}

/**
 * Follows all reads and writes through a database of better-sqlite3 or `node:sqlite`: by itself, Drizzle, Kysely or,
 * with `knex.client.pool`, Knex. Pages get the tags of the tables that they read or, if the option `ids` names the key
 * of a table, the tags of rows. Call it before statements are prepared. Throws `ERR_OPTIONS`.
 */
export function trackSqlite(
  database: SqliteDatabase | SqlitePool,
  pages: TrackablePages,
  options: SqliteOptions = {},
): SqliteTracking {
  return atCaller(trackSqlite, () => followFrom(database, pages, options));
}

function followFrom(
  database: SqliteDatabase | SqlitePool,
  pages: TrackablePages,
  options: SqliteOptions,
): SqliteTracking {
  const followed = {
    name: 'database',
    value: database,
    isFit: isDatabase(database) || typeof (database as SqlitePool | undefined)?.on === 'function',
    expected: "a database of better-sqlite3 or node:sqlite, or Knex's `knex.client.pool`",
  };
  const { views = {}, uniques = {}, ...others } = readOptions(followed, pages, options);
  const tracker = pages.track(others);
  const statements = new ModelStatements(modelsOf({ ...others, uniques }));
  const catalogue = catalogueOf(sqlite, tracker, options);
  const all = new Map<object, FollowedDatabase>();
  const follow = (one: SqliteDatabase) => {
    if (all.has(one)) return;
    const own = new FollowedDatabase(one, { tracker, statements, views, catalogue });
    all.set(one, own);
    own.attach();
  };
  const onAcquire = (_id: unknown, one: unknown) => follow(one as SqliteDatabase);
  if (isDatabase(database)) follow(database);
  else database.on('acquireSuccess', onAcquire);
  const stop = () => {
    if (!isDatabase(database)) database.removeListener('acquireSuccess', onAcquire);
    for (const own of all.values()) own.detach();
    tracker.detach();
  };
  const settled = async () => {
    for (const own of all.values()) await own.settled();
  };
  return Object.assign(stop, { settled });
}

function isDatabase(value: unknown): value is SqliteDatabase {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'prepare') === 'function';
}
