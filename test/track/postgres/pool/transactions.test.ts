import pg from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { PgPoolOptions } from '../../../../src/track/postgres/index.js';
import { trackPgPool } from '../../../../src/track/postgres/pool/pool.js';
import { installedPostgres, psql, usePostgres } from '../../../helpers/databases/postgres.js';
import { effort } from '../../../helpers/effort.js';
import type { LogLine } from '../../../helpers/recording-logger.js';
import { type Site, startSite } from '../../../helpers/site/site.js';

const TABLES = `
create table posts (id integer primary key, title text not null);
create table comments (id integer primary key, post integer references posts deferrable initially deferred);
create view titles as select title from posts;
create procedure retitle() language sql as $$ update posts set title = 'called' $$;
create procedure look() language sql as $$ select 1 $$;
insert into posts select n, 'post ' || n from generate_series(1, 200) as n;`;

interface Blog extends Site {
  readonly pool: pg.Pool;
  /** Stores the page of post 1, and returns what it shows after the work. */
  after(work: (pool: pg.Pool) => Promise<unknown>): Promise<string>;
}

describe.skipIf(installedPostgres === undefined)('on PostgreSQL', () => {
  const server = usePostgres();

  async function startBlog(options: PgPoolOptions = {}): Promise<Blog> {
    const address = await server.createDatabase();
    psql(address, TABLES);
    const pool = new pg.Pool({ ...address, max: 2 });
    onTestFinished(() => pool.end());
    const site = await startSite((app, pages) => {
      trackPgPool(pool, pages, { ids: { posts: 'id' }, ...options });
      app.get('/posts/:id', async (request, response) => {
        const { rows } = await pool.query('select title from posts where id = $1', [request.params.id]);
        response.type('html').send(String(rows[0]?.title));
      });
      app.get('/callbacks/:id', (request, response) => {
        const { id } = request.params;
        pool.connect((_error, client, release) => {
          client?.query('select title from posts where id = $1', [id], (_failure, { rows: [post] }) => {
            // The next query needs a connection of the pool again, for which the other renders wait too.
            release();
            pool.query('select id from posts where id = $1', [Number(id) + 1000], (_fault, { rows }) => {
              response.type('html').send(`${post.title} ${rows.length}`);
            });
          });
        });
      });
      app.get('/stream', async (_request, response) => {
        const client = await pool.connect();
        // Enough data and time that the server sends the first row before it has the last.
        const padding = "select repeat('x', 20000) union all select pg_sleep(0.5)::text";
        const query = client.query(
          new pg.Query(`select rpad(title, 20000) as title from posts where id = 1 union all ${padding}`),
        );
        query.once('row', ({ title }) => response.type('html').send(title.trim()));
        query.on('end', () => client.release());
      });
      app.get('/view', async (_request, response) => {
        const { rows } = await pool.query('select title from titles order by title');
        response.type('html').send(JSON.stringify(rows));
      });
    });
    const after: Blog['after'] = async (work) => {
      expect((await site.visit('/posts/1')).outcome).toBe('stored');
      await work(pool);
      return (await site.request('/posts/1')).body;
    };
    return { ...site, pool, after };
  }

  /** Runs statements on one connection. It continues after statements that fail. */
  const inOne =
    (...statements: readonly string[]) =>
    async (pool: pg.Pool) => {
      const client = await pool.connect();
      for (const statement of statements) await client.query(statement).catch(() => undefined);
      client.release();
    };

  const update = "update posts set title = 'new' where id = 1";

  test.each<[string, string[], string]>([
    ['that is ended by END', ['begin', update, 'end'], 'new'],
    ['in one text with its end', [`begin; ${update}; commit`], 'new'],
    ['without a commit of its own, of two statements', [`${update}; select 1`], 'new'],
    ['chained to another that is rolled back', ['begin', update, 'commit and chain', 'rollback'], 'new'],
    [
      'that goes on after the rollback of a savepoint, whatever stands between its words',
      ['begin', update, 'savepoint a', 'rollback /* only */ to -- this\n savepoint a', 'commit'],
      'new',
    ],
    [
      'whose rollback is in one text with that of a savepoint',
      ['begin', 'savepoint a', 'rollback to a; rollback', update],
      'new',
    ],
    ['that had failed when it was committed', ['begin', update, 'select 1 / 0', 'commit'], 'post 1'],
    [
      'whose commit the server refuses',
      ['begin', update, 'insert into comments values (1, 999)', 'commit'],
      'post 1',
    ],
    ['that another ends', ['begin', update, "prepare transaction 'one'", "commit prepared 'one'"], 'new'],
    [
      'prepared by SQL, and run',
      ["prepare retitle as update posts set title = 'new'", 'execute retitle'],
      'new',
    ],
    ['with a query in it', ["with changed as (update posts set title = 'new' returning *) select 1"], 'new'],
  ])('a transaction %s leaves no stale page', async (_name, statements, expected) => {
    const { after } = await startBlog();
    expect(await after(inOne(...statements))).toBe(expected);
  });

  test.each<[string, PgPoolOptions, string, string, boolean]>([
    ['deletes all pages', {}, 'call retitle()', 'called', true],
    [
      'that the option `procedures` names deletes what it writes',
      { procedures: { retitle: ['posts'] } },
      'call public.retitle()',
      'called',
      false,
    ],
    ['in a block deletes all pages', {}, 'do $$ begin call retitle(); end $$', 'called', true],
    [
      'that writes nothing, as the option says, deletes none',
      { procedures: { look: [] } },
      'call look()',
      'post 1',
      false,
    ],
  ])('a procedure %s', async (_name, options, statement, expected, isTold) => {
    const errors: unknown[] = [];
    const { after, logger } = await startBlog({ ...options, onError: (error) => errors.push(error) });
    expect(await after((pool) => pool.query(statement))).toBe(expected);
    expect(errors.length > 0).toBe(isTold);
    const isAll = (line: LogLine) => String(line.fields.selectors) === 'everything';
    expect(logger.lines.some(isAll)).toBe(isTold);
  });

  test('a write that is carried out after its caller has given up leaves no stale page', async () => {
    const { logger, request, visit, pool } = await startBlog();
    const deletion = async (from: number) =>
      logger.lines.indexOf(await logger.waitFor(({ message }) => message === 'pages deleted', from)) + 1;
    const other = new pg.Client(pool.options);
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('begin; select title from posts where id = 1 for update');
    const late = { text: "update posts set title = 'late' where id = 1", query_timeout: 50 };
    await expect(pool.query(late)).rejects.toThrow('timeout');
    // One deletion for the error that the caller gets, and one for the end of the connection.
    let seen = await deletion(await deletion(0));
    // A deletion during the render voids it, and there is one a second after the end of the connection.
    await vi.waitFor(
      async () => expect(await visit('/posts/1')).toMatchObject({ outcome: 'stored', body: 'post 1' }),
      { timeout: 30_000 },
    );
    // The server does not know that the caller has given up, and continues.
    await other.query('commit');
    await other.query('begin; select title from posts where id = 1 for update; commit');
    while ((await request('/posts/1')).body !== 'late') seen = await deletion(seen);
  });

  test('callbacks read for the page that waits for them, with many renders and a pool of two', async () => {
    const { request, pool } = await startBlog();
    const ids = Array.from({ length: effort({ usual: 40, long: 200 }) }, (_, index) => index + 1);
    await Promise.all(ids.map((id) => request(`/callbacks/${id}`)));
    for (const id of ids) expect((await request(`/callbacks/${id}`)).cache).toMatch(/hit$/);
    await pool.query("update posts set title = 'new ' || id");
    for (const id of ids) expect((await request(`/callbacks/${id}`)).body).toBe(`new ${id} 0`);
  });

  test('a page that was sent before its stream ended goes with what it has read', async () => {
    const { visit, request, pool } = await startBlog();
    expect((await visit('/stream')).outcome).toBe('stored');
    await pool.query(update);
    expect((await request('/stream')).body).toBe('new');
  });

  test('a page that read a view goes with the tables that the option `views` names', async () => {
    const { visit, request, pool } = await startBlog({ views: { titles: ['public.Posts'] } });
    expect((await visit('/view')).outcome).toBe('stored');
    await pool.query('delete from posts where id <> 1');
    expect((await request('/view')).body).toBe('[{"title":"post 1"}]');
  });

  test('a pool that is none, and options that are none, are refused by name', () => {
    const pages = { track: () => expect.unreachable() };
    expect(() => trackPgPool({} as pg.Pool, pages, { views: { a: 'b' } as never })).toThrow(
      /Expected `pool` to be a pool of pg.*Expected `views` to be an object of arrays/s,
    );
  });

  test.each([
    ['cascades', { posts: 'comments' }],
    ['ids', { posts: 1 }],
    ['ids', null],
    ['lists', { posts: [1] }],
  ])('of the options of every tracker, `%s` that is none is refused by name: %j', async (option, value) => {
    const address = await server.createDatabase();
    const pool = new pg.Pool({ ...address, max: 1 });
    onTestFinished(() => pool.end());
    await startSite((_app, pages) => {
      expect(() => trackPgPool(pool, pages, { [option]: value } as never)).toThrow(
        `Expected \`${option}\` to be `,
      );
    });
  });
});
