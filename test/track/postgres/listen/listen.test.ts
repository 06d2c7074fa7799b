import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StaticGenerator } from '../../../../src/static-generator.js';
import type { TrackOptions } from '../../../../src/track/options.js';
import { type ListenOptions, listenPostgres } from '../../../../src/track/postgres/listen/listen.js';
import { trackPgPool } from '../../../../src/track/postgres/pool/pool.js';
import { postgresTriggers } from '../../../../src/track/postgres/triggers/triggers.js';
import {
  type BlogModels,
  type BlogSize,
  blogRows,
  blogSequences,
  blogTables,
  describeModels,
} from '../../../contract/models.js';
import {
  installedPostgres,
  type PostgresAddress,
  psql,
  usePostgres,
} from '../../../helpers/databases/postgres.js';
import { effortFrom } from '../../../helpers/effort.js';
import type { LogLine } from '../../../helpers/recording-logger.js';
import { startTcpProxy } from '../../../helpers/servers/tcp-proxy.js';
import { type Site, startSite } from '../../../helpers/site/site.js';
import { temporaryFolder } from '../../../helpers/temporary.js';
import { IDS, names, plainReads, plainTransaction, plainWrites } from '../blog.js';

/** Long enough for every answer on a busy machine. */
const HEARTBEAT_MS = 1500;

const isListening = ({ message }: LogLine) => message === 'listening to PostgreSQL';

/** Lets a test wait until the listener has handled all earlier notifications. */
class Barrier {
  readonly #waiting = new Map<string, () => void>();
  #count = 0;

  /** For the option `ignore`, which the listener calls when it begins with a change. */
  readonly meets = ({ entity }: { readonly entity: string }): boolean => {
    this.#waiting.get(entity)?.();
    return entity.startsWith('barrier ');
  };

  /** Sends two notifications. The listener begins with the second when everything that came with the first is done. */
  async pass(notify: (payload: string) => Promise<unknown>): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) {
      this.#count += 1;
      const entity = `barrier ${this.#count}`;
      const met = new Promise<void>((resolve) => this.#waiting.set(entity, resolve));
      await notify(JSON.stringify({ e: entity }));
      await met;
    }
  }
}

