import type { Database } from 'better-sqlite3';
import type { NginxSeen } from '../../metrics.js';
import type { Selector } from '../../page/selector.js';

export interface PageRow {
  readonly id: number;
  readonly file: string;
  readonly host: string;
  readonly path: string;
  /** The path without its trailing slash: one name for both forms. */
  readonly name: string;
  readonly bytes: number;
  readonly hash: string;
  readonly stored_at: number;
  readonly expires_at: number | null;
  readonly headers: string | null;
}

export interface RefusalRow {
  readonly host: string;
  readonly path: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly at: number;
}

export type FoundRow = Pick<PageRow, 'file' | 'headers' | 'stored_at' | 'expires_at'> & {
  readonly codings: string;
};

export type PlacedRow = Pick<PageRow, 'id' | 'bytes' | 'hash' | 'stored_at'> & { readonly codings: string };

export interface EntryRow {
  readonly sequence: number;
  readonly kind: string;
  readonly value: string;
  readonly host: string | null;
  readonly applied: number;
  readonly at: number;
}

/** States of an entry of the log. A regenerating one is left to the process that has it, until the next start. */
export const UNAPPLIED = 0;
export const APPLIED = 1;
export const REGENERATING = 2;

interface PlacedValues {
  readonly id: number;
  readonly codings: string;
  readonly bytes: number;
  readonly hash: string;
  readonly headers: string | null;
  readonly storedAt: number;
  readonly expiresAt: number | null;
}

/** A prepared statement with its parameters, all named, and the rows that it gives. */
interface Query<Parameters extends readonly object[], Row> {
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): readonly Row[];
  iterate(...parameters: Parameters): Iterable<Row>;
  run(...parameters: Parameters): { readonly lastInsertRowid: number | bigint };
}

