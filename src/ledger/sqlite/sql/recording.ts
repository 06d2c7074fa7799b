import { PAGE, type PageRow } from './pages.js';
import type { Preparer } from './query.js';

export interface PlacedValues {
  readonly id: number;
  readonly codings: string;
  readonly bytes: number;
  readonly hash: string;
  readonly headers: string | null;
  readonly storedAt: number;
  readonly expiresAt: number | null;
}

/** The statements that record pages. */
export function prepareRecording(sql: Preparer) {
  return {
    insertPage: sql.query<{
      file: string;
      host: string;
      path: string;
      name: string;
      expiresAt: number | null;
    }>(
      `INSERT INTO pages (file, host, path, name, expires_at) VALUES (@file, @host, @path, @name, @expiresAt)
       ON CONFLICT (file) DO UPDATE SET expires_at = min(coalesce(expires_at, excluded.expires_at), coalesce(excluded.expires_at, expires_at))`,
    ),
    otherFiles: sql.query<{ host: string; path: string; name: string; file: string }, PageRow>(
      `${PAGE} WHERE name = @name AND host = @host AND path = @path AND file <> @file`,
    ),
    markPlaced: sql.query<PlacedValues>(
      `UPDATE pages SET placed = 1, codings = @codings, bytes = @bytes, hash = @hash, headers = @headers,
       stored_at = @storedAt, expires_at = @expiresAt WHERE id = @id`,
    ),
    deleteUnplaced: sql.query<{ file: string }>('DELETE FROM pages WHERE file = @file AND placed = 0'),
    insertTag: sql.query<{ tag: string; page: number }>(
      'INSERT INTO tags (tag, page) VALUES (@tag, @page) ON CONFLICT DO NOTHING',
    ),
    deleteTag: sql.query<{ tag: string; page: number }>('DELETE FROM tags WHERE tag = @tag AND page = @page'),
  };
}
