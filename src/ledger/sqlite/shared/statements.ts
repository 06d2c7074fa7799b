import type { SqliteDatabase } from '../../../sqlite/database.js';
import type { EntryRow } from '../sql/log.js';
import type { Preparer } from '../sql/query.js';

/** Created only if hosts share a log, in addition to the tables of every ledger. Other releases ignore them. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS shared_log (name TEXT NOT NULL, epoch TEXT, received INTEGER NOT NULL) STRICT;
  INSERT INTO shared_log SELECT lower(hex(randomblob(16))), NULL, 0 WHERE NOT EXISTS (SELECT 1 FROM shared_log);
  CREATE TABLE IF NOT EXISTS received (sequence INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT;
  -- What is deleted again and again while others do not hear of it stands here once.
  CREATE TABLE IF NOT EXISTS outbox (
    kind TEXT NOT NULL, value TEXT NOT NULL, host TEXT NOT NULL, sequence INTEGER NOT NULL,
    PRIMARY KEY (kind, value, host)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS outbox_by_sequence ON outbox (sequence);
`;

export interface StandingRow {
  readonly name: string;
  readonly epoch: string | null;
  readonly received: number;
  readonly first: number | null;
}

export type SharedStatements = ReturnType<typeof prepareShared>;

export function createSharedTables(database: SqliteDatabase): void {
  database.exec(SCHEMA);
}

/** Whether the tables exist: a reader does not create them. */
export function hasSharedTables(database: SqliteDatabase): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'shared_log'").get() !== undefined;
}

export function prepareShared(sql: Preparer) {
  return {
    standing: sql.read<StandingRow>(
      'SELECT name, epoch, received, (SELECT min(position) FROM received) AS first FROM shared_log',
    ),
    setStanding: sql.query<{ epoch: string; received: number }>(
      'UPDATE shared_log SET epoch = @epoch, received = @received',
    ),
    addReceived: sql.query<{ sequence: number; position: number }>(
      'INSERT OR REPLACE INTO received VALUES (@sequence, @position)',
    ),
    lowerReceived: sql.query<{ base: number }>('UPDATE received SET position = min(position, @base)'),
    received: sql.query<{ limit: number }, EntryRow>(
      'SELECT i.* FROM received r JOIN invalidations i USING (sequence) ORDER BY sequence LIMIT @limit',
    ),
    receivedAll: sql.number(
      "SELECT 1 FROM received JOIN invalidations USING (sequence) WHERE kind = 'all' LIMIT 1",
    ),
    firstReceived: sql.number('SELECT min(sequence) FROM received'),
    deleteReceived: sql.query<{ sequence: number }>('DELETE FROM received WHERE sequence = @sequence'),
    addOutbox: sql.query<{ kind: string; value: string; host: string; sequence: number }>(
      `INSERT INTO outbox VALUES (@kind, @value, @host, @sequence)
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence`,
    ),
    outbox: sql.query<{ limit: number }, Omit<EntryRow, 'applied' | 'at'>>(
      "SELECT sequence, kind, value, nullif(host, '') AS host FROM outbox ORDER BY sequence LIMIT @limit",
    ),
    countOutbox: sql.read<{ unsent: number; since: number | null }>(
      'SELECT count(*) AS unsent, min(i.at) AS since FROM outbox LEFT JOIN invalidations i USING (sequence)',
    ),
    deleteOutbox: sql.query<{ sequence: number }>('DELETE FROM outbox WHERE sequence = @sequence'),
  };
}
