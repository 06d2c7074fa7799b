import type { Preparer } from './query.js';

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

export type FoundRow = Pick<PageRow, 'file' | 'headers' | 'stored_at' | 'expires_at'> & {
  readonly codings: string;
};

export type PlacedRow = Pick<PageRow, 'id' | 'bytes' | 'hash' | 'stored_at'> & { readonly codings: string };

/** The columns of a {@link PageRow}. */
export const PAGE =
  'SELECT id, file, host, path, name, bytes, hash, stored_at, expires_at, headers FROM pages';

/** The statements that read pages. */
export function preparePages(sql: Preparer) {
  return {
    /** Changes whenever another connection has committed. */
    dataVersion: sql.number('PRAGMA data_version'),
    placedFile: sql.query<{ host: string; path: string; name: string }, FoundRow>(
      'SELECT file, codings, headers, stored_at, expires_at FROM pages WHERE name = @name AND host = @host AND path = @path AND placed = 1',
    ),
    placedPage: sql.query<{ file: string }, PlacedRow>(
      'SELECT id, codings, bytes, hash, stored_at FROM pages WHERE file = @file AND placed = 1',
    ),
    pageByFile: sql.query<{ file: string }, PageRow>(`${PAGE} WHERE file = @file`),
    tagsOfPage: sql.query<{ page: number }, { tag: string }>(
      'SELECT tag FROM tags WHERE page = @page ORDER BY tag',
    ),
    newestPage: sql.number('SELECT max(stored_at) FROM pages'),
    filesAfter: sql.query<{ after: string; limit: number }, { file: string }>(
      'SELECT file FROM pages WHERE file > @after ORDER BY file LIMIT @limit',
    ),
    placedByName: sql.query<{ name: string; after: number; limit: number }, PageRow>(
      `${PAGE} WHERE (name, id) > (@name, @after) AND placed = 1 ORDER BY name, id LIMIT @limit`,
    ),
    totals: sql.read<{ pages: number; bytes: number; node: number }>(
      'SELECT count(*) AS pages, coalesce(sum(bytes), 0) AS bytes, count(headers) AS node FROM pages WHERE placed = 1',
    ),
  };
}
