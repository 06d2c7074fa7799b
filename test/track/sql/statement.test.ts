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
    ['table posts', ['posts']],
    ['select a from posts union table drafts', ['posts', 'drafts']],
    ['with x as (table posts) table x', ['posts', 'x']],
    ['select update, delete from posts', ['posts']],
    ['select p.delete from posts p where p.update = 1', ['posts']],
    ['copy posts to stdout', ['posts']],
    ['select * from [my-table] x', ['my-table']],
    ['select x[a] from posts', ['posts']],
    ['select $ä$ from a $ä$ from posts', ['posts']],
    ['select * from U&"p\\006f\\+000073ts"', ['posts']],
    ['select 1 /* a /* b */ from c */ from posts', ['c', 'posts', 'posts']],
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
    ['insert posts values (1)', ['create posts']],
    ['insert low_priority ignore posts select * from drafts', ['create posts']],
    ['insert delayed into posts values (1)', ['create posts']],
    ['replace posts set a = 1', ['unknown posts']],
    ['replace delayed into posts select * from drafts', ['unknown posts']],
    ['update posts p, authors a set p.n = a.n where p.id = 1', ['update posts', 'update authors']],
    ['update posts p join authors a on a.id = p.author set a.n = 1', ['update posts', 'update authors']],
    ['update (posts p join authors a on true) set a.n = 1', ['update posts', 'update authors']],
    ['update posts set n = (select 1 from a join b on true), m = 2', ['update posts']],
    ['delete ignore from posts', ['delete posts']],
    ['delete low_priority quick ignore from posts', ['delete posts']],
    ['delete quick from quick', ['delete quick']],
    ['update ignore set a = 1', ['update ignore']],
    ['delete p from posts p where p.id = 1', ['delete p', 'delete posts', 'delete posts']],
    [
      'delete p, c from posts p join comments c on c.post = p.id',
      ['delete p', 'delete posts', 'delete c', 'delete comments', 'delete posts'],
    ],
    [
      'delete from p, c using posts p join comments c on c.post = p.id',
      ['delete p', 'delete posts', 'delete c', 'delete comments'],
    ],
    ['drop temporary table posts', ['unknown posts']],
    ["select (replace(a, 'x', 'y')), insert('a', 1, 1, 'b') from posts", []],
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
      ['delete a', 'create b'],
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
    ['update or replace posts set a = 1', ['unknown posts']],
    ['update or ignore posts set a = 1', ['update posts']],
    ['select 1; truncate posts, comments', ['unknown posts', 'unknown comments']],
    ['select 1; drop table posts', ['unknown posts']],
    ['begin; alter table posts add column a int; commit', ['unknown posts']],
    ['select delete from posts', []],
    ['update posts set update = 1, delete = 2 where id = 1', ['update posts']],
    ['explain analyze delete from posts', ['delete posts']],
    ['update posts set a = $ä$ x; delete from b $ä$ where id = 1', ['update posts']],
  ])('%s', (sql, tables) => {
    expect(written(sql)).toEqual(tables);
    if (tables.length > 0) expect(mayWrite(sql)).toBe(true);
  });

  test('come with the columns that an update sets', () => {
    const [write] = readStatement('update posts set "views" = views + 1, t = f(1, 2) where id = 1').writes;
    expect(write?.fields).toEqual(['views', 't']);
  });
});

test.each([
  ['update p set (id, name) = (2, 3)', ['id', 'name']],
  ['update p set ("a", b) = (select 1, 2), c = 3', ['a', 'b', 'c']],
  ['insert into p values (1) on conflict (id) do update set id = 7', ['id']],
  ['insert into p values (1) on conflict (id) do update set id = excluded.id, a = excluded.a', ['a']],
  ['insert into p values (1) on conflict (slug) do update set id = excluded.id', ['id']],
  ['insert into p values (1) on conflict do nothing', undefined],
  ['insert into p values (1) on duplicate key update a = 2, b = values(b)', ['a', 'b']],
  ['insert into p set a = 1 on duplicate key update id = 2', ['id']],
  ['insert into p set a = 1 on duplicate key update id = last_insert_id(id), a = a + 1', ['a']],
])('%s sets %j', (sql, fields) => {
  expect(readStatement(sql).writes).toMatchObject([{ fields }]);
});

