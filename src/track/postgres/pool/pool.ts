import { ModelStatements } from '../../sql/model-statements.js';
import type { TableKeys, TableModels } from '../../sql/table-models.js';
import type { TrackOptions } from '../../track-options.js';
import type { TrackablePages } from '../../tracker.js';
import { FollowedPool, type PgPool } from './followed-pool.js';
import { type PgPoolOptions, readOptions } from './options.js';

/**
 * Follows what is read and written through a pool of pg, whoever uses it: plain pg, Drizzle, Kysely, or, given
 * `knex.client.pool`, Knex. Pages get the tags of the tables that they read, or, of tables whose key the option `ids` names,
 * those of rows. Call it before the pool is used; the function that it returns stops it. Throws `ERR_OPTIONS`.
 */
export function trackPgPool(pool: PgPool, pages: TrackablePages, options: PgPoolOptions = {}): () => void {
  const { views = {}, procedures = {}, ...given } = readOptions({ pool, pages }, options);
  const tracker = pages.track(given);
  const followed = new FollowedPool(pool, {
    ...{ tracker, views, procedures },
    statements: new ModelStatements(modelsOf(given.ids)),
  });
  followed.attach();
  return () => {
    followed.detach();
    tracker.detach();
  };
}

/** Keys are the option `ids`; a table without one is followed as a whole. */
function modelsOf(ids: TrackOptions['ids'] = {}): TableModels {
  const keys = new Map<string, TableKeys>();
  for (const [table, columns] of Object.entries(ids))
    keys.set(table, { primary: [columns].flat().map((column) => column.toLowerCase()), uniques: [] });
  return { entityOf: (table) => table, keysOf: (table) => keys.get(table) };
}
