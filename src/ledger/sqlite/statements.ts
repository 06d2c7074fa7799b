import type { Database } from 'better-sqlite3';
import { prepareFigures } from './sql/figures.js';
import { prepareLog } from './sql/log.js';
import { preparePages } from './sql/pages.js';
import { Preparer } from './sql/query.js';
import { prepareRecording } from './sql/recording.js';
import { prepareRemovals } from './sql/removals.js';

/** Every statement of the ledger, prepared once a connection. */
export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: Database) {
  const sql = new Preparer(database);
  return {
    ...preparePages(sql),
    ...prepareRecording(sql),
    ...prepareRemovals(sql),
    ...prepareLog(sql),
    ...prepareFigures(sql),
    version: sql.text('SELECT value FROM version'),
    setVersion: sql.query<{ version: string }>('UPDATE version SET value = @version'),
    ground: sql.text('SELECT value FROM ground'),
    setGround: sql.query<{ ground: string }>('UPDATE ground SET value = @ground'),
  };
}
