/** SQL of MySQL and MariaDB: how the code reads it, compared with what a server does with it. */
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ModelStatements } from '../../../src/track/sql/model-statements.js';
import { mysqlSql } from '../../../src/track/sql/mysql/dialect.js';
import { StatementReader } from '../../../src/track/sql/statement.js';
import type { TableKeys } from '../../../src/track/sql/table-models.js';
import { installedMariadb, useMariadb } from '../../helpers/databases/mariadb.js';

const reader = new StatementReader(mysqlSql);
const tablesRead = (sql: string) => reader.read(sql).reads.map(({ table }) => table);

test.each<[string, string[]]>([
  ['select * from a straight_join b on a.x = b.x', ['a', 'b']],
  ['select * from posts # from a\nwhere id = 1', ['posts']],
  ['select 1--2 from posts', ['posts']],
  ['select 1 -- from a\nfrom posts', ['posts']],
  ['select * from 2fa, db.1st', ['2fa', '1st']],
  ['select * from full, offset', ['full', 'offset']],
  ['select * from posts /*! join a */', ['posts', 'posts', 'a']],
  ['select * from posts /*!50001 join a */ /*M!100100 join b */', ['posts', 'posts', 'a', 'b']],
  ['select /*+ from(a) */ 1 from posts', ['posts']],
  ["select 'it\\'s from a' from posts", ['posts', 'a']],
  ['select "from a" from posts', ['posts', 'posts']],
  ['select $a$ from posts, $a$', ['posts', '$a$']],
  ['select @from from posts', ['posts']],
  ['table posts', ['posts']],
  ['load data infile "x" into table posts', ['posts', 'posts']],
])('%s reads %j', (sql, tables) => {
  expect(tablesRead(sql)).toEqual(tables);
});

test.each<[string, Record<string, unknown[]>]>([
  ['select * from p where id = 1 and n = 2', { id: [1], n: [2] }],
  ['select * from p where id = 1 && n = 2', { id: [1], n: [2] }],
  // OR binds less tightly than AND.
  ['select * from p where a = 1 || b = 2 and id = 3', {}],
  ['select * from p where a = 1 or b = 2 && id = 3', {}],
  ["select * from p where id = 'a\\0b'", { id: ['\\'] }],
  ["select * from p where id = 'a''b'", { id: ["a'b"] }],
  ['select * from p where id = 1e2', { id: [Number.NaN] }],
  ['select * from p where id = 0x2a', { id: [Number.NaN] }],
  ["select * from p where id = 'a' 'b'", {}],
  ["select * from p where id = _latin1'a'", {}],
])('the conditions of %s are %j', (sql, conditions) => {
  expect(Object.fromEntries(reader.read(sql).conditions)).toEqual(conditions);
});

test('a name that is given as a parameter, and a join of ODBC, cannot be read', () => {
  for (const sql of ['select * from ?? where id = ?', 'select * from {oj a left join b on true}'])
    expect(() => reader.read(sql, ['posts', 1])).toThrow();
});

const loose = (kind: TableKeys['loose'] & string) =>
  new ModelStatements(
    { entityOf: (table) => table, keysOf: () => ({ primary: ['id'], uniques: [['slug']], loose: kind }) },
    mysqlSql,
  );

/** A query by a value, its result, and the kinds of keys with which the page gets the tag of the row. */
test.each<[string, unknown[], unknown[], (TableKeys['loose'] & string)[]]>([
  ['select * from p where id = ?', [42], [{ id: 42 }], ['integers', 'unknown']],
  ['select * from p where id = ?', ['42'], [{ id: 42 }], ['integers', 'unknown']],
  ['select a from p where id = ?', [42], [{ a: 1 }], ['integers']],
  // Other texts equal 42 too.
  ['select * from p where id = ?', [42], [{ id: '42' }], ['integers']],
  ['select * from p where id = ?', ['42'], [{ id: '42' }], ['integers', 'texts']],
  ['select * from p where id = ?', ['A'], [{ id: 'a' }], ['integers', 'texts']],
  ['select * from p where id = ?', ['a'], [{ id: 'a ' }], ['integers']],
  ['select a from p where id = ?', ['a'], [{ a: 1 }], []],
  ['select * from p where slug = ?', ['x'], [{ id: 1 }], ['integers', 'unknown']],
  ['select * from p where slug = ?', ['x'], [{ id: 'a' }], ['integers', 'texts']],
  ['select * from p where slug = ?', [0], [{ id: 1 }], []],
])('%s with %j finds %j: a row where the keys are %j', (sql, parameters, rows, kinds) => {
  for (const kind of ['integers', 'texts', 'unknown'] as const) {
    const [read] = loose(kind).reads({ sql, parameters, rows }).reads;
    expect([kind, read?.id !== undefined]).toEqual([kind, kinds.includes(kind)]);
  }
});

