import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Cluster } from '../../src/cluster/bus.js';
import { postgresBus } from '../../src/cluster/postgres/index.js';
import { redis } from '../../src/cluster/redis/index.js';
import {
  installedPostgres,
  type PostgresAddress,
  queryOnce,
  usePostgres,
} from '../helpers/databases/postgres.js';
import { installedRedis, type RunningRedis, startRedis } from '../helpers/databases/redis.js';
import { startTcpProxy, type TcpProxy } from '../helpers/servers/tcp-proxy.js';
import { type Site, startSite } from '../helpers/site/site.js';

const TERM_SECONDS = 3;
/** For tests in which no term may end, even on a machine that is busy with other things. */
const LONG_TERM_SECONDS = 60;
let names = 0;

/** An engine whose bus several hosts share. Each host reaches it through its own proxy. */
interface SharedEngine {
  /** The socket that the engine listens on. */
  socket(): string;
  cluster(port: number, name: string, termSeconds: number): Cluster;
  /** Loses all data. */
  forgetAll(): Promise<void>;
}

function useRedis(): SharedEngine {
  let server: RunningRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());
  return {
    socket: () => server.socket,
    cluster: (port, name, termSeconds) => redis({ url: `redis://127.0.0.1:${port}`, name, termSeconds }),
    forgetAll: () => server.forgetAll(),
  };
}

function usePostgresBus(): SharedEngine {
  const server = usePostgres();
  let address: PostgresAddress;
  beforeAll(async () => {
    address = await server.createDatabase();
  });
  return {
    socket: () => `${address.host}/.s.PGSQL.${address.port}`,
    cluster: (port, name, termSeconds) => {
      const pool = new pg.Pool({ ...address, host: '127.0.0.1', port });
      onTestFinished(() => pool.end());
      return postgresBus(pool, { name, termSeconds });
    },
    forgetAll: async () => {
      await queryOnce(
        address,
        'drop table staticgenerator_bus, staticgenerator_bus_host, staticgenerator_bus_log',
      );
    },
  };
}

const ENGINES = [
  { name: 'Redis', use: useRedis, isInstalled: installedRedis !== undefined },
  { name: 'PostgreSQL', use: usePostgresBus, isInstalled: installedPostgres !== undefined },
].filter(({ isInstalled }) => isInstalled);

interface Host extends Site {
  readonly proxy: TcpProxy;
}

