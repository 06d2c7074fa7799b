import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TriggerTable } from '../../../../src/track/postgres/triggers/tables.js';
import { postgresTriggers } from '../../../../src/track/postgres/triggers/triggers.js';
import {
  installedPostgres,
  type PostgresAddress,
  psql,
  usePostgres,
} from '../../../helpers/databases/postgres.js';

const POSTS = `
create table authors (id uuid primary key, name text);
create table posts (
  id integer primary key, title text, views integer not null default 0, price numeric, own json,
  author uuid references authors on delete cascade
);`;
const AUTHOR = '00000000-0000-4000-8000-00000000000a';
const MAX_PAYLOAD_BYTES = 8000;
const MERGE_SINCE = 150_000;

interface Told {
  readonly e: string;
  readonly a: string;
  readonly k?: readonly unknown[];
  readonly l?: Readonly<Record<string, readonly unknown[]>>;
}

describe.skipIf(installedPostgres === undefined)('triggers', () => {
  const server = usePostgres();

  /** Returns a function that runs SQL with psql, and returns the notifications. */
  async function listening(
    tables: string,
    triggers: readonly (string | TriggerTable)[],
    channel?: string,
  ): Promise<{
    readonly address: PostgresAddress;
    readonly told: (sql: string) => Promise<readonly Told[]>;
    readonly raw: (sql: string) => Promise<readonly string[]>;
  }> {
    const address = await server.createDatabase();
    const { up } = postgresTriggers(triggers, channel === undefined ? {} : { channel });
    psql(address, `${tables}\n${up}`);
    const client = new pg.Client(address);
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(`listen ${client.escapeIdentifier(channel ?? 'staticgenerator')}; listen over`);
    const raw = async (sql: string) => {
      const payloads: string[] = [];
      const over = new Promise<void>((resolve) => {
        client.on('notification', ({ channel: from, payload = '' }) => {
          if (from === 'over') resolve();
          else payloads.push(payload);
        });
      });
      psql(address, sql);
      psql(address, 'notify over');
      await over;
      client.removeAllListeners('notification');
      return payloads;
    };
    const told = async (sql: string) => (await raw(sql)).map((payload): Told => JSON.parse(payload));
    return { address, told, raw };
  }

  test('tell of inserts, updates, deletes and truncations with the keys of their rows', async () => {
    const { told } = await listening(POSTS, ['posts']);
    expect(await told('insert into posts (id) values (1), (2), (3)')).toEqual([
      { e: 'posts', a: 'I', k: ['1', '2', '3'] },
    ]);
    expect(await told('update posts set title = id where id > 1')).toEqual([
      { e: 'posts', a: 'U', k: ['2', '3'] },
    ]);
    // A page may have looked for the new key before the row got it.
    expect(await told('update posts set id = 4 where id = 3')).toEqual([
      { e: 'posts', a: 'M', k: ['3', '4'] },
    ]);
    expect(
      await told('insert into posts (id) values (1), (9) on conflict (id) do update set views = 1'),
    ).toEqual([
      { e: 'posts', a: 'U', k: ['1'] },
      { e: 'posts', a: 'I', k: ['9'] },
    ]);
    expect(await told('delete from posts where id = 4')).toEqual([{ e: 'posts', a: 'D', k: ['4'] }]);
    expect(await told('truncate posts')).toEqual([{ e: 'posts', a: 'T' }]);
  });

  test('tell in which lists rows were and are, unless these are too many', async () => {
    const tables =
      'create table comments (id integer primary key, "Post" integer, author bigint, text text);';
    const lists = ['Post', 'author'];
    const { told } = await listening(tables, [{ table: 'comments', lists }]);
    const values = "(1, 5, 1, ''), (2, 5, 1, ''), (3, 6, null, '')";
    expect(await told(`insert into comments values ${values}`)).toEqual([
      { e: 'comments', a: 'I', l: { post: ['5', '6'], author: ['1', null] }, k: ['1', '2', '3'] },
    ]);
    expect(await told('update comments set "Post" = 7 where id = 1')).toEqual([
      { e: 'comments', a: 'U', l: { post: ['5', '7'], author: ['1'] }, k: ['1'] },
    ]);
    expect(await told("update comments set text = 'x' where id = 2")).toEqual([
      { e: 'comments', a: 'U', l: { post: ['5'], author: ['1'] }, k: ['2'] },
    ]);
    expect(await told('delete from comments where "Post" = 6')).toEqual([
      { e: 'comments', a: 'D', l: { post: ['6'], author: [null] }, k: ['3'] },
    ]);
    expect(
      await told("insert into comments select n, n, 4, '' from generate_series(100, 120) n"),
    ).toMatchObject([{ e: 'comments', a: 'I', l: { author: ['4'] } }]);
    const long = await told("insert into comments select n, 8, 4, '' from generate_series(1000, 4000) n");
    expect(long).toEqual([{ e: 'comments', a: 'I', l: { post: ['8'], author: ['4'] } }]);
    expect(await told('truncate comments')).toEqual([{ e: 'comments', a: 'T' }]);
  });

  test('tell of partitions and of tables that inherit, also where these are written by their own names', async () => {
    const tables = `
      create table parent (id integer, n integer) partition by list (n);
      create table "child 50%" partition of parent for values in (1);
      create table deep partition of parent for values in (2) partition by list (id);
      create table deepest partition of deep for values in (7);
      create table base (id integer primary key); create table derived (n integer) inherits (base);`;
    const { told, address } = await listening(tables, ['parent', 'base']);
    expect(await told('insert into parent values (1, 1)')).toEqual([{ e: 'parent', a: 'I', k: ['1'] }]);
    expect(await told('insert into "child 50%" values (2, 1)')).toEqual([{ e: 'parent', a: 'I', k: ['2'] }]);
    expect(await told('insert into deepest values (7, 2)')).toEqual([{ e: 'parent', a: 'I', k: ['7'] }]);
    expect(await told('insert into derived values (3, 1)')).toEqual([{ e: 'base', a: 'I', k: ['3'] }]);
    expect(await told('update base set id = 4')).toEqual([{ e: 'base', a: 'M', k: ['3', '4'] }]);
    psql(address, postgresTriggers(['parent', 'base']).down);
    expect(await told('delete from "child 50%"; delete from derived; delete from base')).toEqual([]);
  });

  test('are refused to what tells of no changes, with what to do', async () => {
    const address = await server.createDatabase();
    psql(
      address,
      `${POSTS} create materialized view kept as select 1 as id; create view shown as select 1 as id;`,
    );
    for (const view of ['kept', 'shown'])
      expect(() => psql(address, postgresTriggers([view]).up)).toThrow(
        /is a view or a foreign table.*Name the tables that it shows.*NOTIFY/s,
      );
  });

  test('tell nothing of a rollback, of a savepoint that is rolled back, and of no rows', async () => {
    const { told } = await listening(`${POSTS} insert into posts (id) values (1), (2);`, ['posts']);
    expect(await told('begin; delete from posts; rollback')).toEqual([]);
    expect(await told('update posts set views = 1 where id = 99; delete from posts where false')).toEqual([]);
    expect(
      await told(
        'begin; update posts set views = 1 where id = 1; savepoint a; delete from posts; rollback to a; commit',
      ),
    ).toEqual([{ e: 'posts', a: 'U', k: ['1'] }]);
  });

  test('tell of what a foreign key cascades to, and of COPY and MERGE', async () => {
    const { told, address } = await listening(POSTS, [
      'posts',
      { table: 'public.authors', entity: 'Author' },
    ]);
    await told(
      `insert into authors values ('${AUTHOR}'); insert into posts (id, author) values (5, '${AUTHOR}')`,
    );
    expect(await told('delete from authors')).toEqual([
      { e: 'Author', a: 'D', k: [AUTHOR] },
      { e: 'posts', a: 'D', k: ['5'] },
    ]);
    expect(await told('copy posts (id) from stdin;\n7\n8\n\\.\n')).toEqual([
      { e: 'posts', a: 'I', k: ['7', '8'] },
    ]);
    if (Number(psql(address, 'show server_version_num')) < MERGE_SINCE) return;
    const merge = `merge into posts using (values (7), (10)) as new (n) on id = n
      when matched then delete when not matched then insert (id) values (n)`;
    expect(await told(merge)).toEqual(
      expect.arrayContaining([
        { e: 'posts', a: 'D', k: ['7'] },
        { e: 'posts', a: 'I', k: ['10'] },
      ]),
    );
  });

  test('split many keys, and tell of very many, or of a very long one, as any row', async () => {
    const { raw } = await listening('create table "T" (id text primary key, n integer);', ['T']);
    const rows = (count: number) =>
      `insert into "T" select repeat('ü"', 100) || n, n from generate_series(1, ${count}) n`;
    const some = await raw(rows(500));
    expect(some.length).toBeGreaterThan(5);
    expect(Math.max(...some.map((payload) => Buffer.byteLength(payload)))).toBeLessThan(MAX_PAYLOAD_BYTES);
    const keys = some.flatMap((payload) => (JSON.parse(payload) as Told).k ?? []);
    expect(new Set(keys).size).toBe(500);
    expect(keys).toContain(`${'ü"'.repeat(100)}500`);
    expect(await raw('delete from "T" where n <= 500')).toHaveLength(some.length);
    expect(await raw(rows(5_000))).toEqual(['{"e":"t","a":"I"}']);
    expect(await raw(`truncate "T"; insert into "T" values (repeat('x', 2000), 1)`)).toEqual([
      '{"e":"t","a":"T"}',
      '{"e":"t","a":"I"}',
    ]);
  });

  test.each([
    ['smallint', '42', ['42']],
    ['bigint', '9007199254740993', ['9007199254740993']],
    ['uuid', `'${AUTHOR.toUpperCase()}'`, [AUTHOR]],
    ['varchar(20)', `'a b'`, ['a b']],
    ['date', `'2026-01-02'`, undefined],
    ['timestamptz', 'now()', undefined],
    ['time', `'12:00'`, undefined],
    ['bytea', `'\\x00ff'`, undefined],
    ['numeric', '42.0', undefined],
    ['double precision', '1e21', undefined],
    ['char(5)', `'ab'`, undefined],
    ['boolean', 'true', undefined],
    ['positive', '42', undefined],
  ])('a key of the type %s is told as far as every adapter spells it so', async (type, value, keys) => {
    const tables = `create domain positive as integer; create table t (id ${type} primary key);`;
    const { told } = await listening(tables, ['t']);
    const [first] = await told(`insert into t values (${value})`);
    expect(first?.k).toEqual(keys);
  });

  test('a composite key is told with its parts, and without a key any row', async () => {
    const tables = `create table links (a integer, "B" text, primary key (a, "B"));
      create table partly (a integer, b date); create table keyless (a integer);`;
    const { told } = await listening(tables, [
      { table: 'links', key: ['a', 'B'] },
      { table: 'partly', key: ['a', 'b'] },
      { table: 'keyless', key: [] },
    ]);
    expect(await told(`insert into links values (1, 'x,y')`)).toEqual([
      { e: 'links', a: 'I', k: [['1', 'x,y']] },
    ]);
    expect(await told('insert into partly values (1, now())')).toEqual([{ e: 'partly', a: 'I' }]);
    expect(await told('insert into partly values (null, null); update keyless set a = 1')).toEqual([
      { e: 'partly', a: 'I' },
    ]);
    expect(await told('insert into keyless values (1); delete from keyless')).toEqual([
      { e: 'keyless', a: 'I' },
      { e: 'keyless', a: 'D' },
    ]);
  });

  test('an update of ignored columns alone is not told, and every other is', async () => {
    const { told } = await listening(
      `${POSTS} insert into posts (id, price, own) select n, 1.0, '{"a":1}' from generate_series(1, 3) n;`,
      [{ table: 'posts', ignore: ['views', 'author'] }],
    );
    expect(await told('update posts set views = views + 1')).toEqual([]);
    expect(await told(`update posts set views = 0, title = 'new' where id = 2`)).toEqual([
      { e: 'posts', a: 'U', k: ['2'] },
    ]);
    expect(await told('update posts set views = 0, price = case id when 1 then 1.00 else price end')).toEqual(
      [{ e: 'posts', a: 'U', k: ['1'] }],
    );
    expect(await told('update posts set id = 7 where id = 3')).toEqual([
      { e: 'posts', a: 'M', k: ['3', '7'] },
    ]);
    expect(await told('delete from posts where id = 7')).toEqual([{ e: 'posts', a: 'D', k: ['7'] }]);
  });

  test('a table without a key whose rows change places is told', async () => {
    const tables = 'create table t (a integer, n integer); insert into t values (1, 0), (2, 0);';
    const { told } = await listening(tables, [{ table: 't', key: [], ignore: ['n'] }]);
    expect(await told('update t set n = 1')).toEqual([]);
    expect(await told('update t set a = 2')).toEqual([{ e: 't', a: 'U' }]);
  });

  test('names are taken as they are, whatever is in them', async () => {
    const hostile = `we"ird'; drop table x; -- \\ $staticgenerator$ ?`;
    const quoted = `"${hostile.replaceAll('"', '""')}"`;
    const tables = `create table x (id integer); create schema ${quoted};
      create table ${quoted}.${quoted} (${quoted} integer primary key, one integer, keys text, head text);`;
    const spec: TriggerTable = {
      schema: hostile,
      table: hostile,
      key: hostile,
      ignore: ['one'],
      entity: `e'"\\${hostile}`,
    };
    const { told, address } = await listening(tables, [spec], hostile);
    expect(await told(`insert into ${quoted}.${quoted} values (1)`)).toEqual([
      { e: spec.entity, a: 'I', k: ['1'] },
    ]);
    expect(await told(`update ${quoted}.${quoted} set keys = 'a'`)).toEqual([
      { e: spec.entity, a: 'U', k: ['1'] },
    ]);
    expect(await told(`update ${quoted}.${quoted} set one = 2`)).toEqual([]);
    psql(
      address,
      `set standard_conforming_strings = off; ${postgresTriggers([spec], { channel: hostile }).up}`,
    );
    expect(await told(`delete from ${quoted}.${quoted}`)).toEqual([{ e: spec.entity, a: 'D', k: ['1'] }]);
    psql(address, postgresTriggers([spec], { channel: hostile }).down);
    expect(psql(address, 'select count(*) from pg_trigger where not tgisinternal')).toBe('0');
  });

  test('objects of the same names in the search path of who writes change nothing', async () => {
    const { told } = await listening(POSTS, ['posts']);
    const shadow = `create schema evil;
      create function evil.pg_notify(text, text) returns void language plpgsql as $$ begin raise 'evil'; end $$;
      create function evil.left(text, integer) returns text language plpgsql as $$ begin raise 'evil'; end $$;
      create table evil.new_rows (id integer);
      set search_path = evil, public, pg_catalog;`;
    expect(await told(`${shadow} insert into public.posts (id) values (1)`)).toEqual([
      { e: 'posts', a: 'I', k: ['1'] },
    ]);
  });

  test('who may write a table and no more can write it still', async () => {
    const { told, address } = await listening(`${POSTS} alter table posts enable row level security;`, [
      { table: 'posts', ignore: ['views'] },
    ]);
    psql(
      address,
      `create role writer; grant insert, update on posts to writer; grant select (id) on posts to writer;
       create policy everything on posts using (true);`,
    );
    const asWriter = (sql: string) => told(`set role writer; ${sql}`);
    expect(await asWriter('insert into posts (id) values (1)')).toEqual([{ e: 'posts', a: 'I', k: ['1'] }]);
    expect(await asWriter("update posts set title = 'new'")).toEqual([{ e: 'posts', a: 'U', k: ['1'] }]);
    expect(await asWriter('update posts set views = 2')).toEqual([]);
    psql(address, 'drop owned by writer; drop role writer');
  });

  test('are added twice without harm, and removed without a trace', async () => {
    const long = 'ä'.repeat(31);
    const tables = [long, `${'ä'.repeat(30)}b`, 'posts'];
    const { address, told } = await listening(
      `${POSTS} create table ${long} (id integer); create table ${tables[1]} (id integer);`,
      tables,
    );
    const { up, down } = postgresTriggers(tables);
    psql(address, up);
    expect(await told(`insert into ${long} values (1)`)).toEqual([{ e: long, a: 'I', k: ['1'] }]);
    expect(await told(`insert into ${tables[1]} values (1)`)).toEqual([{ e: tables[1], a: 'I', k: ['1'] }]);
    const left = () =>
      psql(
        address,
        `select (select count(*) from pg_trigger where not tgisinternal) + (select count(*) from pg_proc where pronamespace = 'public'::regnamespace)`,
      );
    expect(left()).toBe('15');
    psql(address, down);
    expect(left()).toBe('0');
    psql(address, down);
    expect(up + down).not.toMatch(/\b(?:commit|rollback)\b/i);
  });

  test('a column that is not there fails in the migration; one that is renamed later fails no write', async () => {
    const { address, told } = await listening(POSTS, ['posts']);
    expect(() => psql(address, postgresTriggers([{ table: 'posts', key: 'slug' }]).up)).toThrow(
      /column "slug" does not exist/,
    );
    expect(() => psql(address, postgresTriggers(['missing']).up)).toThrow(/"missing" does not exist/);
    expect(
      await told(
        'insert into posts (id) values (1); alter table posts rename id to key; insert into posts (key) values (2)',
      ),
    ).toEqual([
      { e: 'posts', a: 'I', k: ['1'] },
      { e: 'posts', a: 'I' },
    ]);
  });
});

