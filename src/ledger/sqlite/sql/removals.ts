import { PAGE, type PageRow } from './pages.js';
import type { Preparer } from './query.js';

/** The statements that find the pages to remove, and delete their rows. */
export function prepareRemovals(sql: Preparer) {
  return {
    pagesByTag: sql.query<{ tag: string; after: number; limit: number }, PageRow>(
      `${PAGE} WHERE id IN (SELECT page FROM tags WHERE tag = @tag AND page > @after ORDER BY page LIMIT @limit) ORDER BY id`,
    ),
    pagesByName: sql.query<{ name: string; after: number; limit: number }, PageRow>(
      `${PAGE} WHERE name = @name AND id > @after ORDER BY id LIMIT @limit`,
    ),
    pagesByPrefix: sql.query<
      { from: string; to: string; name: string; after: number; limit: number },
      PageRow
    >(
      `${PAGE} WHERE name >= @from AND name < @to AND (name, id) > (@name, @after) ORDER BY name, id LIMIT @limit`,
    ),
    allPages: sql.query<{ after: number; limit: number }, PageRow>(
      `${PAGE} WHERE id > @after ORDER BY id LIMIT @limit`,
    ),
    nextExpiry: sql.number('SELECT min(expires_at) FROM pages WHERE expires_at IS NOT NULL'),
    expiredPages: sql.query<{ now: number; limit: number }, PageRow>(
      `${PAGE} WHERE expires_at <= @now ORDER BY expires_at LIMIT @limit`,
    ),
    postponeExpiry: sql.query<{ id: number; expiresAt: number }>(
      'UPDATE pages SET expires_at = @expiresAt WHERE id = @id',
    ),
    markHidden: sql.query<{ id: number }>('UPDATE pages SET placed = 0 WHERE id = @id'),
    deletePage: sql.query<{ id: number }>('DELETE FROM pages WHERE id = @id'),
  };
}
