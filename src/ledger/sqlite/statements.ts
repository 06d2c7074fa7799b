import type { SqliteDatabase } from '../../sqlite/database.js';
import type { Bounds } from '../removals.js';
import { prepareBrowsing, prepareHistory } from './overview/statements.js';
import { preparePurges } from './purges/statements.js';
import { prepareRoom } from './room/statements.js';
import { prepareShared } from './shared/statements.js';
import { prepareFigures, prepareVisits } from './sql/figures.js';
import { prepareLearned } from './sql/learned.js';
import { prepareLog } from './sql/log.js';
import { preparePages } from './sql/pages.js';
import { Preparer } from './sql/query.js';
import { prepareRecording } from './sql/recording.js';
import { prepareRemovals } from './sql/removals.js';

/** The parts of a ledger that not every site needs. */
export interface LedgerParts {
  /** Whether several hosts share a log. */
  readonly isShared?: boolean;
  /** Whether a CDN must purge what is removed. */
  readonly isPurged?: boolean;
  /** What the pages may take of the disk. If given, the ledger knows what each page takes and how often it is used. */
  readonly bounds?: Bounds | undefined;
}

/** All statements of the ledger, prepared once for each connection, including those of the parts that it has. */
export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(
  database: SqliteDatabase,
  { isShared = false, isPurged = false, bounds }: LedgerParts = {},
) {
  const sql = new Preparer(database);
  return {
    ...preparePages(sql),
    ...prepareRecording(sql),
    ...prepareRemovals(sql),
    ...prepareLog(sql),
    ...prepareFigures(sql),
    ...prepareVisits(sql),
    ...prepareLearned(sql),
    ...prepareHistory(sql),
    ...prepareBrowsing(sql),
    shared: isShared ? prepareShared(sql) : undefined,
    purges: isPurged ? preparePurges(sql) : undefined,
    room: bounds === undefined ? undefined : prepareRoom(sql),
    version: sql.text('SELECT value FROM version'),
    setVersion: sql.query<{ version: string }>('UPDATE version SET value = @version'),
    ground: sql.text('SELECT value FROM ground'),
    setGround: sql.query<{ ground: string }>('UPDATE ground SET value = @ground'),
  };
}
