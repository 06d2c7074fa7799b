/**
 * Statements with unusual syntax for what they change, on a real server: the changed pages are deleted, or all pages.
 */
import pg from 'pg';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, test } from 'vitest';
import { trackPgPool } from '../../../src/track/postgres/index.js';
import { trackTypeOrm } from '../../../src/track/typeorm/index.js';
import { installedPostgres, type PostgresAddress, usePostgres } from '../../helpers/databases/postgres.js';
import { isLong } from '../../helpers/effort.js';
import { FuzzPages, matches } from '../fuzz/pairs.js';

const SCHEMA = `
  drop schema if exists other cascade; drop schema public cascade; create schema public;
  create table authors (id int primary key, name text, "update" int default 0);
  create table posts (id int primary key, title text, author int references authors on delete cascade on update cascade, n int default 0, "delete" int default 0);
  create view shown as select id, title from posts where n >= 0;
  create view nested as select id, title from shown;
  create materialized view kept as select id, title from posts;
  create table parent (id int, n int) partition by list (n);
  create table child partition of parent for values in (1);
  create table child2 partition of parent for values in (2);
  create table base (id int primary key, n int);
  create table derived (extra int) inherits (base);
  create schema other;
  create table other.posts (id int primary key, title text);
  create table "p.q" (id int primary key, n int);
  create table "dåta" (id int primary key, n int);
  create table codes (code char(5) primary key, n int);
  create table prices (price numeric primary key, n int);
  create procedure bump() language sql as $$ update posts set n = n + 1 $$;
  create procedure half() language plpgsql as $$ begin update posts set n = 5; commit; raise exception 'half'; end $$;
  insert into authors values (1, 'Ada'), (2, 'Grace');
  insert into posts values (1, 'a', 1), (2, 'b', 2);
  insert into other.posts values (1, 'o');
  insert into child values (1, 1); insert into base values (1, 1); insert into derived values (2, 1, 1);
  insert into "p.q" values (1, 1); insert into "dåta" values (1, 1);
  insert into codes values ('a', 1), ('b', 1); insert into prices values (1.50, 1), (2, 1);
`;
const KEYS = {
  posts: 'id',
  authors: 'id',
  base: 'id',
  codes: 'code',
  prices: 'price',
  shown: 'id',
  kept: 'id',
};

const READS = [
  'select * from posts where id = 1',
  'select * from posts where id in (1, 2) order by id',
  'table posts',
  'select p.title, a.name from posts p join authors a on a.id = p.author where p.id = 1',
  'select count(*) from authors where "update" > 0',
  'select * from shown where id = 1',
  'select * from nested order by id',
  'select * from kept where id = 1',
  'select * from parent order by id, n',
  'select * from child order by id',
  'select * from base order by id',
  'select * from derived where id = 2',
  'select * from other.posts where id = 1',
  'select * from "p.q"',
  'select * from U&"d\\00e5ta"',
  "select * from codes where code = 'a'",
  "select * from codes where code = 'b    '",
  'select * from prices where price = 1.5',
  "select * from prices where price = '1.50'",
];

