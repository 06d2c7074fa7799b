/** @import { Database } from 'better-sqlite3' */

const TABLES = `
  CREATE TABLE IF NOT EXISTS posts (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    tags TEXT NOT NULL, -- a JSON array
    published_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL -- how often it was saved
  ) STRICT;
  CREATE INDEX IF NOT EXISTS posts_by_date ON posts (published_at DESC, id DESC);

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

/** The tables that find posts by their tags and, for the search, by their words. Triggers keep both up to date. */
const INDEXES = `
  CREATE TABLE IF NOT EXISTS post_tags (
    tag TEXT NOT NULL,
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, post_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS post_tags_by_post ON post_tags (post_id);

  CREATE VIRTUAL TABLE IF NOT EXISTS post_words USING fts5 (title, body, content = 'posts', content_rowid = 'id');

  CREATE TRIGGER IF NOT EXISTS post_inserted AFTER INSERT ON posts BEGIN
    INSERT OR IGNORE INTO post_tags (tag, post_id) SELECT value, new.id FROM json_each(new.tags);
    INSERT INTO post_words (rowid, title, body) VALUES (new.id, new.title, new.body);
  END;
  CREATE TRIGGER IF NOT EXISTS post_updated AFTER UPDATE ON posts BEGIN
    DELETE FROM post_tags WHERE post_id = old.id;
    INSERT OR IGNORE INTO post_tags (tag, post_id) SELECT value, new.id FROM json_each(new.tags);
    INSERT INTO post_words (post_words, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
    INSERT INTO post_words (rowid, title, body) VALUES (new.id, new.title, new.body);
  END;
  CREATE TRIGGER IF NOT EXISTS post_kept BEFORE DELETE ON posts WHEN old.tags <> '[]' BEGIN
    SELECT RAISE(ABORT, 'the post has tags'); -- posts.js tells why
  END;
  CREATE TRIGGER IF NOT EXISTS post_deleted AFTER DELETE ON posts BEGIN
    INSERT INTO post_words (post_words, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
  END;
`;

/**
 * Creates the tables that do not exist yet. Uses SQL rather than TypeORM's `synchronize`, because several processes may
 * start at the same time.
 *
 * @param {Database} database
 */
export function prepareTables(database) {
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec(TABLES);
  database.exec(INDEXES);
}
