import { describe, expect, test } from 'vitest';
import { mayWrite, StatementReader } from '../../../src/track/sql/statement.js';

const reader = new StatementReader();
const readStatement = (sql: string, parameters?: readonly unknown[]) => reader.read(sql, parameters);
const tablesRead = (sql: string) => readStatement(sql).reads.map(({ table }) => table);
const written = (sql: string) => readStatement(sql).writes.map(({ table, action }) => `${action} ${table}`);

describe('the tables that a statement reads', () => {
  test.each<[string, string[]]>([
    ['select * from posts', ['posts']],
    ['SELECT "p".* FROM public."Posts" AS "p" WHERE p.id = 1', ['posts']],
    ['select 1 from `posts`, [authors] a, tags', ['posts', 'authors', 'tags']],
    ['select * from posts p left join authors a on a.id = p.author_id, tags', ['posts', 'authors', 'tags']],
    ['select (select count(*) from comments c where c.post_id = p.id) from posts p', ['comments', 'posts']],
    ['select * from (select * from posts) x, authors', ['posts', 'authors']],
    ['select * from (posts p join authors a on true)', ['posts', 'authors']],
    ['with a as (select * from posts) select * from a', ['posts', 'a']],
    ['select * from posts where exists (select 1 from comments)', ['posts', 'comments']],
    ['select * from posts union all select * from drafts order by 1', ['posts', 'drafts']],
    ['select * from generate_series(1, 9), posts', ['posts']],
    ['select * from only posts for update', ['posts']],
    ["select 'from a', $$from b$$, $x$from c$x$ -- from d\n /* from e */ from posts", ['posts']],
    ["select E'it\\'s from a' from posts", ['posts', 'posts']],
    ["select 'it''s from a' from posts", ['posts']],
    ['insert into a select * from posts', ['posts']],
    ['update posts set n = 1 from authors where true', ['authors']],
    ['delete from posts using authors where true', ['authors']],
    ['select 1', []],
    ['', []],
  ])('%s', (sql, tables) => {
    expect(tablesRead(sql)).toEqual(tables);
  });

  test('are found however MySQL and standard SQL read a backslash', () => {
    expect(tablesRead("select 'it\\'s from a' from posts where x = 'b'")).toContain('posts');
    expect(tablesRead("select 'c:\\' from posts where x = 'b'")).toContain('posts');
  });
});

describe('the tables that a statement writes', () => {
  test.each<[string, string[]]>([
    ['insert into posts (a, b) values (1, 2)', ['create posts']],
    ['insert or ignore into posts values (1)', ['create posts']],
    ['insert or replace into posts values (1)', ['unknown posts']],
    ['replace into posts values (1)', ['unknown posts']],
    ['insert into posts values (1) on conflict (id) do update set a = 1', ['upsert posts']],
    ['insert into posts values (1) on duplicate key update a = 1', ['upsert posts']],
    ['update posts set a = (select 1 from b) where id = 1', ['update posts']],
    ['update or ignore posts set a = 1', ['update posts']],
    ['UPDATE "public"."Posts" AS p SET a = 1', ['update posts']],
    ['delete from posts', ['delete posts']],
    ['delete from only public.posts as p where true', ['delete posts']],
    ['with gone as (delete from a returning *) insert into b select * from gone', ['delete a', 'create b']],
    [
      'with x as (delete from a returning *) insert into b select * from x on conflict do nothing',
      ['delete a', 'upsert b'],
    ],
    ['truncate posts, comments cascade', ['unknown posts', 'unknown comments']],
    ['truncate table only posts restart identity', ['unknown posts']],
    ['drop table if exists posts', ['unknown posts']],
    ['alter table posts add column a int', ['unknown posts']],
    ['copy posts from stdin', ['unknown posts']],
    ['merge into posts p using drafts d on true when matched then update set a = 1', ['unknown posts']],
    ['update a set x = 1; delete from b', ['update a', 'delete b']],
    ['select * from posts for no key update', []],
    ['select * from posts for update of posts', []],
    ['create table a (id int references b on delete cascade on update cascade)', []],
    ['begin', []],
  ])('%s', (sql, tables) => {
    expect(written(sql)).toEqual(tables);
    if (tables.length > 0) expect(mayWrite(sql)).toBe(true);
  });

  test('come with the columns that an update sets', () => {
    const [write] = readStatement('update posts set "views" = views + 1, t = f(1, 2) where id = 1').writes;
    expect(write?.fields).toEqual(['views', 't']);
  });
});