describe.skipIf(installedPostgres === undefined)('on PostgreSQL', () => {
  const server = usePostgres();

  async function createBlog(
    size: BlogSize,
    { ignoresViews }: { readonly ignoresViews: boolean },
  ): Promise<PostgresAddress> {
    const address = await server.createDatabase();
    const { up } = postgresTriggers([
      ...['authors', 'comments', 'tags'],
      { table: 'posts', ignore: ignoresViews ? ['views'] : [] },
      { table: 'post_tags', key: ['postId', 'tagId'] },
    ]);
    psql(address, `${[...blogTables('postgres'), ...blogRows(size), ...blogSequences].join(';\n')};\n${up}`);
    return address;
  }

  /** Opens the blog. Only the triggers see the writes. */
  async function open(
    pages: StaticGenerator,
    size: BlogSize,
    { ignore, onError }: TrackOptions = {},
  ): Promise<BlogModels> {
    const address = await createBlog(size, { ignoresViews: ignore !== undefined });
    const pool = new pg.Pool({ ...address, max: 2 });
    const detach = trackPgPool(pool, pages, { ids: IDS });
    const unseen = new pg.Pool({ ...address, max: 2 });
    const barrier = new Barrier();
    const listener = listenPostgres(() => new pg.Client(address), pages, {
      ...(onError !== undefined && { onError }),
      ignore: barrier.meets,
    });
    await listener.ready;
    let closed: Promise<void> | undefined;
    const notify = (payload: string) =>
      unseen.query('select pg_notify($1, $2)', ['staticgenerator', payload]);
    const settle = async () => await (closed ?? barrier.pass(notify));
    const transaction = plainTransaction(unseen);
    const entries = Object.entries(plainWrites(unseen)).map(([name, write]) => [
      name,
      async (...given: readonly unknown[]) => {
        await Reflect.apply(write, undefined, given);
        await settle();
      },
    ]);
    return {
      reads: plainReads(pool),
      writes: Object.fromEntries(entries),
      transaction: (work) => transaction(work).finally(settle),
      detach: () => {
        detach();
        closed = listener.close();
      },
      close: async () => {
        await listener.close();
        await Promise.all([pool.end(), unseen.end()]);
      },
    };
  }

  describeModels('triggers and LISTEN', { open, names, precision: 'row', isConcurrent: true, isBrief: true });

  interface Blog extends Site {
    readonly address: PostgresAddress;
    readonly errors: Error[];
    /** Stores all pages, runs SQL with psql, and returns the pages that are deleted when the site has noticed. */
    goneAfter(sql: string): Promise<readonly string[]>;
    settle(): Promise<void>;
    /** Returns the pages that differ from what the app would render now. */
    stale(): Promise<readonly string[]>;
    storeAll(): Promise<void>;
    listening(times: number): Promise<void>;
    /** Returns how often the listener has begun to listen. */
    timesListening(): number;
    readonly listener: ReturnType<typeof listenPostgres>;
  }

  const PATHS = ['/posts/1', '/posts/2', '/posts', '/authors', '/plain'];
  const LOOK = { headers: { cookie: 'unknown=1' } };
  const LIVE = { headers: { cookie: 'sid=1' } };

  async function startBlog(
    options: ListenOptions = {},
    connect: (address: PostgresAddress) => pg.Client | Promise<pg.Client> = (address) =>
      new pg.Client(address),
  ): Promise<Blog> {
    const address = await createBlog({ posts: 4, authors: 2 }, { ignoresViews: true });
    const pool = new pg.Pool({ ...address, max: 2 });
    onTestFinished(() => pool.end());
    const site = await startSite((app, pages) => {
      trackPgPool(pool, pages, { ids: IDS });
      const reads = plainReads(pool);
      const show = (path: string, read: (id: number) => Promise<unknown>) =>
        app.get(path, async (request, response) => {
          response.type('html').send(JSON.stringify((await read(Number(request.params.id))) ?? null));
        });
      show('/posts/:id', reads.post);
      show('/posts', reads.posts);
      show('/authors', reads.rawAuthors);
      show('/plain', async () => 'plain');
    });
    const storeAll = async () => {
      for (const path of PATHS) {
        const { cache } = await site.request(path, LOOK);
        if (!cache.endsWith('hit')) expect((await site.visit(path)).outcome).toBe('stored');
      }
    };
    await storeAll();
    const errors: Error[] = [];
    const listener = listenPostgres(() => connect(address), site.pages, {
      onError: (error) => errors.push(error as Error),
      ...options,
    });
    onTestFinished(() => listener.close());
    let settled = 0;
    const settle = async () => {
      settled += 1;
      const own = `settled ${settled}`;
      const from = site.logger.lines.length;
      await pool.query('select pg_notify($1, $2)', ['staticgenerator', JSON.stringify({ e: own })]);
      const isOwn = ({ message, fields }: LogLine) =>
        message === 'PostgreSQL reported changes' && (fields.entities as string[]).includes(own);
      await site.logger.waitFor(isOwn, from);
    };
    const gone = async () => {
      const found: string[] = [];
      for (const path of PATHS) if (!(await site.request(path, LOOK)).cache.endsWith('hit')) found.push(path);
      return found;
    };
    return {
      ...{ ...site, address, errors, settle, storeAll, listener },
      async goneAfter(sql) {
        await storeAll();
        psql(address, sql);
        await settle();
        return await gone();
      },
      async stale() {
        const found: string[] = [];
        for (const path of PATHS)
          if ((await site.request(path, LOOK)).body !== (await site.request(path, LIVE)).body)
            found.push(path);
        return found;
      },
      timesListening: () => site.logger.lines.filter(isListening).length,
      async listening(times) {
        let seen = 0;
        for (let count = 0; count < times; count += 1) {
          const line = await site.logger.waitFor(isListening, seen);
          seen = site.logger.lines.indexOf(line) + 1;
        }
      },
    };
  }

  const isOfListener = "application_name = 'listener'";
  const named = (address: object) => new pg.Client({ ...address, application_name: 'listener' });
  const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where ${isOfListener}`;

  test('psql deletes exactly the pages that read what it changes, by whatever way', async () => {
    const { goneAfter, listener } = await startBlog();
    await listener.ready;
    const list = ['/posts/1', '/posts'];
    expect(await goneAfter("update posts set title = 'new' where title = 'post 1'")).toEqual(list);
    expect(await goneAfter('update posts set views = views + 1')).toEqual([]);
    expect(await goneAfter("begin; update posts set title = 'never'; rollback")).toEqual([]);
    expect(
      await goneAfter(
        "insert into posts select n, 'bulk', 1 from generate_series(100, 2000) n".replace(
          'posts',
          'posts (id, title, "authorId")',
        ),
      ),
    ).toEqual(['/posts']);
    expect(await goneAfter('delete from posts where id = 2')).toEqual(['/posts/2', '/posts']);
    expect(await goneAfter("update posts set title = 'bulk again'")).toEqual([
      '/posts/1',
      '/posts/2',
      '/posts',
    ]);
    // The cascade deletes posts, although no statement names them.
    const cascade = `alter table posts drop constraint "posts_authorId_fkey",
      add foreign key ("authorId") references authors on delete cascade;`;
    expect(await goneAfter(`${cascade} delete from authors where id = 1`)).toEqual([
      '/posts/1',
      '/posts/2',
      '/posts',
      '/authors',
    ]);
    expect(await goneAfter('truncate authors cascade')).toEqual([
      '/posts/1',
      '/posts/2',
      '/posts',
      '/authors',
    ]);
  });

  test('at the start all pages are deleted, or only those that read one of the `entities`', async () => {
    const all = await startBlog();
    await all.listener.ready;
    expect((await all.request('/plain', LOOK)).cache).not.toMatch(/hit$/);
    const some = await startBlog({ entities: ['authors'] });
    await some.listener.ready;
    const hits: string[] = [];
    for (const path of PATHS) if ((await some.request(path, LOOK)).cache.endsWith('hit')) hits.push(path);
    expect(hits).toEqual(['/posts', '/plain']);
  });

  test('a notification by hand deletes the pages of a table, and one that says nothing all pages', async () => {
    const { goneAfter, listener, errors } = await startBlog();
    await listener.ready;
    expect(await goneAfter(`notify staticgenerator, '{"e":"authors"}'`)).toEqual([
      '/posts/1',
      '/posts/2',
      '/authors',
    ]);
    expect(await goneAfter('notify staticgenerator')).toEqual(PATHS);
    expect(await goneAfter(`notify staticgenerator, 'nonsense'`)).toEqual(PATHS);
    expect(await goneAfter('notify other')).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('what changed while a terminated connection was away is not stale when it is back', async () => {
    let isBarred: Promise<void> = Promise.resolve();
    const blog = await startBlog({}, async (address) => {
      await isBarred;
      return named(address);
    });
    await blog.listening(1);
    await blog.storeAll();
    let lift: () => void = () => undefined;
    isBarred = new Promise((resolve) => {
      lift = resolve;
    });
    psql(blog.address, terminate);
    await blog.logger.waitFor(({ level }) => level === 'error');
    psql(blog.address, "update posts set title = 'unnoticed'");
    expect(await blog.stale()).toEqual(['/posts/1', '/posts/2', '/posts']);
    lift();
    await blog.listening(2);
    expect(await blog.stale()).toEqual([]);
    expect(await blog.goneAfter('update posts set title = id')).toEqual(['/posts/1', '/posts/2', '/posts']);
    expect(blog.errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^notifications of PostgreSQL cannot be received; changes are noticed when they can be again: term/,
      ),
    ]);
  });

  test('what changes just before the connection listens is not stale when it does', async () => {
    let renderAndWrite = async () => undefined as unknown;
    const blog = await startBlog({}, (address) => {
      const client = new pg.Client(address);
      const query = client.query.bind(client) as (text: string) => unknown;
      const late = async (text: string) => {
        if (text.startsWith('listen')) await renderAndWrite();
        return await query(text);
      };
      return Object.assign(client, { query: late as typeof client.query });
    });
    renderAndWrite = async () => {
      await blog.storeAll();
      psql(blog.address, "update posts set title = 'just before'");
    };
    await blog.listener.ready;
    expect(await blog.stale()).toEqual([]);
    expect((await blog.request('/posts')).body).toContain('just before');
  });

  test('a connection that has been cut, that lets nothing pass, or that listens no more is replaced', async () => {
    const clients: pg.Client[] = [];
    let port = 0;
    const blog = await startBlog({ heartbeatMs: HEARTBEAT_MS }, ({ host: _, ...address }) => {
      clients.push(named({ ...address, host: '127.0.0.1', port }));
      return clients.at(-1) as pg.Client;
    });
    const proxy = await startTcpProxy(join(blog.address.host, `.s.PGSQL.${blog.address.port}`));
    port = proxy.port;
    await blog.listening(1);
    const breaks = [proxy.cut, proxy.freeze, () => void clients.at(-1)?.query('unlisten *')];
    for (const [index, breakIt] of breaks.entries()) {
      await blog.storeAll();
      // On a busy machine, the listener may have given up more connections than were broken here.
      const before = blog.timesListening();
      breakIt();
      psql(blog.address, `update posts set title = 'version ${index}'`);
      await blog.listening(before + 1);
      expect(await blog.stale()).toEqual([]);
    }
    const told = blog.errors.map(({ message }) => message).join('\n');
    expect(told).toContain(`no answer within ${HEARTBEAT_MS} ms`);
    expect(told).toMatch(/LISTEN does not persist/);
  });

  test('writers and renders at once leave no stale page though the connection is killed again and again', async () => {
    const blog = await startBlog({}, named);
    await blog.listening(1);
    const turns = effortFrom('STATICGENERATOR_KILLS', { usual: 5, long: 50 });
    let isOver = false;
    const writer = async (own: number) => {
      const client = new pg.Client(blog.address);
      await client.connect();
      for (let version = 0; !isOver; version += 1)
        await client.query('update posts set title = $1 where id = $2', [`version ${version}`, own]);
      await client.end();
    };
    const reader = async () => {
      while (!isOver) for (const path of PATHS) await blog.request(path);
    };
    const kill = async () => {
      for (let count = 0; count < turns; count += 1) {
        psql(blog.address, terminate);
        await blog.listening(count + 2);
      }
      isOver = true;
    };
    await Promise.all([kill(), writer(1), writer(2), reader(), reader()]);
    await blog.settle();
    await Promise.all(PATHS.map((path) => blog.request(path)));
    expect(await blog.stale()).toEqual([]);
  });

  test('a server that is not there is tried again and told once, and close() ends that', async () => {
    let attempts = 0;
    let tell: () => void = () => undefined;
    const tried = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const blog = await startBlog({}, () => {
      attempts += 1;
      if (attempts === 4) tell();
      throw new Error('no server');
    });
    await tried;
    await blog.listener.close();
    await blog.listener.ready;
    const made = attempts;
    expect(blog.errors).toHaveLength(1);
    expect(
      blog.logger.lines.filter(({ message }) => message.includes('no server')).map(({ level }) => level),
    ).toEqual(['debug', 'debug']);
    await blog.listener.close();
    expect(attempts).toBe(made);
  });

  test.each(['at rest', 'frozen'])('close() lets the process end, with the connection %s', async (state) => {
    const address = await createBlog({ posts: 4, authors: 2 }, { ignoresViews: true });
    const proxy = await startTcpProxy(join(address.host, `.s.PGSQL.${address.port}`));
    const script = fileURLToPath(new URL('process.mjs', import.meta.url));
    const connection = JSON.stringify({ ...address, host: '127.0.0.1', port: proxy.port });
    const child = spawn(process.execPath, [script, await temporaryFolder(), connection]);
    const [errors, [first]] = await Promise.all([
      text(child.stderr),
      once(child.stdout, 'data').then(async (said) => {
        if (state === 'frozen') proxy.freeze();
        child.stdin.end('close');
        return said;
      }),
    ]);
    expect(String(first)).toBe('ready\n');
    if (child.exitCode === null) await once(child, 'exit');
    expect([child.exitCode, errors]).toEqual([0, '']);
  });
});

test('what is no function, and options that are none, are refused by name', () => {
  const pages = { track: () => expect.unreachable() };
  expect(() => listenPostgres({} as never, pages, { heartbeatMs: 0, channel: '' })).toThrow(
    /Expected `createClient` to be a function.*Expected `channel` to be a name.*Expected `heartbeatMs` to be a positive/s,
  );
});
