import Database from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import knexFactory from 'knex';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, test } from 'vitest';
import { isInTransaction } from '../../../src/track/sqlite/database.js';
import { type SqliteOptions, type SqliteTracking, trackSqlite } from '../../../src/track/sqlite/index.js';
import {
  type BlogModels,
  type BlogSize,
  blogRows,
  blogTables,
  describeModels,
} from '../../contract/models.js';
import { isLong } from '../../helpers/effort.js';
import { knexBlog } from '../blog/knex.js';
import { type BlogDatabase, kyselyBlog, onConflict } from '../blog/kysely.js';
import { plainReads, plainWrites, type RunSql } from '../blog/plain.js';
import { FuzzPages } from '../fuzz/pairs.js';

/** The tags that a change of row 1 deletes. */
const CHANGED = ['posts', 'posts:1', 'posts?*'];
const CASCADES = { posts: ['comments', 'post_tags'], tags: ['post_tags'] };
const IDS = { authors: 'id', posts: 'id', comments: 'id', tags: 'id' };
const names = Object.fromEntries([...Object.keys(IDS), 'post_tags'].map((table) => [table, table]));

type Open = (
  size: BlogSize,
  track: (database: Parameters<typeof trackSqlite>[0]) => SqliteTracking,
) => Promise<BlogModels>;

function describeDriver(name: string, open: Open, isBrief: boolean): void {
  describeModels(name, {
    ...{ names, precision: 'row', isConcurrent: false, isShared: true, deletesOnRollback: true },
    ...{ isBrief, isAgain: isBrief },
    async open(pages, size, options) {
      const own: SqliteOptions = { ids: IDS, cascades: CASCADES, ...options };
      let tracking: SqliteTracking | undefined;
      const models = await open(size, (database) => {
        tracking = trackSqlite(database, pages, own);
        return tracking;
      });
      return settling(models, async () => await tracking?.settled());
    },
  });
}

/** Returns models whose writes wait for the deletions, because a synchronous statement cannot. */
function settling(models: BlogModels, settled: () => Promise<void>): BlogModels {
  const entries = Object.entries(models.writes) as [string, (...given: unknown[]) => Promise<unknown>][];
  const writes = entries.map(([name, write]) => [
    name,
    async (...given: unknown[]) => {
      const result = await write(...given);
      await settled();
      return result;
    },
  ]);
  return {
    ...models,
    writes: Object.fromEntries(writes) as BlogModels['writes'],
    transaction: (work) => models.transaction(work).finally(settled),
  };
}

function createBlog(size: BlogSize): Database.Database {
  const database = new Database(':memory:');
  for (const statement of [...blogTables('sqlite'), ...blogRows(size)]) database.exec(statement);
  return database;
}

async function openPlain(size: BlogSize, track: (database: Database.Database) => SqliteTracking) {
  const database = createBlog(size);
  const run: RunSql = async (sql, values = []) => {
    const statement = database.prepare(sql);
    if (statement.reader) return statement.all(...values) as Record<string, unknown>[];
    statement.run([...values]);
    return [];
  };
  const writes = plainWrites(run, 'sqlite');
  const transaction = async (begin: string, work: () => Promise<void>, [commit, ...rollback]: string[]) => {
    database.exec(begin);
    try {
      await work();
      database.exec(commit ?? '');
    } catch (error) {
      for (const sql of rollback) database.exec(sql);
      throw error;
    }
  };
  return {
    detach: track(database),
    reads: plainReads(run),
    writes,
    transaction: (work: Parameters<BlogModels['transaction']>[0]) =>
      transaction(
        'begin',
        () =>
          work({
            ...writes,
            nested: (inner) =>
              transaction('savepoint own', () => inner(writes), [
                'release own',
                'rollback to own',
                'release own',
              ]),
          }),
        ['commit', 'rollback'],
      ),
    close: async () => void database.close(),
  };
}

describeDriver('better-sqlite3', openPlain, false);
describeDriver(
  'Kysely on SQLite',
  async (size, track) => {
    const database = createBlog(size);
    const detach = track(database);
    const db = new Kysely<BlogDatabase>({ dialect: new SqliteDialect({ database }) });
    return { ...kyselyBlog(db, onConflict), detach };
  },
  true,
);
if (isLong)
  describeDriver(
    'Knex on SQLite',
    async (size, track) => {
      const db = knexFactory({
        client: 'better-sqlite3',
        connection: { filename: ':memory:' },
        useNullAsDefault: true,
      });
      for (const statement of [...blogTables('sqlite'), ...blogRows(size)]) await db.raw(statement);
      return { detach: track(db.client.pool), ...knexBlog(db) };
    },
    true,
  );

