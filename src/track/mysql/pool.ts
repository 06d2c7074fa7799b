import { atCaller } from '../../errors.js';
import { mysql } from '../catalogue/mysql.js';
import { catalogueOf, modelsOf, type PoolOptions, readOptions } from '../pool/options.js';
import { ModelStatements } from '../sql/model-statements.js';
import { escapingMysqlSql, mysqlSql } from '../sql/mysql/dialect.js';
import type { TrackablePages } from '../tracker.js';
import { FollowedPool, type MysqlPool } from './followed-pool.js';

/**
 * Follows all reads and writes through a pool of mysql2, with promises or callbacks: by plain mysql2, Drizzle, Kysely
 * or, with `knex.client.pool`, Knex. Pages get the tags of the tables that they read or, if the option `ids` names the
 * key of a table, the tags of rows. Call it before the pool is used; the returned function stops it. Throws
 * `ERR_OPTIONS`.
 */
export function trackMysqlPool(
  pool: MysqlPool,
  pages: TrackablePages,
  options: PoolOptions = {},
): () => void {
  return atCaller(trackMysqlPool, () => follow(pool, pages, options));
}

function follow(pool: MysqlPool, pages: TrackablePages, options: PoolOptions): () => void {
  const followed = {
    name: 'pool',
    value: pool,
    isFit: typeof pool?.on === 'function',
    expected: "a pool of mysql2, or Knex's `knex.client.pool`",
  };
  const { views = {}, procedures = {}, uniques = {}, ...others } = readOptions(followed, pages, options);
  const tracker = pages.track(others);
  const models = modelsOf({ ...others, uniques }, 'unknown');
  const own = new FollowedPool(pool, {
    ...{ tracker, views, procedures },
    catalogue: catalogueOf(mysql, tracker, options),
    statements: new ModelStatements(models, mysqlSql),
    escaping: new ModelStatements(models, escapingMysqlSql),
  });
  own.attach();
  return () => {
    own.detach();
    tracker.detach();
  };
}
