/** `staticgenerator/postgres`. */

export type { Cluster } from '../../cluster/bus.js';
export {
  type PoolOfConnections,
  type PostgresBusOptions,
  postgresBus,
} from '../../cluster/postgres/index.js';
export type { PoolOptions as PgPoolOptions } from '../pool/options.js';
export type { PgListenClient } from './listen/client.js';
export { type ListenOptions, listenPostgres, type PostgresListener } from './listen/listen.js';
export type { PgPool } from './pool/followed-pool.js';
export { trackPgPool } from './pool/pool.js';
export type { TriggerOptions, TriggerTable } from './triggers/tables.js';
export { type Migration, postgresTriggers } from './triggers/triggers.js';
