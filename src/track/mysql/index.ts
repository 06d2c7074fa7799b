/** `staticgenerator/mysql`. */
export type { PoolOptions as MysqlPoolOptions } from '../pool/options.js';
export type { MysqlPool } from './followed-pool.js';
export { trackMysqlPool } from './pool.js';
