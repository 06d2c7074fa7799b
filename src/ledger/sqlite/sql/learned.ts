import { OVERVIEW_TABLES } from '../overview/statements.js';
import type { Preparer } from './query.js';

/**
 * Tables that were added later. They are created if they are missing, and nothing else in the format depends on them,
 * so a release that does not know them works as before.
 */
export const LEARNED_TABLES: Readonly<Record<string, string>> = {
  ...OVERVIEW_TABLES,
  contradictions: `(
    host     TEXT NOT NULL,
    path     TEXT NOT NULL,
    scheme   TEXT NOT NULL,
    detail   TEXT NOT NULL,
    tags     TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    PRIMARY KEY (host, path, scheme)
  ) STRICT, WITHOUT ROWID`,
  cookies: `(
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    sequence INTEGER NOT NULL
  ) STRICT`,
  rule_visits: `(
    rule   TEXT PRIMARY KEY,
    nginx  INTEGER NOT NULL,
    node   INTEGER NOT NULL,
    misses INTEGER NOT NULL,
    bytes  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  page_hits: `(
    host TEXT NOT NULL,
    path TEXT NOT NULL,
    hits INTEGER NOT NULL,
    PRIMARY KEY (host, path)
  ) STRICT, WITHOUT ROWID`,
  unseen: `(
    database TEXT PRIMARY KEY,
    found    TEXT NOT NULL,
    at       INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
};

export interface ContradictionRow {
  readonly host: string;
  readonly path: string;
  readonly scheme: string;
  readonly detail: string;
  readonly tags: string;
  readonly sequence: number;
  readonly until: number;
}

/** A learned name, and the log entry that was appended with it. */
export interface CookieRow {
  readonly name: string;
  readonly sequence: number;
}

/** What adapters cannot see in a database, as JSON. */
export interface UnseenRow {
  readonly database: string;
  readonly found: string;
  readonly at: number;
}

/** The statements for what the requests and the databases of a site have revealed. */
export function prepareLearned(sql: Preparer) {
  return {
    addContradiction: sql.query<ContradictionRow>(
      `INSERT OR REPLACE INTO contradictions (host, path, scheme, detail, tags, sequence, until)
       VALUES (@host, @path, @scheme, @detail, @tags, @sequence, @until)`,
    ),
    contradictions: sql.query<{ host: string; path: string }, ContradictionRow>(
      'SELECT * FROM contradictions WHERE host = @host AND path = @path',
    ),
    forgetContradictions: sql.query<{ now: number }>('DELETE FROM contradictions WHERE until <= @now'),
    countContradictions: sql.number('SELECT count(*) FROM contradictions'),
    cookies: sql.read<CookieRow>('SELECT name, sequence FROM cookies ORDER BY id'),
    unseen: sql.read<UnseenRow>('SELECT * FROM unseen ORDER BY database'),
    setUnseen: sql.query<UnseenRow>(
      'INSERT OR REPLACE INTO unseen (database, found, at) VALUES (@database, @found, @at)',
    ),
    trimUnseen: sql.query<{ kept: number }>(
      'DELETE FROM unseen WHERE database NOT IN (SELECT database FROM unseen ORDER BY at DESC LIMIT @kept)',
    ),
    addCookie: sql.query<CookieRow>('INSERT INTO cookies (name, sequence) VALUES (@name, @sequence)'),
  };
}