describe('conditions', () => {
  test.each<[string, unknown[], Record<string, unknown[]>]>([
    ['select * from p where id = $1', [42], { id: [42] }],
    ['select * from p where ((p."id" = $2)) limit 1', [1, 42], { 'p.id': [42] }],
    ['update p set a = ?, b = ? where id in (?, ?)', ['x', 'y', 1, 2], { id: [1, 2] }],
    ["delete from p where id = '42' and (kind = 'x' and n > 3)", [], { id: ['42'], kind: ['x'] }],
    ['select * from p where id = $1::int order by id', [1], { id: [1] }],
    ['select * from p where id = 1 or id = 2', [], {}],
    ['select * from p where (id = 1 or true) and kind = 2', [], { kind: ['2'] }],
    ['select * from p where not (id = 1)', [], {}],
    ['select * from p where id = other', [], {}],
    ['select * from p where id = 1 + 1', [], {}],
    ['select * from p where id = f(1)', [], {}],
    ['select * from p where id in (select 1)', [], {}],
    ['select * from p where a between 1 and id = 3', [], {}],
    ['select * from p where id <> 1 and id != 2 and id >= 3', [], {}],
    ['update p set a = 1 where id = 1; delete from p', [], {}],
    ['select * from p', [], {}],
  ])('%s', (sql, parameters, expected) => {
    expect(Object.fromEntries(readStatement(sql, parameters).conditions)).toEqual(expected);
  });
});

test.each([
  ['select a from p where id = 1', true],
  ['select count(*) from p where id = 1', false],
  ['select a from p where id in (select 1)', false],
  ['select a from p group by a', false],
  ['select a from p right join q on true', false],
  ['select a from p union select b from q', false],
])('%s is plain: %s', (sql, isPlain) => {
  expect(readStatement(sql).isPlain).toBe(isPlain);
});

test('joins and selected columns are told by their aliases', () => {
  const { joins, selected } = readStatement(
    'SELECT "P"."id" AS "P_id", "A"."id" AS "A_id" FROM p "P" LEFT JOIN a "A" ON ("A"."id"="P"."aId") AND ("A"."gone" IS NULL) WHERE true',
  );
  expect([...(joins.get('a') ?? [])]).toEqual(['id']);
  expect(Object.fromEntries(selected.names)).toEqual({ 'p.id': 'P_id', 'a.id': 'A_id' });
});

test.each<[string, Record<string, string>]>([
  ['select p.id, a.name from p join a on a.id = p.a', { 'p.id': 'id', 'a.name': 'name' }],
  ['select p.id, a.id from p join a on a.id = p.a', {}],
  ['select p.id, a.id as author from p join a on a.id = p.a', { 'p.id': 'id', 'a.id': 'author' }],
  ['select p.id, a.id author from p join a on a.id = p.a', { 'p.id': 'id', 'a.id': 'author' }],
  ['select p.id, a.name as id from p join a on a.id = p.a', {}],
  ['select p.id, a.name AS "ID" from p join a on a.id = p.a', {}],
  ['select p.id, 7 as id from p', {}],
  ['select distinct p.id, 7 as n from p', { 'p.id': 'id' }],
  ['select p.id, a.* from p join a on a.id = p.a', {}],
  ['select p.id, * from p join a on a.id = p.a', {}],
  ['select p.id + 1 from p', {}],
])('of %s the results have a column for %j: one name, one column', (sql, expected) => {
  expect(Object.fromEntries(readStatement(sql).selected.names)).toEqual(expected);
});

test('nothing that is no SQL makes it throw or hang', () => {
  for (const text of [
    "'",
    '"',
    '$$',
    '/*',
    '((((',
    '))))',
    'from',
    'update',
    'delete from',
    '\0',
    ';;;',
    'select from where',
  ])
    expect(() => readStatement(text, [1])).not.toThrow();
  const long = `select * from posts where id in (${Array.from({ length: 20_000 }, (_, index) => `$${index + 1}`).join()})`;
  expect(readStatement(long).reads).toHaveLength(1);
});

test('a text that was read before is read for the parameters that it comes with now', () => {
  const sql = 'select a from p where id = $1 and kind in ($2, 3)';
  const conditions = (...parameters: unknown[]) =>
    Object.fromEntries(reader.read(sql, parameters).conditions);
  expect(conditions(1, 'x')).toEqual({ id: [1], kind: ['x', '3'] });
  expect(conditions(2, 'y')).toEqual({ id: [2], kind: ['y', '3'] });
  expect(reader.read(sql).reads).toBe(reader.read(sql).reads);
});
