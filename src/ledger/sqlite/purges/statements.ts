import { VARIANT_MARK } from '../../../page/variants/variant.js';
import type { SqliteDatabase } from '../../../sqlite/database.js';
import type { Preparer } from '../sql/query.js';

/** The values of `round`: passed on by a render and not in the ledger yet; waiting to be sent; to be sent once more. */
export const PASSING = 0;
export const WAITING = 1;
const AGAIN = 2;

/** Created only if the site has a CDN. Other releases ignore these tables. */
const SCHEMA = `
  CREATE TABLE purge_notes (last INTEGER NOT NULL) STRICT;
  INSERT INTO purge_notes VALUES (0);
  -- sequence: of the newest note; since: of the oldest that has not been sent.
  CREATE TABLE purges (
    kind TEXT NOT NULL, host TEXT NOT NULL, value TEXT NOT NULL,
    round INTEGER NOT NULL, sequence INTEGER NOT NULL, since INTEGER NOT NULL,
    due INTEGER NOT NULL, claimed INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (kind, host, value)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX purges_by_round ON purges (round, since);
  CREATE INDEX purges_by_sequence ON purges (sequence);
`;

const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
const COUNT = 'UPDATE purge_notes SET last = last + 1';

/** Returns the SQL that notes a purge, whose columns are SQL expressions. Count the number of the note before it. */
function noteSource(kind: string, host: string, value: string): string {
  return `INSERT INTO purges SELECT ${kind}, ${host}, ${value}, ${WAITING}, last, last, 0, 0, ${NOW} FROM purge_notes WHERE true
    ON CONFLICT (kind, host, value) DO UPDATE SET
      since = iif(round = ${WAITING}, since, excluded.since), at = iif(round = ${WAITING}, at, excluded.at),
      round = ${WAITING}, sequence = excluded.sequence, due = 0, claimed = 0`;
}

/**
 * The CDN may hold every page that has a row. So each statement that removes a row, hides its page or changes its
 * content also notes a purge in the same transaction, without knowing about it. This includes expiry, publishing and
 * the loss of a file.
 */
const TRIGGERS = [
  ['purge_deleted', 'AFTER DELETE ON pages'],
  ['purge_hidden', 'AFTER UPDATE OF placed ON pages WHEN old.placed = 1 AND new.placed = 0'],
  [
    'purge_replaced',
    'AFTER UPDATE OF hash ON pages WHEN old.placed = 1 AND new.placed = 1 AND (old.hash <> new.hash OR old.headers IS NOT new.headers)',
  ],
] as const;

export type PurgeStatements = ReturnType<typeof preparePurges>;

export interface PurgeRow {
  readonly kind: string;
  readonly host: string;
  readonly value: string;
  readonly round: number;
  readonly sequence: number;
}

/** Whether this file has an outbox. */
export function hasPurgeTables(database: SqliteDatabase): boolean {
  return (
    database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'purges'").get() !==
    undefined
  );
}

/** A CDN knows a page by its URL, which all its variants share: the part before the mark. */
const URL_OF_OLD = `substr(old.path, 1, instr(old.path || '${VARIANT_MARK}', '${VARIANT_MARK}') - 1)`;

/** Creates what is missing; the triggers belong to this connection. Returns whether there was no outbox before. */
export function createPurgeTables(database: SqliteDatabase): boolean {
  const isNew = !hasPurgeTables(database);
  if (isNew) database.exec(SCHEMA);
  for (const [name, when] of TRIGGERS)
    database.exec(
      `CREATE TEMP TRIGGER ${name} ${when} BEGIN ${COUNT}; ${noteSource("'page'", 'old.host', URL_OF_OLD)}; END`,
    );
  return isNew;
}

export function preparePurges(sql: Preparer) {
  return { ...prepareNotes(sql), ...prepareSending(sql) };
}

/** The statements that note purges, and that read which of them wait. */
function prepareNotes(sql: Preparer) {
  const isDue = '(due <= @now OR due > @horizon) AND (claimed <= @now OR claimed > @horizon)';
  return {
    count: sql.read(COUNT),
    note: sql.query<{ kind: string; host: string; value: string }>(noteSource('@kind', '@host', '@value')),
    last: sql.number('SELECT last FROM purge_notes'),
    firstWaiting: sql.number(`SELECT min(since) FROM purges WHERE round = ${WAITING}`),
    waiting: sql.number(`SELECT count(*) FROM purges WHERE round = ${WAITING}`),
    forgetAll: sql.read(`DELETE FROM purges WHERE round <> ${PASSING}`),
    backdateAll: sql.query<{ since: number }>(
      "UPDATE purges SET since = min(since, @since) WHERE kind = 'all'",
    ),
    anyDue: sql.query<{ now: number; horizon: number }>(`SELECT 1 FROM purges WHERE ${isDue} LIMIT 1`),
    due: sql.query<{ now: number; horizon: number; limit: number }, PurgeRow>(
      `SELECT kind, host, value, round, sequence FROM purges WHERE ${isDue}
       ORDER BY kind <> 'all', round = ${AGAIN}, sequence LIMIT @limit`,
    ),
    passing: sql.read<{ host: string; value: string }>(
      "SELECT host, value FROM purges WHERE kind = 'passing'",
    ),
    addPassing: sql.query<{ host: string; value: string; due: number }>(
      `INSERT INTO purges SELECT 'passing', @host, @value, ${PASSING}, last, last, @due, 0, ${NOW} FROM purge_notes WHERE true
       ON CONFLICT (kind, host, value) DO UPDATE SET sequence = excluded.sequence, due = excluded.due, claimed = 0`,
    ),
    backlog: sql.read<{ waiting: number; again: number; oldest: number | null }>(
      `SELECT coalesce(sum(round = ${WAITING}), 0) AS waiting, coalesce(sum(round = ${AGAIN}), 0) AS again,
       min(iif(round = ${WAITING}, at, NULL)) AS oldest FROM purges`,
    ),
  };
}

/** The statements for purges that are being sent. */
function prepareSending(sql: Preparer) {
  return {
    claim: sql.query<{ sequence: number; until: number }>(
      'UPDATE purges SET claimed = @until WHERE sequence = @sequence',
    ),
    releaseAll: sql.read('UPDATE purges SET claimed = 0 WHERE claimed > 0'),
    /** If a page was noted again while its purge was sent, the newer note must still be sent. */
    keepNewer: sql.query<{ kind: string; host: string; value: string; sequence: number }>(
      `UPDATE purges SET since = sequence
       WHERE kind = @kind AND host = @host AND value = @value AND round = ${WAITING} AND sequence > @sequence`,
    ),
    sendAgain: sql.query<{ sequence: number; due: number }>(
      `UPDATE purges SET round = ${AGAIN}, due = @due, claimed = 0 WHERE sequence = @sequence`,
    ),
    forget: sql.query<{ sequence: number }>('DELETE FROM purges WHERE sequence = @sequence'),
    forgetCovered: sql.query<{ sequence: number }>(
      `DELETE FROM purges WHERE kind <> 'all' AND round <> ${PASSING} AND sequence < @sequence`,
    ),
  };
}
