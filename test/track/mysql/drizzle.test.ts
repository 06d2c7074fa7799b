/** Drizzle on a pool of mysql2: its reads, whose rows are arrays, and its writes. */
import { eq, inArray, sql } from 'drizzle-orm';
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import mysqlCallback from 'mysql2';
import mysql from 'mysql2/promise';
import { describe, expect, test } from 'vitest';
import { trackMysqlPool } from '../../../src/track/mysql/index.js';
import { installedMariadb, runOnce, useMariadb } from '../../helpers/databases/mariadb.js';
import { FuzzPages } from '../fuzz/pairs.js';

const posts = mysqlTable('posts', {
  id: int().primaryKey().autoincrement(),
  title: varchar({ length: 50 }),
  author: int(),
});
const authors = mysqlTable('authors', { id: int().primaryKey(), name: varchar({ length: 50 }) });

const TABLES = `
  create table authors (id int primary key, name varchar(50));
  create table posts (id int primary key auto_increment, title varchar(50), author int);
  insert into authors values (1, 'Ada');
  insert into posts values (1, 'a', 1), (2, 'b', 1)`;

describe.skipIf(installedMariadb === undefined)('Drizzle', () => {
  const server = useMariadb();

  test.each<['promises' | 'callbacks']>([['promises'], ['callbacks']])('on a pool of %s', async (kind) => {
    const address = await server.createDatabase();
    await runOnce(address, TABLES);
    const pool = kind === 'promises' ? mysql.createPool(address) : mysqlCallback.createPool(address);
    const pages = new FuzzPages();
    trackMysqlPool(pool, pages, { ids: { posts: 'id', authors: 'id' } });
    const db = drizzle({ client: pool as mysql.Pool });

    const tagsOf = async (read: () => Promise<unknown>) =>
      [...((await pages.tagsOf(read)).tags ?? [])].sort();
    const ROW = ['posts:#', 'posts:*', 'posts:1'];
    expect(await tagsOf(async () => await db.select().from(posts).where(eq(posts.id, 1)))).toEqual(ROW);
    expect(await tagsOf(() => db.$count(posts).then((count) => count))).toEqual(['posts', 'posts:*']);
    const joined = async () =>
      await db.select().from(posts).leftJoin(authors, eq(authors.id, posts.author)).where(eq(posts.id, 1));
    // Both keys are called `id` in the results.
    expect(await tagsOf(joined)).toEqual(['authors', 'authors:*', 'posts', 'posts:*']);

    const deletedBy = async (work: () => Promise<unknown>) =>
      (await pages.selectorsOf(work)).map((one) => ('value' in one ? one.value : one.kind)).sort();
    const set = { title: "it's" };
    expect(await deletedBy(async () => await db.update(posts).set(set).where(eq(posts.id, 1)))).toEqual([
      'posts',
      'posts:1',
      'posts?*',
    ]);
    expect(await deletedBy(async () => await db.delete(posts).where(inArray(posts.id, [2, 3])))).toEqual([
      'posts',
      'posts:2',
      'posts:3',
      'posts?*',
    ]);
    expect(await deletedBy(async () => await db.insert(posts).values({ title: 'c' }))).toEqual([
      'posts',
      'posts:+',
      'posts?*',
    ]);
    const undone = async () =>
      await db
        .transaction(async (own) => {
          await own.update(posts).set({ title: 'x' });
          await own.execute(sql`update authors set name = 'y'`);
          own.rollback();
        })
        .catch(() => undefined);
    expect(await deletedBy(undone)).toEqual([]);
    await pool.end();
  });
});
