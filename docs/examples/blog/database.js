import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

/**
 * A post as the tables hold it; times are ISO 8601 in UTC.
 *
 * @typedef {object} PostValues
 * @property {string} slug
 * @property {string} title
 * @property {string} body Markdown
 * @property {string} publishedAt
 * @property {string} updatedAt
 * @property {string[]} tags
 */

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS posts (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    published_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS post_tags (
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (post_id, tag)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX IF NOT EXISTS posts_by_date ON posts (published_at DESC, id DESC);
  CREATE INDEX IF NOT EXISTS post_tags_by_tag ON post_tags (tag, post_id);
`;

/**
 * Opens the database, making the file and its tables where there are none.
 *
 * @param {string} path
 * @returns {Database.Database}
 */
export function openDatabase(path) {
  mkdirSync(dirname(path), { recursive: true });
  const database = new Database(path, { timeout: 5_000 });
  database.pragma('journal_mode = WAL'); // readers go on while another process writes
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  database.exec(SCHEMA);
  return database;
}

/**
 * Inserts the post, or updates the one that has its slug. Called inside a transaction.
 *
 * @param {Database.Database} database
 * @param {PostValues} post
 */
export function writePost(database, { tags, ...row }) {
  const id = database
    .prepare(
      `INSERT INTO posts (slug, title, body, published_at, updated_at)
       VALUES (@slug, @title, @body, @publishedAt, @updatedAt)
       ON CONFLICT (slug) DO UPDATE SET title = excluded.title, body = excluded.body,
         published_at = excluded.published_at, updated_at = excluded.updated_at
       RETURNING id`,
    )
    .pluck()
    .get(row);
  database.prepare('DELETE FROM post_tags WHERE post_id = ?').run(id);
  const addTag = database.prepare('INSERT OR IGNORE INTO post_tags (post_id, tag) VALUES (?, ?)');
  for (const tag of tags) addTag.run(id, tag);
}
