/** `staticgenerator/postgres`. */
export {
  type ListenOptions,
  listenPostgres,
  type PgListenClient,
  type PostgresListener,
} from './postgres-listen.js';
export { type PgPool, type PgPoolOptions, trackPgPool } from './postgres-pool.js';
export type { TriggerOptions, TriggerTable } from './postgres-trigger-tables.js';
export { type Migration, postgresTriggers } from './postgres-triggers.js';
