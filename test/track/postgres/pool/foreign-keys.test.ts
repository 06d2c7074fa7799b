/**
 * Foreign keys that only the database knows: the adapter finds the rows that they change in the database's catalogue.
 */
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { trackPgPool } from '../../../../src/track/postgres/index.js';
import { installedPostgres, usePostgres } from '../../../helpers/databases/postgres.js';
import { FuzzPages } from '../../fuzz/pairs.js';

const SCHEMA = [
  'create table authors (id integer primary key, handle text unique, name text)',
  'create table posts (id integer primary key, author integer references authors on delete cascade)',
  'create table comments (id integer primary key, post integer references posts on delete cascade)',
  'create table likes (id integer primary key, post integer references posts on delete set null)',
  'create table bios (handle text primary key references authors (handle) on update cascade)',
  'create table quotes (handle text references bios on update cascade)',
  'create table prizes (author integer default 1 references authors on delete set default)',
  'create table orders (author integer references authors)',
  `insert into authors values (1, 'a', 'A'), (2, 'b', 'B')`,
  'insert into posts values (1, 2)',
  `insert into bios values ('b')`,
];

describe.skipIf(installedPostgres === undefined)('on PostgreSQL', () => {
  const postgres = usePostgres();

  async function start(options = {}) {
    const pool = new pg.Pool({ ...(await postgres.createDatabase()), max: 1 });
    onTestFinished(() => pool.end());
    for (const statement of SCHEMA) await pool.query(statement);
    const pages = new FuzzPages();
    trackPgPool(pool, pages, { ids: { authors: 'id', posts: 'id' }, ...options });
    const changed = async (...statements: readonly string[]) => {
      const selectors = await pages.selectorsOf(async () => {
        const client = await pool.connect();
        try {
          for (const statement of statements) await client.query(statement);
        } finally {
          client.release();
        }
      });
      const tags = selectors.map((one) => ('value' in one ? one.value : 'everything'));
      return [...new Set(tags.map((tag) => tag.replace(/[:?].*/, '')))].sort();
    };
    return { pool, changed };
  }

  test.each<[string, readonly string[]]>([
    ['delete from authors where id = 1', ['authors', 'comments', 'likes', 'posts', 'prizes']],
    ['delete from posts where id = 1', ['comments', 'likes', 'posts']],
    ['delete from comments where id = 1', ['comments']],
    ['delete from orders where author = 1', ['orders']],
    [`update authors set name = 'x' where id = 2`, ['authors']],
    [`update authors set handle = 'x' where id = 2`, ['authors', 'bios', 'quotes']],
    [`update authors set (name, handle) = ('x', 'y') where id = 2`, ['authors', 'bios', 'quotes']],
    [
      `insert into authors values (2, 'c') on conflict (id) do update set handle = excluded.handle`,
      ['authors', 'bios', 'quotes'],
    ],
    [`insert into authors values (2, 'c') on conflict (id) do update set name = 'x'`, ['authors']],
    [`insert into authors select max(id) + 1, 'c' || max(id) from authors`, ['authors']],
  ])('%s', async (statement, expected) => {
    const { changed } = await start();
    expect(await changed(statement)).toEqual(expected);
    expect(await changed('begin', statement, 'commit')).toEqual(expected);
    expect(await changed('begin', statement, 'rollback')).toEqual([]);
  });

  test('are read again after a definition, of this connection and in a transaction', async () => {
    const { changed } = await start();
    expect(await changed('delete from orders')).toEqual(['orders']);
    await changed(
      'create table lines (id integer primary key)',
      'alter table orders add column id integer unique',
    );
    await changed(
      'begin',
      'alter table lines add foreign key (id) references orders (id) on delete cascade',
      'commit',
    );
    expect(await changed('delete from orders')).toEqual(['lines', 'orders']);
  });

  test('that cannot be read may be any, unless some are named', async () => {
    for (const [cascades, expected] of [
      [undefined, ['everything']],
      [{ posts: ['likes'] }, ['likes', 'posts']],
    ] as const) {
      const { changed } = await start(cascades === undefined ? {} : { cascades });
      // The query of the catalogue fails on this connection.
      const { query } = pg.Client.prototype;
      pg.Client.prototype.query = function refused(this: unknown, ...given: never[]): never {
        if (String(given[0]).includes('pg_constraint')) return Promise.reject(new Error('refused')) as never;
        return Reflect.apply(query, this, given) as never;
      } as never;
      onTestFinished(() => {
        pg.Client.prototype.query = query;
      });
      expect(await changed('delete from posts where id = 1')).toEqual(expected);
      pg.Client.prototype.query = query;
    }
  });
});
