import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

const TABLES = `
  CREATE TABLE IF NOT EXISTS posts (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    published_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS posts_by_date ON posts (published_at DESC, id DESC);

  CREATE TABLE IF NOT EXISTS post_tags (
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (post_id, tag)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS post_tags_by_tag ON post_tags (tag, post_id);

  CREATE TABLE IF NOT EXISTS comments (
    id INTEGER PRIMARY KEY,
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS comments_by_post ON comments (post_id, id);

  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, password TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    data TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** The words of the posts, for the search; triggers keep them up to date. */
const SEARCH = `
  CREATE VIRTUAL TABLE IF NOT EXISTS post_words USING fts5 (title, body, content = 'posts', content_rowid = 'id');

  CREATE TRIGGER IF NOT EXISTS post_inserted AFTER INSERT ON posts BEGIN
    INSERT INTO post_words (rowid, title, body) VALUES (new.id, new.title, new.body);
  END;
  CREATE TRIGGER IF NOT EXISTS post_updated AFTER UPDATE ON posts BEGIN
    INSERT INTO post_words (post_words, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
    INSERT INTO post_words (rowid, title, body) VALUES (new.id, new.title, new.body);
  END;
  CREATE TRIGGER IF NOT EXISTS post_deleted AFTER DELETE ON posts BEGIN
    INSERT INTO post_words (post_words, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
  END;
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
  database.exec(TABLES);
  database.exec(SEARCH);
  return database;
}