test.each<[string, string[]]>([
  ['select 1', []],
  ['(select 1) union (select 2)', []],
  ['values (1)', []],
  ['table posts', []],
  ['insert into posts values (1)', []],
  ['with x as (delete from a returning *) select * from x', []],
  ['explain (analyze, verbose) update posts set a = 1', []],
  ['begin; update posts set a = 1; commit', []],
  ['/* x */ set local a = 1', []],
  ['create table posts (id int)', []],
  ['create index a on posts (b)', []],
  ['drop table posts', []],
  ['alter table posts add column a int', []],
  ['truncate posts', []],
  ['', []],
  ['refresh materialized view posts', ['REFRESH']],
  ['select 1; refresh materialized view posts', ['REFRESH']],
  ['call retitle()', ['CALL']],
  ['do $$ begin delete from posts; end $$', ['DO']],
  ['execute retitle(1)', ['EXECUTE']],
  ['create or replace view posts as select 1', ['CREATE OR']],
  ['create rule a as on insert to posts do instead nothing', ['CREATE RULE']],
  ['drop schema public cascade', ['DROP SCHEMA']],
  ['drop view posts', ['DROP VIEW']],
  ['drop table posts cascade', ['DROP TABLE']],
  ['truncate posts cascade', ['TRUNCATE']],
  ['alter table posts rename to drafts', ['ALTER TABLE']],
  ['rename table posts to drafts', ['RENAME']],
  ['import foreign schema a from server b into c', ['IMPORT']],
  ['insert posts values (1)', []],
  ['insert', ['INSERT']],
  ['something new', ['SOMETHING']],
])('%s may touch what it does not name: %j', (sql, opaque) => {
  expect(readStatement(sql).opaque).toEqual(opaque.map((verb) => expect.stringMatching(`^${verb}`)));
  if (opaque.length > 0) expect(mayWrite(sql)).toBe(true);
});

test.each<[string, string[]]>([
  ['begin', ['begin']],
  ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', ['begin']],
  ['/* x */ COMMIT', ['commit']],
  ['-- x\nend', ['commit']],
  ['begin; update posts set a = 1; commit', ['begin', 'commit']],
  ['commit and chain', ['commit', 'begin']],
  ['rollback and no chain', ['rollback']],
  ['ROLLBACK WORK TO SAVEPOINT a', []],
  ['rollback to a', []],
  ['abort', ['rollback']],
  ["prepare transaction 'a'", ['commit']],
  ["commit prepared 'a'", []],
  ['select case when a then 1 end from posts', []],
  ['create trigger a after insert on b begin delete from c; end', []],
])('%s takes the transaction by %j', (sql, steps) => {
  expect(readStatement(sql).steps).toEqual(steps);
});

test('a literal of many megabytes is read like any other', () => {
  const long = 'x'.repeat(8_000_000);
  for (const text of [
    `'${long}'`,
    `'${long}''${long}'`,
    `E'${long}\\'${long}'`,
    `$$${long}$$`,
    `'${"''".repeat(4_000_000)}'`,
  ])
    expect(written(`update posts set a = ${text} where id = 1`)).toContain('update posts');
});