/** Every statement of the ledger, prepared once a connection. */
export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: Database) {
  const prepare = <Parameters extends object, Row = never>(sql: string): Query<[Parameters], Row> =>
    database.prepare<[Parameters], Row>(sql);
  const read = <Row>(sql: string): Query<[], Row> => database.prepare<[], Row>(sql);
  const pluck = (sql: string): Query<[], number> => database.prepare<[], number>(sql).pluck();
  const text = (sql: string): Query<[], string> => database.prepare<[], string>(sql).pluck();
  const PAGE = 'SELECT id, file, host, path, name, bytes, hash, stored_at, expires_at, headers FROM pages';

  return {
    /** Differs whenever another connection has committed. */
    dataVersion: pluck('PRAGMA data_version'),
    placedFile: prepare<{ host: string; path: string; name: string }, FoundRow>(
      'SELECT file, codings, headers, stored_at, expires_at FROM pages WHERE name = @name AND host = @host AND path = @path AND placed = 1',
    ),
    insertPage: prepare<{ file: string; host: string; path: string; name: string; expiresAt: number | null }>(
      `INSERT INTO pages (file, host, path, name, expires_at) VALUES (@file, @host, @path, @name, @expiresAt)
       ON CONFLICT (file) DO UPDATE SET expires_at = min(coalesce(expires_at, excluded.expires_at), coalesce(excluded.expires_at, expires_at))`,
    ),
    pageByFile: prepare<{ file: string }, PageRow>(`${PAGE} WHERE file = @file`),
    otherFiles: prepare<{ host: string; path: string; name: string; file: string }, PageRow>(
      `${PAGE} WHERE name = @name AND host = @host AND path = @path AND file <> @file`,
    ),
    markPlaced: prepare<PlacedValues>(
      `UPDATE pages SET placed = 1, codings = @codings, bytes = @bytes, hash = @hash, headers = @headers,
       stored_at = @storedAt, expires_at = @expiresAt WHERE id = @id`,
    ),
    deleteUnplaced: prepare<{ file: string }>('DELETE FROM pages WHERE file = @file AND placed = 0'),
    placedPage: prepare<{ file: string }, PlacedRow>(
      'SELECT id, codings, bytes, hash, stored_at FROM pages WHERE file = @file AND placed = 1',
    ),
    newestPage: pluck('SELECT max(stored_at) FROM pages'),
    filesAfter: prepare<{ after: string; limit: number }, { file: string }>(
      'SELECT file FROM pages WHERE file > @after ORDER BY file LIMIT @limit',
    ),
    totals: read<{ pages: number; bytes: number; node: number }>(
      'SELECT count(*) AS pages, coalesce(sum(bytes), 0) AS bytes, count(headers) AS node FROM pages WHERE placed = 1',
    ),
    addToCounter: prepare<{ name: string; by: number }>(
      `INSERT INTO counters (name, value) VALUES (@name, @by)
       ON CONFLICT (name) DO UPDATE SET value = value + excluded.value`,
    ),
    counters: read<{ name: string; value: number }>('SELECT name, value FROM counters ORDER BY name'),
    addRefusal: prepare<RefusalRow>(
      'INSERT INTO refusals (host, path, reason, detail, at) VALUES (@host, @path, @reason, @detail, @at)',
    ),
    trimRefusals: prepare<{ kept: number }>(
      'DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - @kept',
    ),
    refusal: prepare<{ host: string; path: string }, RefusalRow>(
      'SELECT host, path, reason, detail, at FROM refusals WHERE host = @host AND path = @path',
    ),
    forgetNginx: read('DELETE FROM nginx'),
    addNginx: prepare<NginxSeen>('INSERT INTO nginx (fingerprint, at) VALUES (@fingerprint, @at)'),
    nginx: read<NginxSeen>('SELECT fingerprint, at FROM nginx'),
    markHidden: prepare<{ id: number }>('UPDATE pages SET placed = 0 WHERE id = @id'),
    postponeExpiry: prepare<{ id: number; expiresAt: number }>(
      'UPDATE pages SET expires_at = @expiresAt WHERE id = @id',
    ),
    nextExpiry: pluck('SELECT min(expires_at) FROM pages WHERE expires_at IS NOT NULL'),
    expiredPages: prepare<{ now: number; limit: number }, PageRow>(
      `${PAGE} WHERE expires_at <= @now ORDER BY expires_at LIMIT @limit`,
    ),
    deletePage: prepare<{ id: number }>('DELETE FROM pages WHERE id = @id'),

    insertTag: prepare<{ tag: string; page: number }>(
      'INSERT INTO tags (tag, page) VALUES (@tag, @page) ON CONFLICT DO NOTHING',
    ),
    deleteTag: prepare<{ tag: string; page: number }>('DELETE FROM tags WHERE tag = @tag AND page = @page'),
    tagsOfPage: prepare<{ page: number }, { tag: string }>(
      'SELECT tag FROM tags WHERE page = @page ORDER BY tag',
    ),

    pagesByTag: prepare<{ tag: string; after: number; limit: number }, PageRow>(
      `${PAGE} WHERE id IN (SELECT page FROM tags WHERE tag = @tag AND page > @after ORDER BY page LIMIT @limit) ORDER BY id`,
    ),
    pagesByName: prepare<{ name: string; after: number; limit: number }, PageRow>(
      `${PAGE} WHERE name = @name AND id > @after ORDER BY id LIMIT @limit`,
    ),
    pagesByPrefix: prepare<{ from: string; to: string; name: string; after: number; limit: number }, PageRow>(
      `${PAGE} WHERE name >= @from AND name < @to AND (name, id) > (@name, @after) ORDER BY name, id LIMIT @limit`,
    ),
    allPages: prepare<{ after: number; limit: number }, PageRow>(
      `${PAGE} WHERE id > @after ORDER BY id LIMIT @limit`,
    ),
    placedByName: prepare<{ name: string; after: number; limit: number }, PageRow>(
      `${PAGE} WHERE (name, id) > (@name, @after) AND placed = 1 ORDER BY name, id LIMIT @limit`,
    ),

    lastSequence: pluck("SELECT seq FROM sqlite_sequence WHERE name = 'invalidations'"),
    appendEntry: prepare<{ kind: string; value: string; host: string | null; applied: number; at: number }>(
      'INSERT INTO invalidations (kind, value, host, applied, at) VALUES (@kind, @value, @host, @applied, @at)',
    ),
    entry: prepare<{ sequence: number }, EntryRow>('SELECT * FROM invalidations WHERE sequence = @sequence'),
    entriesAfter: prepare<{ sequence: number }, EntryRow>(
      'SELECT * FROM invalidations WHERE sequence > @sequence',
    ),
    newestEntries: prepare<{ limit: number }, EntryRow>(
      'SELECT * FROM invalidations ORDER BY sequence DESC LIMIT @limit',
    ),
    unapplied: read<{ sequence: number }>(
      // The first condition is what the index is for; SQLite does not conclude it from the second.
      'SELECT sequence FROM invalidations WHERE applied <> 1 AND applied = 0 ORDER BY sequence',
    ),
    mark: prepare<{ sequence: number; applied: number }>(
      'UPDATE invalidations SET applied = @applied WHERE sequence = @sequence',
    ),
    claimRegenerating: read('UPDATE invalidations SET applied = 0 WHERE applied = 2'),
    firstOpen: read<{ sequence: number }>(
      'SELECT sequence FROM invalidations WHERE applied <> 1 ORDER BY sequence LIMIT 1',
    ),
    deleteEntries: prepare<{ sequence: number }>('DELETE FROM invalidations WHERE sequence <= @sequence'),
    version: text('SELECT value FROM version'),
    setVersion: prepare<{ version: string }>('UPDATE version SET value = @version'),
    ground: text('SELECT value FROM ground'),
    setGround: prepare<{ ground: string }>('UPDATE ground SET value = @ground'),
    floor: pluck('SELECT sequence FROM floor'),
    raiseFloor: prepare<{ sequence: number }>('UPDATE floor SET sequence = @sequence'),
  };
}

const kinds = ['path', 'glob', 'tag', 'all'] as const;

/** The selector of a log entry. An unknown kind comes from a newer release: it is read as everything. */
export function selectorOf(row: EntryRow): Selector {
  const kind = kinds.find((one) => one === row.kind) ?? 'all';
  if (kind === 'all') return { kind };
  if (kind === 'path' && row.host !== null) return { kind, value: row.value, host: row.host };
  return { kind, value: row.value };
}