test('a number may change any row whose key is a text, and a text the row that it looks like', () => {
  const changed = (sql: string, kind: TableKeys['loose'] & string) =>
    loose(kind).changes(sql, []).changes[0]?.id;
  expect(changed('update p set a = 1 where id = 42', 'integers')).toBe(42);
  expect(changed('update p set a = 1 where id = 42', 'texts')).toBeUndefined();
  expect(changed("update p set a = 1 where id = '42'", 'texts')).toBe('42');
  expect(changed("update p set a = 1 where id = 'a'", 'texts')).toBeUndefined();
});

const TABLES = ['posts', 'authors', 'comments'];
const SCHEMA = `
  create table authors (id int primary key auto_increment, name varchar(50), n int default 0);
  create table posts (id int primary key, slug varchar(50) unique, author int, n int default 0);
  create table comments (id varchar(50) primary key, post int, n int default 0);
  insert into authors values (1, 'Ada', 0), (2, 'Grace', 0);
  insert into posts values (1, 'a', 1, 0), (2, 'b', 2, 0), (42, 'c', 1, 0);
  insert into comments values ('042', 1, 0), ('42', 2, 0), ('a', 1, 0), ('42x', 2, 0);
  create view shown as select * from posts;
  create procedure retitle() update posts set slug = concat(slug, 'x');
  create procedure finish() begin update posts set n = 7; commit; end;
  create table moved (id int primary key);
`;

/** Statements that may change rows of the tables, some with unusual syntax. */
const WRITES = [
  'update posts p, authors a set a.n = 1, p.n = 2 where a.id = p.author and p.id = 1',
  'update posts p join authors a on a.id = p.author set a.n = 3',
  'update posts p straight_join comments c on c.post = p.id set c.n = 3',
  'update (posts p join comments c on c.post = p.id) set c.n = 4',
  'update ignore posts set n = 5 where id = 1',
  'update low_priority posts set n = 5 where id in (1, 2)',
  'delete p from posts p join authors a on a.id = p.author where a.id = 1',
  'delete p, c from posts p join comments c on c.post = p.id',
  'delete from c using posts p join comments c on c.post = p.id where p.id = 1',
  'delete a.* from posts p, authors a where a.id = p.author',
  'delete ignore from posts where id = 1',
  'delete quick from comments',
  'delete low_priority quick ignore from comments where post = 1',
  "insert posts values (3, 'd', 1, 0)",
  "insert ignore posts values (3, 'd', 1, 0)",
  'insert high_priority ignore into posts select id + 10, null, author, n from posts',
  "insert into posts set id = 3, slug = 'd' on duplicate key update n = 1",
  "insert into posts (id, slug) values (9, 'a') on duplicate key update id = 9",
  "insert into posts (id, slug) values (1, 'z') on duplicate key update n = n + 1",
  "insert into authors (name) values ('Alan') returning id",
  "replace posts values (1, 'b', 1, 9)",
  "replace posts set id = 1, slug = 'b'",
  'update comments set n = 1 where id = 42',
  "update comments set n = 1 where id = '42'",
  "update comments set n = 1 where id = 'A'",
  "update comments set n = 1 where id = 'a '",
  'update comments set n = 1 where id = 0',
  'delete from comments where id = 42',
  "update posts set n = 1 where id = '2x'",
  'update posts set n = 1 where id = 1 || id = 2',
  'update posts set n = 1 where n = 1 || n = 0 && id = 3 || id = 2',
  'update posts set id = 7 where id = 1',
  'update posts set n = 1 # where id = 9\n where id = 1',
  "update posts set slug = 'it\\'s # where', n = 9 where id = 2",
  'update posts set n = 4 /*! , author = 9 */ where id = 1',
  'update posts set n = 4 where id = 1 /*! or id = 2 */',
  '/*! delete from posts */',
  '/*!50001 delete from posts where id = 1 */',
  '/*M! update authors set n = 8 */',
  'with x as (select 1 as id) select * from x; update posts set n = 3',
  "select 'a'; delete from posts where id = 1",
  'call retitle()',
  'begin not atomic update posts set n = 8; end',
  'set statement max_statement_time = 10 for update posts set n = 9',
  'analyze update posts set n = 6',
  'analyze format = json update posts set n = 6',
  "prepare s from 'update posts set n = 3'; execute s",
  "execute immediate 'delete from authors'",
  'update shown set n = 2 where id = 1',
  'rename table posts to moved2, authors to posts, moved2 to authors',
  'alter table posts drop column n',
  'alter table posts rename to gone',
  'truncate posts',
  'truncate table comments',
  'drop table posts, comments',
  'drop tables comments',
  'create or replace table posts (id int primary key)',
  'do release_lock("x")',
];

