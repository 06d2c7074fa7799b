import { BLOCK_BYTES } from '../../../files/blocks.js';
import type { SqliteDatabase } from '../../../sqlite/database.js';
import type { EvictedFigure } from '../../figures.js';
import type { DiskUse } from '../../removals.js';
import type { PageRow } from '../sql/pages.js';
import type { Preparer } from '../sql/query.js';

/** The most that an unmeasured page can take: a coding is never larger than its page. */
const estimate = (row: string) =>
  `((${row}.bytes + ${BLOCK_BYTES - 1}) / ${BLOCK_BYTES} * ${BLOCK_BYTES}) *
    (1 + iif(${row}.codings = '', 0, length(${row}.codings) - length(replace(${row}.codings, ' ', '')) + 1))`;

const hitsOf = (row: string) =>
  `coalesce((SELECT hits FROM page_hits h WHERE h.host = ${row}.host AND h.path = ${row}.path), 0)`;

/**
 * Created only if pages have a bound. The triggers belong to the file, so the sums are right no matter which process
 * places or removes a page, even one without a bound.
 */
const SCHEMA = `
  -- age: how often as many pages have left as there are; turned: how many have left since; freed: when the disk was last freed.
  CREATE TABLE room (
    pages INTEGER NOT NULL, bytes INTEGER NOT NULL, age INTEGER NOT NULL, turned INTEGER NOT NULL, freed INTEGER NOT NULL
  ) STRICT;
  INSERT INTO room VALUES (0, 0, 0, 0, 0);

  -- Of pages that are placed. placed_at: as in pages, of the page that was measured; worth: see worthOf.
  CREATE TABLE page_room (
    page      INTEGER PRIMARY KEY,
    bytes     INTEGER NOT NULL,
    measured  INTEGER NOT NULL,
    hits      INTEGER NOT NULL,
    worth     INTEGER NOT NULL,
    placed_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX page_room_by_worth ON page_room (worth, hits, page);
  CREATE INDEX page_room_unmeasured ON page_room (page) WHERE measured = 0;

  CREATE TRIGGER room_added AFTER INSERT ON page_room BEGIN
    UPDATE room SET pages = pages + 1, bytes = bytes + new.bytes;
  END;
  CREATE TRIGGER room_resized AFTER UPDATE OF bytes ON page_room BEGIN
    UPDATE room SET bytes = bytes + new.bytes - old.bytes;
  END;
  CREATE TRIGGER room_removed AFTER DELETE ON page_room BEGIN
    UPDATE room SET pages = pages - 1, bytes = bytes - old.bytes;
  END;
  -- Whoever knows the size has noted it before.
  CREATE TRIGGER page_placed AFTER UPDATE OF placed ON pages
    WHEN new.placed = 1 AND NOT EXISTS (SELECT 1 FROM page_room WHERE page = new.id AND placed_at = new.stored_at) BEGIN
    INSERT INTO page_room SELECT new.id, ${estimate('new')}, 0, ${hitsOf('new')}, age + 1, new.stored_at FROM room WHERE true
      ON CONFLICT (page) DO UPDATE SET bytes = excluded.bytes, measured = 0, placed_at = excluded.placed_at;
  END;
  CREATE TRIGGER page_hidden AFTER UPDATE OF placed ON pages WHEN new.placed = 0 BEGIN
    DELETE FROM page_room WHERE page = new.id;
  END;
  CREATE TRIGGER page_gone AFTER DELETE ON pages BEGIN DELETE FROM page_room WHERE page = old.id; END;

  -- What left last, for people.
  CREATE TABLE evicted (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    host  TEXT NOT NULL,
    path  TEXT NOT NULL,
    hits  INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    cause TEXT NOT NULL,
    at    INTEGER NOT NULL
  ) STRICT;

  INSERT INTO page_room SELECT id, ${estimate('pages')}, 0, ${hitsOf('pages')}, 1, stored_at FROM pages WHERE placed = 1;
`;

export type RoomStatements = ReturnType<typeof prepareRoom>;

/** The row with what all pages take. */
export interface RoomRow extends DiskUse {
  readonly age: number;
  readonly freed: number;
}

