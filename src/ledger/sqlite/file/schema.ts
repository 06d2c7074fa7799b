import { StaticGeneratorError } from '../../../errors.js';
import type { SqliteDatabase } from '../../../sqlite/database.js';
import { LEARNED_TABLES } from '../sql/learned.js';

/** "SGlg": marks the file as ours. */
const APPLICATION_ID = 0x53476c67;
/** The version of the format. An unknown version is refused. */
const FORMAT_VERSION = 2;

const SCHEMA = `
  CREATE TABLE pages (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    file      TEXT NOT NULL UNIQUE,
    host      TEXT NOT NULL,
    path      TEXT NOT NULL,
    name      TEXT NOT NULL,
    codings   TEXT NOT NULL DEFAULT '',
    bytes     INTEGER NOT NULL DEFAULT 0,
    hash      TEXT NOT NULL DEFAULT '',
    headers   TEXT,
    stored_at INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER,
    placed    INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX pages_by_name ON pages (name);
  CREATE INDEX pages_by_expiry ON pages (expires_at) WHERE expires_at IS NOT NULL;

  CREATE TABLE tags (
    tag  TEXT NOT NULL,
    page INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, page)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tags_by_page ON tags (page);

  -- AUTOINCREMENT: a sequence is never used again, even after compaction.
  CREATE TABLE invalidations (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    host     TEXT,
    applied  INTEGER NOT NULL,
    at       INTEGER NOT NULL
  ) STRICT;
  -- applied: 0 not yet, 1 applied or void only, 2 the process that appended it renders the pages again.
  CREATE INDEX invalidations_open ON invalidations (sequence) WHERE applied <> 1;
  INSERT INTO sqlite_sequence (name, seq) VALUES ('invalidations', 0);

  -- Whose pages these are: see Options.version.
  CREATE TABLE version (value TEXT NOT NULL) STRICT;
  INSERT INTO version VALUES ('');

  -- Where every page under WEB_ROOT was last known to have its row: see groundOf.
  CREATE TABLE ground (value TEXT NOT NULL) STRICT;
  INSERT INTO ground VALUES ('');

  -- Figures of all processes, and why pages were refused last: for people, no decision depends on them.
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE refusals (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    host   TEXT NOT NULL,
    path   TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT,
    at     INTEGER NOT NULL,
    UNIQUE (host, path) ON CONFLICT REPLACE
  ) STRICT;

  -- What the last request through nginx has shown of its configuration; for the command doctor.
  CREATE TABLE nginx (fingerprint TEXT NOT NULL, at INTEGER NOT NULL) STRICT;

  -- Entries up to the floor have been compacted away; older leases cannot be judged.
  CREATE TABLE floor (sequence INTEGER NOT NULL) STRICT;
  INSERT INTO floor VALUES (0);
`;

/** Creates the tables if there are none; returns whether it did. Refuses another program's file and another version. */
export function prepareSchema(database: SqliteDatabase, file: string): boolean {
  const tables = Number(database.prepareValue<[], number>('SELECT count(*) FROM sqlite_schema').get());
  if (tables > 0) {
    checkSchema(database, file);
    addLearned(database);
    return false;
  }
  database.exec(SCHEMA);
  addLearned(database);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  database.exec(`PRAGMA user_version = ${FORMAT_VERSION}`);
  return true;
}

/**
 * Adds the tables that a ledger of an older release lacks. If the file may not be changed, use temporary tables, which
 * exist only for this connection.
 */
export function addLearned(database: SqliteDatabase, kind: 'TABLE' | 'TEMP TABLE' = 'TABLE'): void {
  const isThere = database.prepare<[{ name: string }], object>(
    'SELECT 1 FROM sqlite_schema WHERE name = @name',
  );
  for (const [name, columns] of Object.entries(LEARNED_TABLES))
    if (isThere.get({ name }) === undefined) database.exec(`CREATE ${kind} ${name} ${columns}`);
}

/** Refuses another program's file and another version. */
export function checkSchema(database: SqliteDatabase, file: string): void {
  const applicationId = Number(database.prepareValue<[], number>('PRAGMA application_id').get());
  const version = Number(database.prepareValue<[], number>('PRAGMA user_version').get());
  if (applicationId !== APPLICATION_ID) {
    throw new StaticGeneratorError('ERR_LEDGER_FOREIGN', `${file} is a database of another program`, {
      fields: { path: file },
    });
  }
  if (version !== FORMAT_VERSION) {
    throw new StaticGeneratorError(
      'ERR_LEDGER_VERSION',
      `Expected the ledger ${file} to have format ${FORMAT_VERSION}, got ${version}. Use the release that wrote it, or stop every process of the site and remove this file with its -wal and -shm: the pages are then rendered again`,
      { fields: { path: file, expected: FORMAT_VERSION, got: version } },
    );
  }
}