/** Statements, some with SQL that another program runs before. */
const WRITES: readonly (string | readonly [before: string, sql: string])[] = [
  ["update posts set title = 'x'", 'refresh materialized view kept'],
  ["update posts set title = 'x'", 'select 1; refresh materialized view kept with data'],
  'select 1; alter table posts add column extra int default 5',
  'select 1; drop table posts cascade',
  'select 1; truncate posts',
  'truncate authors cascade',
  '/* x */ alter table posts rename to p2; create table posts as select * from p2 where id = 2',
  "update shown set title = 'x' where id = 1",
  "update nested set title = 'x' where id = 1",
  "delete from nested where title = 'a'",
  'insert into child values (2, 1)',
  'insert into parent values (2, 1)',
  'update parent set n = 2',
  'alter table parent detach partition child',
  'update derived set n = 9',
  'update base set n = 9',
  'update only base set n = 9',
  'delete from base where id = 2',
  'call bump()',
  'call half()',
  'do $$ begin update posts set n = 9; end $$',
  'do $é$ begin update posts set n = 9; end $é$',
  'prepare a as update posts set n = 9; execute a',
  'update posts set "delete" = 1 where id = 1',
  'update authors set "update" = 7',
  '/* a /* b */ select */ update posts set n = 9 where id = 1',
  'update U&"p\\006fsts" set title = \'x\'',
  'update U&"d!00e5ta" uescape \'!\' set n = 9',
  'update "dåta" set n = 9',
  "update authors as posts set name = 'x' where posts.id = 1",
  "update posts as authors set title = 'x' from authors as posts where posts.id = authors.author",
  'update "p.q" set n = 9',
  "update other.posts set title = 'x' where id = 1",
  "begin; set local search_path to other; update posts set title = 'x' where id = 1; commit",
  "update codes set n = 9 where code = 'a'",
  "update codes set n = 9 where code = 'b    '",
  'update prices set n = 9 where price = 1.5',
  'update prices set n = 9 where price = 1.500',
  "update prices set n = 9 where price = '15e-1'",
  'update prices set price = 3.0 where price = 1.5; ',
  "begin; update posts set title = 'x'; commit",
  "begin; savepoint a; update posts set n = 9; rollback work to savepoint a; update authors set name = 'x'; /* y */ commit",
  "begin; savepoint a; update posts set n = 9; rollback to a; update posts set title = 'x' where id = 2; end",
  "with w as (update posts set title = 'x' returning id) select * from w",
  "insert into posts values (1, 'y', 1) on conflict (id) do update set id = 7",
  "update posts set (id, title) = (7, 'x') where id = 1",
  "merge into posts p using authors a on a.id = p.id when matched then update set title = 'x'",
  'update authors set id = 9 where id = 1',
  'delete from authors where id = 2',
  `update posts set title = '${'x'.repeat(6_500_000)}' where id = 1`,
  `update posts set title = $$${'update '.repeat(900_000)}$$ where id = 1`,
];

const CASES = WRITES.map((one) => {
  const [before, sql] = typeof one === 'string' ? ['', one] : one;
  return [sql.slice(0, 80), before, sql] as const;
});

interface Opened {
  readonly query: (sql: string) => Promise<unknown>;
  close(): Promise<unknown>;
}

const adapters: Readonly<Record<string, (address: PostgresAddress, pages: FuzzPages) => Promise<Opened>>> = {
  'a pool of pg': async (address, pages) => {
    const pool = new pg.Pool({ ...address, max: 1 });
    trackPgPool(pool, pages, { ids: KEYS });
    return { query: async (sql) => (await pool.query(sql)).rows, close: () => pool.end() };
  },
  TypeORM: async ({ user: username, ...address }, pages) => {
    const dataSource = await new DataSource({
      type: 'postgres',
      username,
      ...address,
      poolSize: 1,
    }).initialize();
    trackTypeOrm(dataSource, pages);
    return { query: (sql) => dataSource.query(sql), close: () => dataSource.destroy() };
  },
};

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();

  describe.each(Object.entries(adapters).slice(0, isLong ? 2 : 1))('%s', (_name, open) => {
    const pages = new FuzzPages();
    let other: pg.Client;
    let address: PostgresAddress;
    beforeAll(async () => {
      address = await server.createDatabase();
      other = new pg.Client(address);
      await other.connect();
      return () => other.end();
    });

    async function looked({ query }: Opened) {
      const seen: Awaited<ReturnType<FuzzPages['tagsOf']>>[] = [];
      for (const read of READS) seen.push(await pages.tagsOf(() => query(read).catch(() => 'refused')));
      return seen;
    }

    test.each(CASES)('%s', async (_told, before, sql) => {
      await other.query(SCHEMA);
      if (before !== '') await other.query(before);
      const opened = await open(address, pages);
      const shown = await looked(opened);
      // A statement that fails may have changed something.
      const selectors = await pages.selectorsOf(() => opened.query(sql).catch(() => undefined));
      const now = await looked(opened);
      await opened.close();
      const changed = READS.filter(
        (_, at) => JSON.stringify(shown[at]?.rows) !== JSON.stringify(now[at]?.rows),
      );
      const deleted = READS.filter((_, at) => {
        const tags = shown[at]?.tags;
        return tags === undefined || matches(tags, selectors);
      });
      expect(changed).not.toEqual([]);
      expect(deleted).toEqual(expect.arrayContaining(changed));
    });
  });
});