describe('conditions', () => {
  test.each<[string, unknown[], Record<string, unknown[]>]>([
    ['select * from p where id = $1', [42], { id: [42] }],
    ['select * from p where ((p."id" = $2)) limit 1', [1, 42], { 'p.id': [42] }],
    ['update p set a = ?, b = ? where id in (?, ?)', ['x', 'y', 1, 2], { id: [1, 2] }],
    ["delete from p where id = '42' and (kind = 'x' and n > 3)", [], { id: ['42'], kind: ['x'] }],
    ['select * from p where id = $1::int order by id', [1], { id: [1] }],
    ['select * from p where id = 1 or id = 2', [], {}],
    ['select * from p where (id = 1 or true) and kind = 2', [], { kind: [2] }],
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
  expect(joins.get('a')).toEqual({
    isLeft: true,
    equals: new Map([['id', { alias: 'p', column: 'aid' }]]),
    isEquality: false,
    isNamed: false,
    users: new Set(),
  });
  expect(Object.fromEntries(selected.names)).toEqual({ 'p.id': 'P_id', 'a.id': 'A_id' });
});

describe('of a joined table is told', () => {
  const SELECT = 'select p.id as p_id, a.id as a_id from posts p';
  const joinOf = (rest: string, alias = 'a') => readStatement(`${SELECT} ${rest}`).joins.get(alias);

  test.each<[string, Record<string, string>]>([
    ['left join authors a on a.id = p.author', { id: 'p' }],
    ['left outer join main.authors as a on p.author = a.id', { id: 'p' }],
    ['join authors a on a.id = p.author and a.kind = 2', { id: 'p' }],
    ['left join authors a on a.id = p.author left join tags t on t.x = a.n', { id: 'p' }],
    ['left join authors a on a.id = p.author or true', {}],
    ['left join authors a on a.id = a.other', {}],
    ['left join authors a on id = author', {}],
    ['left join authors a on a.id > p.author', {}],
    ['left join authors a on a.id = p.author + 1', {}],
    ['left join authors a left join tags t on t.id = a.n on a.id = p.author', {}],
  ])('by which equality: %s', (rest, equals) => {
    const others = [...(joinOf(rest)?.equals ?? [])].map(([column, { alias }]) => [column, alias]);
    expect(Object.fromEntries(others)).toEqual(equals);
  });

  const JOIN = 'left join authors a on a.id = p.author';
  test.each([
    [`${JOIN}`, false],
    [
      `${JOIN} where p.kind = 1 and p.n in (1, $1) or not p.x is null order by p.n desc, p.id limit 2 offset $2`,
      false,
    ],
    [`${JOIN} where a.active`, true],
    [`${JOIN} where ("a"."active" = true) and p.x = 1`, true],
    [`${JOIN} where active`, true],
    [`${JOIN} where p.x = active`, true],
    [`${JOIN} where desc and p.x = 1`, true],
    [`${JOIN} where lower(p.x) = 'x'`, true],
    [`${JOIN} order by a.name limit 1`, true],
    [`${JOIN} order by a_id limit 1`, true],
    [`${JOIN} order by "a_id" limit 1`, true],
    [`${JOIN} order by 2 limit 1`, true],
    [`${JOIN} order by p.x, $1 limit 1`, true],
    [`${JOIN} order by asc limit 1`, true],
    [`${JOIN} and kind = 2`, true],
  ])('whether anything names it: %s', (rest, isNamed) => {
    expect(joinOf(rest)?.isNamed).toBe(isNamed);
  });

  test('whose conditions name it, and nothing where rows are merged', () => {
    expect(joinOf(`${JOIN} join tags t on t.x = a.n`)?.users).toEqual(new Set(['t']));
    expect(
      readStatement(`${SELECT.replace('select', 'select distinct')} ${JOIN}`).joins.get('a')?.isNamed,
    ).toBe(true);
    expect(joinOf(`${JOIN} group by a.id`)).toBeUndefined();
    expect(joinOf(`${JOIN} union table authors`)).toBeUndefined();
  });
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
    "U&'",
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
  expect(conditions(1, 'x')).toEqual({ id: [1], kind: ['x', 3] });
  expect(conditions(2, 'y')).toEqual({ id: [2], kind: ['y', 3] });
  expect(reader.read(sql).reads).toBe(reader.read(sql).reads);
});