describe('a database of better-sqlite3', () => {
  function open(options: SqliteOptions = { ids: { posts: 'id' } }) {
    const database = new Database(':memory:');
    database.exec(`create table posts (id integer primary key, title text);
      create table notes (id integer primary key);
      insert into posts values (1, 'a'), (2, 'b')`);
    const pages = new FuzzPages();
    const tracking = trackSqlite(database, pages, options);
    const deletedBy = async (work: () => unknown) => {
      const selectors = await pages.selectorsOf(async () => {
        try {
          work();
        } catch {
          // A statement that fails may have changed something.
        }
        await tracking.settled();
      });
      return selectors.map((one) => ('value' in one ? one.value : one.kind)).sort();
    };
    const tagsOf = async (read: () => unknown) =>
      [...((await pages.tagsOf(async () => read())).tags ?? [])].sort();
    return { database, tracking, deletedBy, tagsOf, pages };
  }

  const ROW = ['posts:#', 'posts:*', 'posts:1'];
  const LIST = ['posts', 'posts:*'];
  const WRITE = "update posts set title = 'x' where id = 1";

  test('gives tags to whatever reads from it', async () => {
    const { database, tagsOf } = open();
    const select = 'select * from posts where id = ?';
    expect(await tagsOf(() => database.prepare(select).get(1))).toEqual(ROW);
    expect(await tagsOf(() => database.prepare(select).all([1]))).toEqual(ROW);
    expect(await tagsOf(() => database.prepare(select).raw().all('1'))).toEqual(ROW);
    expect(await tagsOf(() => database.prepare(select).bind(1).get())).toEqual(ROW);
    expect(await tagsOf(() => database.prepare(select).get(9))).toEqual(LIST);
    expect(await tagsOf(() => database.prepare('select title from posts').pluck().all())).toEqual(LIST);
    expect(await tagsOf(() => [...database.prepare('select * from posts').iterate()])).toEqual(LIST);
    expect(await tagsOf(() => database.prepare('select * from posts where id = @id').get({ id: 1 }))).toEqual(
      ROW,
    );
    const joined = 'select p.id, n.id from posts p join notes n on n.id = p.id where p.id = 1';
    expect(await tagsOf(() => database.prepare(joined).all())).toEqual(['notes', 'notes:*', ...LIST]);
  });

  test.each<[string, (database: Database.Database) => unknown, string[]]>([
    ['run()', (database) => database.prepare('update posts set title = ? where id = ?').run('x', 1), CHANGED],
    ['exec()', (database) => database.exec(WRITE), CHANGED],
    ['exec() of several', (database) => database.exec(`begin; ${WRITE}; commit`), ['posts:*']],
    ['get()', (database) => database.prepare(`${WRITE} returning id`).get(), CHANGED],
    ['iterate()', (database) => [...database.prepare(`${WRITE} returning id`).iterate()], CHANGED],
    ['transaction()', (database) => database.transaction(() => database.exec(WRITE))(), CHANGED],
    ['immediate()', (database) => database.transaction(() => database.exec(WRITE)).immediate(), CHANGED],
    [
      'a transaction that fails',
      (database) => database.transaction(() => undone(database, WRITE))(),
      CHANGED,
    ],
    ['a transaction that is open', (database) => database.exec(`begin; ${WRITE}`), []],
    [
      'a statement that fails',
      (database) => database.exec('insert into posts values (1, 2)'),
      ['posts', 'posts:+', 'posts?*'],
    ],
    ['what is not understood', (database) => database.exec('drop view if exists nothing'), ['all']],
    ['a read', (database) => database.prepare('select * from posts').all(), []],
  ])('deletes what %s has changed', async (_name, work, expected) => {
    const { database, deletedBy } = open();
    expect(await deletedBy(() => work(database))).toEqual(expected);
  });

  test('that does not tell whether a transaction is open is asked', () => {
    const { database } = open();
    const isOpen = () => isInTransaction({}, (sql) => database.exec(sql));
    expect(isOpen()).toBe(false);
    database.exec(`savepoint a; ${WRITE}`);
    expect([isOpen(), isOpen()]).toEqual([true, true]);
    database.exec('release a');
    expect(isOpen()).toBe(false);
    expect(database.inTransaction).toBe(false);
  });

  test('passes what it was called with, and gives what it gave', () => {
    const { database } = open();
    const add = database.transaction((one: number, other: number) => one + other);
    expect([add(1, 2), add.deferred(3, 4), add.exclusive(5, 6)]).toEqual([3, 7, 11]);
    expect(database.prepare('select id from posts').pluck().all()).toEqual([1, 2]);
    expect(database.prepare(WRITE).run()).toMatchObject({ changes: 1 });
    expect(database.exec('select 1')).toBe(database);
  });

  test('is no longer followed after the end, and what is none is refused', async () => {
    const { database, tracking, deletedBy, tagsOf, pages } = open();
    tracking();
    expect(await deletedBy(() => database.exec(WRITE))).toEqual([]);
    expect(await tagsOf(() => database.prepare('select * from posts').all())).toEqual([]);
    expect(() => trackSqlite({} as never, pages)).toThrow(/`database` to be a database of better-sqlite3/);
  });

  test('serves Drizzle', async () => {
    const { database, deletedBy, tagsOf } = open();
    const posts = sqliteTable('posts', { id: integer().primaryKey(), title: text() });
    const db = drizzle({ client: database });
    expect(await tagsOf(() => db.select().from(posts).where(eq(posts.id, 1)).all())).toEqual(ROW);
    expect(await tagsOf(() => db.select({ title: posts.title }).from(posts).all())).toEqual(LIST);
    const update = () => db.update(posts).set({ title: "it's" }).where(eq(posts.id, 1)).run();
    expect(await deletedBy(update)).toEqual(CHANGED);
    expect(await deletedBy(() => db.transaction((own) => own.delete(posts).run()))).toEqual(['posts:*']);
  });
});

function undone(database: Database.Database, sql: string): never {
  database.exec(sql);
  throw new Error('undone');
}