/** The page that is evicted next. */
export interface VictimRow extends PageRow {
  readonly hits: number;
  readonly allotted: number;
}

/** Whether pages have, or had, a bound. */
export function hasRoomTables(database: SqliteDatabase): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'room'").get() !== undefined;
}

export function createRoomTables(database: SqliteDatabase): void {
  if (!hasRoomTables(database)) database.exec(SCHEMA);
}

export function prepareRoom(sql: Preparer) {
  return { ...prepareUse(sql), ...prepareEviction(sql) };
}

/** The statements for what pages take, and how often they are used. */
function prepareUse(sql: Preparer) {
  return {
    all: sql.read<RoomRow>('SELECT pages, bytes, age, freed FROM room'),
    ofUrl: sql.query<{ name: string; host: string; path: string }, DiskUse>(
      `SELECT count(*) AS pages, coalesce(sum(r.bytes), 0) AS bytes FROM pages p JOIN page_room r ON r.page = p.id
       WHERE p.name = @name AND p.host = @host AND p.path = @path`,
    ),
    used: sql.query<{ name: string; host: string; path: string }, { page: number; hits: number }>(
      `SELECT r.page, r.hits FROM pages p JOIN page_room r ON r.page = p.id
       WHERE p.name = @name AND p.host = @host AND p.path = @path`,
    ),
    setUse: sql.query<{ page: number; hits: number; worth: number }>(
      'UPDATE page_room SET hits = @hits, worth = @worth WHERE page = @page',
    ),
    place: sql.query<{ page: number; bytes: number; host: string; path: string; placedAt: number }>(
      `INSERT INTO page_room SELECT @page, @bytes, 1, coalesce((SELECT hits FROM page_hits WHERE host = @host AND path = @path), 0),
         age + 1, @placedAt FROM room WHERE true
       ON CONFLICT (page) DO UPDATE SET bytes = excluded.bytes, measured = 1, placed_at = excluded.placed_at`,
    ),
    setSize: sql.query<{ page: number; bytes: number }>(
      'UPDATE page_room SET bytes = @bytes, measured = 1 WHERE page = @page',
    ),
    unmeasured: sql.read<{ page: number; file: string; codings: string }>(
      `SELECT r.page, p.file, p.codings FROM page_room r INDEXED BY page_room_unmeasured CROSS JOIN pages p ON p.id = r.page
       WHERE r.measured = 0 LIMIT 1`,
    ),
  };
}

/** The statements for pages that are evicted next, or were evicted. */
function prepareEviction(sql: Preparer) {
  return {
    newestId: sql.number('SELECT coalesce(max(id), 0) FROM pages'),
    /** Reads in the order of the index. With the condition on the page, SQLite would read and sort all pages. */
    victim: sql.query<{ upTo: number }, VictimRow>(
      `SELECT p.id, p.file, p.host, p.path, p.name, p.bytes, p.hash, p.stored_at, p.expires_at, p.headers,
         r.hits, r.bytes AS allotted
       FROM page_room r INDEXED BY page_room_by_worth CROSS JOIN pages p ON p.id = r.page
       WHERE +r.page <= @upTo ORDER BY r.worth, r.hits, r.page LIMIT 1`,
    ),
    turn: sql.read(
      `UPDATE room SET age = age + (turned + 1 >= pages), turned = iif(turned + 1 >= pages, 0, turned + 1)`,
    ),
    setFreed: sql.query<{ now: number }>('UPDATE room SET freed = @now'),
    addEvicted: sql.query<EvictedFigure>(
      `INSERT INTO evicted (host, path, hits, bytes, cause, at) VALUES (@host, @path, @hits, @bytes, @cause, @at)`,
    ),
    trimEvicted: sql.query<{ kept: number }>(
      'DELETE FROM evicted WHERE id <= (SELECT max(id) FROM evicted) - @kept',
    ),
    lastEvicted: sql.query<{ limit: number }, EvictedFigure>(
      'SELECT host, path, hits, bytes, cause, at FROM evicted ORDER BY id DESC LIMIT @limit',
    ),
  };
}