/** Statements that are sent in a transaction that has written. Another connection then shows whether they commit. */
const IN_TRANSACTION = [
  'commit',
  'commit and chain',
  'COMMIT WORK',
  'begin',
  'start transaction',
  'start transaction read only',
  'set autocommit = 1',
  'set @@autocommit = 1',
  'set session autocommit = 1',
  'set @@session.autocommit = on',
  'create table other (id int)',
  'create temporary table t (id int)',
  'create index i on posts (n)',
  'alter table comments add column x int',
  'drop table comments',
  'drop table if exists nothing',
  'truncate comments',
  'rename table comments to c2',
  'lock tables posts write',
  'analyze table posts',
  'optimize table posts',
  'check table posts',
  'flush tables',
  'call finish()',
  'grant select on *.* to a',
  'select 1',
  'savepoint a',
  'rollback to savepoint nothing',
  'set @x = 1',
  'update posts set n = 8',
  'create view v as select 1',
  'select 1; commit',
  'create or replace procedure x() select 1',
];

describe.skipIf(installedMariadb === undefined)('on a real server', () => {
  const server = useMariadb();
  let connection: mysql.Connection;
  let other: mysql.Connection;

  beforeAll(async () => {
    const address = { ...(await server.createDatabase()), multipleStatements: true };
    connection = await mysql.createConnection(address);
    other = await mysql.createConnection(address);
  });
  afterAll(async () => {
    await connection.end();
    await other.end();
  });

  async function refill(): Promise<void> {
    const { database } = connection.config;
    await connection.query(`rollback; unlock tables; set autocommit = 0; set autocommit = 1`);
    await connection.query(`drop database ${database}; create database ${database}; use ${database}`);
    await connection.query(SCHEMA);
    await other.query(`use ${database}`);
  }

  async function rowsOf(table: string, who = connection): Promise<ReadonlyMap<string, string>> {
    const [rows] = await who.query(`select * from ${table}`).catch(() => [[]]);
    return new Map((rows as { id: unknown }[]).map((row) => [String(row.id), JSON.stringify(row)]));
  }

  const statements = new ModelStatements(
    {
      entityOf: (table) => (table === 'shown' ? 'posts' : table),
      keysOf: (table) => ({
        primary: ['id'],
        uniques: [['slug']],
        loose: table === 'comments' ? 'texts' : 'integers',
      }),
    },
    mysqlSql,
  );

  test.each(WRITES)('%s: what it changes is told', async (sql) => {
    await refill();
    const before = new Map<string, ReadonlyMap<string, string>>();
    for (const table of TABLES) before.set(table, await rowsOf(table));
    // Without this, a number in place of a text would cause an error instead of a warning.
    await connection.query("set sql_mode = ''");
    await connection.query(sql);
    const { changes, unclear } = statements.changes(sql, []);
    for (const table of TABLES) {
      const after = await rowsOf(table);
      const all = new Set([...(before.get(table)?.keys() ?? []), ...after.keys()]);
      const own = changes.filter(({ entity }) => entity === table);
      for (const id of all) {
        const isCreated = before.get(table)?.has(id) !== true;
        if (before.get(table)?.get(id) === after.get(id)) continue;
        const isTold = own.some((change) => change.id === undefined || String(change.id) === id);
        expect([table, id, isTold || unclear !== undefined]).toEqual([table, id, true]);
        if (!isCreated && unclear === undefined)
          expect(own.some(({ action }) => action !== 'create')).toBe(true);
      }
    }
  });

  test.each(IN_TRANSACTION)('%s: whether it commits is told', async (sql) => {
    await refill();
    await connection.query('begin');
    await connection.query('insert into posts (id) values (77)');
    await connection.query(sql).catch(() => undefined);
    await connection.query('unlock tables').catch(() => undefined);
    const isCommitted = (await rowsOf('posts', other)).has('77');
    const { steps, unclear } = statements.changes(sql, []);
    const isTold = steps.includes('commit') || steps.includes('flush') || unclear !== undefined;
    if (isCommitted) expect(isTold).toBe(true);
    else expect(steps).not.toContain('commit');
  });
});
