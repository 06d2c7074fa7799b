/** `staticgenerator/sqlite`. */
export type { SqliteDatabase, SqlitePool } from './database.js';
export { type SqliteOptions, type SqliteTracking, trackSqlite } from './track.js';
