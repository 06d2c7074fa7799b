/** `staticgenerator/postgres`. */
export { type PgPool, type PgPoolOptions, trackPgPool } from './postgres-pool.js';
export type { TriggerOptions, TriggerTable } from './postgres-trigger-tables.js';
export { type Migration, postgresTriggers } from './postgres-triggers.js';
