/** `staticgenerator/postgres`. */
export {
  type ListenOptions,
  listenPostgres,
  type PgListenClient,
  type PostgresListener,
} from './listen.js';
export { type PgPool, type PgPoolOptions, trackPgPool } from './pool.js';
export type { TriggerOptions, TriggerTable } from './trigger-tables.js';
export { type Migration, postgresTriggers } from './triggers.js';
