import { atCaller } from '../../../errors.js';
import { postgres } from '../../catalogue/postgres.js';
import { catalogueOf, modelsOf, type PoolOptions, readOptions } from '../../pool/options.js';
import { ModelStatements } from '../../sql/model-statements.js';
import type { TrackablePages } from '../../tracker.js';
import { FollowedPool, type PgPool } from './followed-pool.js';

/**
 * Follows all reads and writes through a pool of pg: by plain pg, Drizzle, Kysely or, with `knex.client.pool`, Knex.
 * Pages get the tags of the tables that they read or, if the option `ids` names the key of a table, the tags of rows.
 * Call it before the pool is used; the returned function stops it. Throws `ERR_OPTIONS`.
 */
export function trackPgPool(pool: PgPool, pages: TrackablePages, options: PoolOptions = {}): () => void {
  return atCaller(trackPgPool, () => follow(pool, pages, options));
}

function follow(pool: PgPool, pages: TrackablePages, options: PoolOptions): () => void {
  const followed = {
    name: 'pool',
    value: pool,
    isFit: typeof pool?.on === 'function',
    expected: "a pool of pg, or Knex's `knex.client.pool`",
  };
  const { views = {}, procedures = {}, uniques = {}, ...others } = readOptions(followed, pages, options);
  const tracker = pages.track(others);
  const catalogue = catalogueOf(postgres, tracker, options);
  const own = new FollowedPool(pool, {
    ...{ tracker, views, procedures, catalogue },
    statements: new ModelStatements(modelsOf({ ...others, uniques })),
  });
  own.attach();
  return () => {
    own.detach();
    tracker.detach();
  };
}