/** Starts a host of a site in this process. All hosts render the same number, which stands for the database. */
async function startHost(
  engine: SharedEngine,
  database: { value: number },
  { name, termSeconds }: { readonly name: string; readonly termSeconds: number },
): Promise<Host> {
  const proxy = await startTcpProxy(engine.socket());
  const site = await startSite(
    (app, pages) => {
      app.get(['/value', '/other'], (_request, response) => {
        pages.tag('value');
        response.send(`value ${database.value}`);
      });
      app.post('/value', (_request, response) => {
        database.value += 1;
        response.send('saved');
      });
    },
    {
      cluster: engine.cluster(proxy.port, name, termSeconds),
      urls: [{ match: /^\//, query: { page: /^\d$/ } }],
    },
  );
  return { ...site, proxy };
}

async function startHosts(engine: SharedEngine, termSeconds = TERM_SECONDS) {
  names += 1;
  const database = { value: 1 };
  const start = () => startHost(engine, database, { name: `site-${names}`, termSeconds });
  const [a, b] = await Promise.all([start(), start()]);
  return { a, b, hosts: [a, b], database };
}

/** Waits until the host answers with a stored page. */
async function untilHit(host: Host, target = '/value'): Promise<void> {
  await expect.poll(async () => (await host.request(target)).cache).toBe('staticgenerator; hit');
}

describe.each(ENGINES)('several hosts that share $name', ({ use }) => {
  const engine = use();

  test('what one makes out of date is gone at the other: by path, glob, tag, all, form, publication, regeneration, tracking', async () => {
    const { a, b, hosts, database } = await startHosts(engine);
    const tracker = a.pages.track();
    const changes: Readonly<Record<string, () => Promise<unknown>>> = {
      path: () => a.pages.quickDelete('/value'),
      glob: () => b.pages.quickDelete('/val*'),
      tag: () => a.pages.quickDelete({ tag: 'value' }),
      all: () => b.pages.quickDelete('/**'),
      form: () => a.request('/value', { method: 'POST' }),
      publication: () => b.pages.quickPublish('/value'),
      regeneration: () => a.pages.quickDelete('/value', { refresh: 'regenerate' }),
      tracking: () => tracker.changedAnything('a test'),
    };
    for (const [name, change] of Object.entries(changes)) {
      await Promise.all(hosts.map((host) => untilHit(host)));
      database.value += 1;
      await change();
      for (const host of hosts)
        expect([name, (await host.request('/value')).body]).toEqual([name, `value ${database.value}`]);
    }
  });

  test('a page with a query is gone at the other by its path or its query, and by no other', async () => {
    const { a, b, database } = await startHosts(engine, LONG_TERM_SECONDS);
    const targets = ['/value?page=2', '/value?page=3', '/value'];
    const gone = new Map([
      ['/value?page=2', ['/value?page=2']],
      ['/value', targets],
      ['/val*', targets],
      ['/other', []],
    ]);
    for (const [named, pages] of gone) {
      for (const target of targets) await untilHit(b, target);
      database.value += 1;
      await a.pages.quickDelete(named);
      for (const target of targets) {
        const { cache } = await b.request(target, { headers: { cookie: 'unknown=1' } });
        expect([named, target, cache.endsWith('hit')]).toEqual([named, target, !pages.includes(target)]);
      }
    }
  });

  test('a host that is cut off serves no page, deletes here alone, and tells the others when it is back', async () => {
    const { a, b, hosts, database } = await startHosts(engine);
    await Promise.all(hosts.map((host) => untilHit(host)));
    await untilHit(b, '/other');
    const started = a.logger.lines.length;
    const serves = a.logger.lines.find(({ message }) => message === 'this host serves pages');
    expect(serves).toMatchObject({ level: 'info', fields: { host: expect.any(String), position: 0 } });
    a.proxy.isolate();
    database.value += 1;
    await expect(a.pages.quickDelete('/value')).rejects.toMatchObject({ code: 'ERR_CLUSTER_UNREACHABLE' });
    // The term has ended during the attempt.
    expect(await a.request('/value')).toMatchObject({
      body: 'value 2',
      cache: 'staticgenerator; fwd=bypass; detail=no-term',
    });
    await a.logger.waitFor(({ message }) => /^this host serves no pages/.test(message), started);
    a.proxy.heal();
    await b.logger.waitFor(
      ({ message, fields }) =>
        message === 'pages deleted for other hosts' && String(fields.selectors) === '/value',
    );
    expect((await b.request('/value')).body).toBe('value 2');
    // The page that was not named stays, because no host has missed an entry.
    expect((await b.request('/other')).cache).toBe('staticgenerator; hit');
    await untilHit(a);
    // The log reports once that the host stopped serving, and once that it serves again.
    const terms = a.logger.lines
      .slice(started)
      .filter(({ message }) => message.startsWith('this host serves'))
      .slice(0, 2);
    expect(terms.map(({ level }) => level)).toEqual(['warn', 'info']);
    expect(terms.map(({ fields }) => fields.host)).toEqual([serves?.fields.host, serves?.fields.host]);
  });

  test('where the log is another one, or was cut, pages are deleted in doubt', async () => {
    const { a, b, hosts, database } = await startHosts(engine);
    await Promise.all(hosts.map((host) => untilHit(host)));
    await engine.forgetAll();
    database.value += 1;
    await a.pages.quickDelete({ tag: 'nothing-has-this' });
    for (const host of [a, b]) expect((await host.request('/value')).body).toBe('value 2');
    await Promise.all(hosts.map((host) => untilHit(host)));
  });
});
