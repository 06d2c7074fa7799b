import type { PageRenders } from '../../../metrics/recent.js';
import type { Minute } from '../../overview/overview.js';
import type { PageRow } from '../sql/pages.js';
import type { Preparer } from '../sql/query.js';

/** Tables that are created if they are missing, like other tables that were added later. */
export const OVERVIEW_TABLES: Readonly<Record<string, string>> = {
  minutes: `(
    minute       INTEGER PRIMARY KEY,
    nginx        INTEGER NOT NULL,
    node         INTEGER NOT NULL,
    misses       INTEGER NOT NULL,
    renders      INTEGER NOT NULL,
    milliseconds REAL NOT NULL,
    stored       INTEGER NOT NULL,
    refused      INTEGER NOT NULL,
    deleted      INTEGER NOT NULL
  ) STRICT`,
  page_renders: `(
    host         TEXT NOT NULL,
    path         TEXT NOT NULL,
    renders      INTEGER NOT NULL,
    milliseconds REAL NOT NULL,
    slowest      REAL NOT NULL,
    PRIMARY KEY (host, path)
  ) STRICT, WITHOUT ROWID`,
  deletions: `(
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    cause TEXT NOT NULL,
    named TEXT NOT NULL,
    pages INTEGER NOT NULL,
    total INTEGER,
    at    INTEGER NOT NULL
  ) STRICT`,
  secrets: `(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
};

export interface DeletionRow {
  readonly id: number;
  readonly cause: string;
  /** JSON. */
  readonly named: string;
  readonly pages: number;
  readonly total: number | null;
  readonly at: number;
}

export type BrowsedRow = PageRow & { readonly tagged: number };

/** The statements for what is kept of the last day, and shown. */
export function prepareHistory(sql: Preparer) {
  return {
    addMinute: sql.query<Minute>(
      `INSERT INTO minutes VALUES (@minute, @nginx, @node, @misses, @renders, @milliseconds, @stored, @refused, @deleted)
       ON CONFLICT (minute) DO UPDATE SET nginx = nginx + excluded.nginx, node = node + excluded.node,
         misses = misses + excluded.misses, renders = renders + excluded.renders,
         milliseconds = milliseconds + excluded.milliseconds, stored = stored + excluded.stored,
         refused = refused + excluded.refused, deleted = deleted + excluded.deleted`,
    ),
    trimMinutes: sql.query<{ before: number }>('DELETE FROM minutes WHERE minute < @before'),
    minutes: sql.query<{ from: number }, Minute>(
      'SELECT * FROM minutes WHERE minute >= @from ORDER BY minute',
    ),
    ...prepareDeletions(sql),
    addRenders: sql.query<PageRenders>(
      `INSERT INTO page_renders (host, path, renders, milliseconds, slowest)
       VALUES (@host, @path, @renders, @milliseconds, @slowest)
       ON CONFLICT (host, path) DO UPDATE SET renders = renders + excluded.renders,
         milliseconds = milliseconds + excluded.milliseconds, slowest = max(slowest, excluded.slowest)`,
    ),
    countRenders: sql.number('SELECT count(*) FROM page_renders'),
    trimRenders: sql.query<{ kept: number }>(
      // This looks up the rows to delete. `NOT IN` would search the rows to keep, for each row.
      `DELETE FROM page_renders WHERE (host, path) IN (SELECT host, path FROM page_renders
         ORDER BY milliseconds LIMIT max(0, (SELECT count(*) FROM page_renders) - @kept))`,
    ),
    slowestRenders: sql.query<{ limit: number }, PageRenders>(
      'SELECT * FROM page_renders ORDER BY slowest DESC, host, path LIMIT @limit',
    ),
    mostRenders: sql.query<{ limit: number }, PageRenders>(
      'SELECT * FROM page_renders ORDER BY renders DESC, host, path LIMIT @limit',
    ),
    refusedPages: sql.read<{ reason: string; pages: number }>(
      'SELECT reason, count(*) AS pages FROM refusals GROUP BY reason ORDER BY pages DESC, reason',
    ),
  };
}

function prepareDeletions(sql: Preparer) {
  return {
    addDeletion: sql.query<Omit<DeletionRow, 'id'>>(
      'INSERT INTO deletions (cause, named, pages, total, at) VALUES (@cause, @named, @pages, @total, @at)',
    ),
    trimDeletions: sql.query<{ kept: number }>(
      'DELETE FROM deletions WHERE id <= (SELECT max(id) FROM deletions) - @kept',
    ),
    deletions: sql.query<{ limit: number }, DeletionRow>(
      'SELECT * FROM deletions ORDER BY id DESC LIMIT @limit',
    ),
    floods: sql.query<{ since: number; limit: number }, DeletionRow>(
      'SELECT * FROM deletions WHERE at >= @since AND pages * 2 >= total ORDER BY pages DESC, id DESC LIMIT @limit',
    ),
  };
}

/** The statements for the pages of a list, and for secrets. */
export function prepareBrowsing(sql: Preparer) {
  return {
    // SQLite counts with the smallest index. Rows of pages that are being stored are included.
    countPages: sql.number('SELECT count(*) FROM pages'),
    browse: sql.query<{ name: string; id: number; limit: number; tag: string | null }, BrowsedRow>(
      `SELECT id, file, host, path, name, bytes, hash, stored_at, expires_at, headers,
         EXISTS (SELECT 1 FROM tags WHERE tag = @tag AND page = pages.id) AS tagged
       FROM pages WHERE (name, id) > (@name, @id) AND placed = 1 ORDER BY name, id LIMIT @limit`,
    ),
    addSecret: sql.query<{ name: string; value: string }>(
      'INSERT INTO secrets (name, value) VALUES (@name, @value) ON CONFLICT DO NOTHING',
    ),
    secret: sql.query<{ name: string }, { value: string }>('SELECT value FROM secrets WHERE name = @name'),
  };
}
