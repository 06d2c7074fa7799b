/** The writes of one connection of mysql2, and whether the server has committed them. */
import { text as textOf } from 'node:stream/consumers';
import mysqlCallback from 'mysql2';
import type mysql from 'mysql2/promise';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MysqlPoolOptions, trackMysqlPool } from '../../../src/track/mysql/index.js';
import { installedMariadb, runOnce, useMariadb } from '../../helpers/databases/mariadb.js';
import { FuzzPages } from '../fuzz/pairs.js';

const TABLES = `
  create table posts (id int primary key, title varchar(50));
  create table notes (id int primary key, title varchar(50)) engine = MyISAM;
  insert into posts values (1, 'a'), (2, 'b');
  insert into notes values (1, 'a');
  create view shown as select * from posts;
  create procedure retitle() update posts set title = 'p';
  create procedure finish() begin update posts set title = 'f'; commit; end;
`;

const POSTS = ['posts', 'posts:1', 'posts?*'];
const FURTHER = ['posts', 'posts:+', 'posts?*'];
const ALL = ['all'];

describe.skipIf(installedMariadb === undefined)('of a connection', () => {
  const server = useMariadb();

  async function open(options: MysqlPoolOptions = {}, settings: mysql.PoolOptions = {}) {
    const address = await server.createDatabase();
    await runOnce(address, TABLES);
    const pool = mysqlCallback.createPool({
      ...address,
      connectionLimit: 1,
      multipleStatements: true,
      ...settings,
    });
    const pages = new FuzzPages();
    const detach = trackMysqlPool(pool, pages, { ids: { posts: 'id', notes: 'id' }, ...options });
    onTestFinished(() => new Promise<void>((resolve) => pool.end(() => resolve())));
    const deletedBy = async (work: () => Promise<unknown>) =>
      (await pages.selectorsOf(work)).map((one) => ('value' in one ? one.value : one.kind)).sort();
    return { pool, promise: pool.promise(), pages, detach, deletedBy };
  }

  const WRITE = "update posts set title = 'x' where id = 1";

  /** Statements that are sent one after another on one connection, with what each deletes. */
  test.each<[string, [string, string[]][]]>([
    ['by itself', [[WRITE, POSTS]]],
    [
      'in a transaction',
      [
        ['begin', []],
        [WRITE, []],
        ['commit', POSTS],
      ],
    ],
    [
      'in a transaction of other words',
      [
        ['START TRANSACTION', []],
        [WRITE, []],
        ['/* x */ COMMIT WORK', POSTS],
      ],
    ],
    ['in one text', [[`begin; ${WRITE}; commit`, ['posts:*']]]],
    [
      'in a transaction that is undone',
      [
        ['begin', []],
        [WRITE, []],
        ['rollback', []],
        ['commit', []],
      ],
    ],
    [
      'before a savepoint',
      [
        ['begin', []],
        [WRITE, []],
        ['savepoint a', []],
        ['rollback to a', []],
        ['commit', POSTS],
      ],
    ],
    [
      'without autocommit',
      [
        ['set autocommit = 0', []],
        [WRITE, []],
        ['commit', POSTS],
        [WRITE, []],
        ['set autocommit = 1', POSTS],
      ],
    ],
    [
      'before a statement that commits',
      [
        ['begin', []],
        [WRITE, []],
        ['create table a (id int)', POSTS],
        ['rollback', []],
      ],
    ],
    [
      'before a lock',
      [
        ['begin', []],
        [WRITE, []],
        ['lock tables posts write', POSTS],
        ['unlock tables', []],
      ],
    ],
    [
      'before another transaction',
      [
        ['begin', []],
        [WRITE, []],
        ['begin', POSTS],
        ['rollback', []],
      ],
    ],
    [
      'in a chain',
      [
        ['begin', []],
        [WRITE, []],
        ['commit and chain', POSTS],
        ['rollback', []],
      ],
    ],
    [
      'of a table without transactions',
      [
        ['begin', []],
        ["update notes set title = 'x' where id = 1", []],
        ['rollback', ['notes', 'notes:1', 'notes?*']],
      ],
    ],
    ['and gives rows', [['insert into posts values (7, 7) returning id', FURTHER]]],
    [
      'and gives rows in a transaction',
      [
        ['begin', []],
        ['insert into posts values (7, 7) returning id', []],
        ['commit', FURTHER],
      ],
    ],
    ['in a procedure', [['call retitle()', ALL]]],
    [
      'in a procedure that commits',
      [
        ['begin', []],
        [WRITE, []],
        ['call finish()', ALL],
        ['rollback', []],
      ],
    ],
    ['in a comment that is carried out', [['/*!50000 delete from posts */', ['posts:*']]]],
    [
      'of a prepared text',
      [
        [`prepare s from "${WRITE}"`, []],
        ['execute s', ALL],
      ],
    ],
    ['with a quote in it', [["update posts set title = 'it\\'s' where id = 1", POSTS]]],
    [
      'with a backslash that is none',
      [
        ["set sql_mode = 'NO_BACKSLASH_ESCAPES'", []],
        ["update posts set title = 'c:\\' where id = 1 or title = ' and id = 2 -- '", ['posts:*']],
      ],
    ],
    [
      'nothing',
      [
        ['select * from posts where id = 1 for update', []],
        ['set @x = 1', []],
      ],
    ],
    ['what the server refuses', [["insert into posts values (1, 'twice')", FURTHER]]],
  ])('what is written %s', async (_name, steps) => {
    const { promise, deletedBy } = await open();
    const connection = await promise.getConnection();
    for (const [sql, expected] of steps) {
      const deleted = await deletedBy(() => connection.query(sql).catch(() => undefined));
      expect([sql, deleted]).toEqual([sql, expected]);
    }
    connection.release();
  });

  test('the ways of mysql2 to send a statement are all seen', async () => {
    const { pool, promise, deletedBy } = await open();
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      query: () => promise.query('update posts set title = ? where id = ?', ['y', 1]),
      execute: () => promise.execute('update posts set title = ? where id = ?', ['z', 1]),
      object: () => promise.query({ sql: 'update posts set title = ? where id = ?', values: ['y', 1] }),
      named: () =>
        promise.query({
          sql: 'update posts set title = :title where id = :id',
          namedPlaceholders: true,
          values: { title: 'z', id: 1 },
        }),
      callback: () =>
        new Promise((resolve) => pool.query('update posts set title = 1 where id = 1', resolve)),
      prepared: async () => {
        const connection = await promise.getConnection();
        const statement = await connection.prepare('update posts set title = ? where id = ?');
        await statement.execute(['w', 1]);
        connection.release();
      },
      methods: async () => {
        const connection = await promise.getConnection();
        await connection.beginTransaction();
        await connection.execute('update posts set title = ? where id = ?', ['v', 1]);
        await connection.commit();
        connection.release();
      },
      set: () => promise.query('update ?? set ? where id = ?', ['posts', { title: 'u' }, 1]),
    };
    for (const [name, way] of Object.entries(ways))
      expect([name, await deletedBy(way)]).toEqual([name, POSTS]);
  });

  test('the reads of a page are seen, with the tags of rows whose key is a number', async () => {
    const { pool, promise, pages } = await open({ views: { shown: ['posts'] } });
    const tagsOf = async (read: () => Promise<unknown>) =>
      [...((await pages.tagsOf(read)).tags ?? [])].sort();
    const ROW = ['posts:#', 'posts:*', 'posts:1'];
    const LIST = ['posts', 'posts:*'];
    expect(await tagsOf(() => promise.query('select * from posts where id = ?', [1]))).toEqual(ROW);
    expect(await tagsOf(() => promise.execute('select * from posts where id = ?', ['1']))).toEqual(ROW);
    const asArrays = { sql: 'select title, id from posts where id = 1', rowsAsArray: true };
    expect(await tagsOf(() => promise.query(asArrays))).toEqual(ROW);
    const nested = { sql: 'select * from posts where id = 1', nestTables: true };
    expect(await tagsOf(() => promise.query(nested))).toEqual(LIST);
    expect(await tagsOf(() => promise.query('select title from posts where id = 1'))).toEqual(LIST);
    expect(await tagsOf(() => promise.query('select id from posts where id = 9'))).toEqual(LIST);
    expect(await tagsOf(() => promise.query('select * from shown'))).toEqual([...LIST, 'shown', 'shown:*']);
    const stream = () =>
      textOf(
        pool
          .query('select * from posts')
          .stream()
          .map((row: unknown) => JSON.stringify(row)),
      );
    expect(await tagsOf(stream)).toEqual(LIST);
    expect((await pages.tagsOf(() => promise.query('call retitle()'))).tags).toBeUndefined();
  });

  test('a stream is read with what is known of the database, though it is the first to be sent', async () => {
    const { pool, pages } = await open();
    const { tags } = await pages.tagsOf(() =>
      textOf(pool.query('select title from posts').stream().map(String)),
    );
    expect(tags).toEqual(new Set(['posts', 'posts:*']));
  });

  test('the options name what a procedure and a view write', async () => {
    const { promise, deletedBy } = await open({
      procedures: { retitle: ['posts'] },
      views: { shown: ['posts'] },
    });
    expect(await deletedBy(() => promise.query('call retitle'))).toEqual(['posts:*']);
    const update = "update shown set title = 'w' where id = 1";
    expect(await deletedBy(() => promise.query(update))).toEqual(['posts:*', 'shown:*']);
  });

  test('after its end, and of options that are wrong, nothing is followed', async () => {
    const { promise, deletedBy, detach } = await open();
    detach();
    expect(await deletedBy(() => promise.query(WRITE))).toEqual([]);
    expect(() => trackMysqlPool({} as never, new FuzzPages(), { views: 1 as never })).toThrow(
      /`pool` to be a pool of mysql2(.|\n)*`views`/,
    );
  });

  test('what the server has not answered yet when its transaction is committed is deleted with it', async () => {
    const { promise, deletedBy } = await open();
    const connection = await promise.getConnection();
    const sent = () => Promise.all(['begin', WRITE, 'commit'].map((sql) => connection.query(sql)));
    expect(await deletedBy(sent)).toEqual(POSTS);
    connection.release();
  });

  test('a statement that is not waited for belongs to the transaction that it is in', async () => {
    const { promise, deletedBy } = await open();
    const connection = await promise.getConnection();
    await connection.query('begin');
    const slow = { sql: 'update posts set title = sleep(0.3) where id = 1', timeout: 50 };
    expect(await deletedBy(() => connection.query(slow).catch(() => undefined))).toEqual(POSTS);
    expect(await deletedBy(() => connection.query('commit'))).toEqual(POSTS);
    connection.release();
  });

  test('a statement whose answer does not come deletes at once, since it may be carried out', async () => {
    const { promise, deletedBy } = await open();
    const connection = await promise.getConnection();
    const slow = `update posts set title = sleep(60) where id = 1`;
    const deleted = deletedBy(async () => {
      const sent = connection.query(slow).catch(() => undefined);
      connection.destroy();
      await sent;
    });
    expect(await deleted).toEqual(POSTS);
  });
});
