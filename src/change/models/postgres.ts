/** `staticgenerator/postgres`. */
export { type PgPool, type PgPoolOptions, trackPgPool } from './postgres-pool.js';