test.each<[string, unknown, object, RegExp]>([
  ['no table', [], {}, /Expected `tables` to be an array of tables, and at least one/],
  ['a table twice', ['posts', { table: 'posts' }], {}, /Expected `tables\[1\]` to be another table/],
  ['an empty name', ['blog.'], {}, /Expected `tables\[0\]\.table` to be a name of at most 63 bytes, got ""/],
  [
    'a name that PostgreSQL would cut',
    ['x'.repeat(64)],
    {},
    /Expected `tables\[0\]\.table` to be a name of at most 63/,
  ],
  [
    'a key that is ignored',
    [{ table: 'a', ignore: ['id'] }],
    {},
    /Expected `tables\[0\]\.ignore` to be columns that are neither of the key nor of lists/,
  ],
  ['an unknown option of a table', [{ table: 'a', keys: 'id' }], {}, /Unknown option `tables\[0\]\.keys`/],
  ['an unknown option', ['a'], { chanel: 'x' }, /Unknown option `chanel`\. Did you mean `channel`\?/],
  ['a channel that is none', ['a'], { channel: '' }, /Expected `channel` to be a name of at most 63 bytes/],
  ['an entity that cannot be a tag', [{ table: 'a', entity: 'a\nb' }], {}, /Expected `tables\[0\]\.entity`/],
])('%s is refused', (_name, tables, options, message) => {
  expect(() => postgresTriggers(tables as never, options)).toThrow(message);
});
