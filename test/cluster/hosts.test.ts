import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redis } from '../../src/cluster/redis/index.js';
import { installedRedis, type RunningRedis, startRedis } from '../helpers/redis.js';
import { type Site, startSite } from '../helpers/site.js';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy.js';

const TERM_SECONDS = 3;
let server: RunningRedis;
let names = 0;

interface Host extends Site {
  readonly proxy: TcpProxy;
}

/** A host of a site, in this process: all render the same number, which stands for the database. */
async function startHost(name: string, database: { value: number }): Promise<Host> {
  const proxy = await startTcpProxy(server.socket);
  const cluster = redis({ url: `redis://127.0.0.1:${proxy.port}`, name, termSeconds: TERM_SECONDS });
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
    { cluster },
  );
  return { ...site, proxy };
}

async function startHosts() {
  names += 1;
  const database = { value: 1 };
  const [a, b] = await Promise.all([
    startHost(`site-${names}`, database),
    startHost(`site-${names}`, database),
  ]);
  return { a, b, hosts: [a, b], database };
}

/** Until it is answered from a page. */
async function untilHit(host: Host, target = '/value'): Promise<void> {
  await expect.poll(async () => (await host.request(target)).cache).toBe('staticgenerator; hit');
}

describe.skipIf(installedRedis === undefined)('several hosts', () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  test('what one makes out of date is gone at the other: by path, glob, tag, all, form, publication, regeneration, tracking', async () => {
    const { a, b, hosts, database } = await startHosts();
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

  test('a host that is cut off serves no page, deletes here alone, and tells the others when it is back', async () => {
    const { a, b, hosts, database } = await startHosts();
    await Promise.all(hosts.map((host) => untilHit(host)));
    await untilHit(b, '/other');
    a.proxy.isolate();
    database.value += 1;
    await expect(a.pages.quickDelete('/value')).rejects.toMatchObject({ code: 'ERR_CLUSTER_UNREACHABLE' });
    // The term has ended while it was tried.
    expect(await a.request('/value')).toMatchObject({
      body: 'value 2',
      cache: 'staticgenerator; fwd=bypass; detail=no-term',
    });
    a.proxy.heal();
    await b.logger.waitFor(
      ({ message, fields }) =>
        message === 'pages deleted for other hosts' && String(fields.selectors) === '/value',
    );
    expect((await b.request('/value')).body).toBe('value 2');
    // What was not named stays, for nobody has lost anything.
    expect((await b.request('/other')).cache).toBe('staticgenerator; hit');
    await untilHit(a);
  });

  test('where the log is another one, or was cut, pages are deleted in doubt', async () => {
    const { a, b, hosts, database } = await startHosts();
    await Promise.all(hosts.map((host) => untilHit(host)));
    await server.forgetAll();
    database.value += 1;
    await a.pages.quickDelete({ tag: 'nothing-has-this' });
    for (const host of [a, b]) expect((await host.request('/value')).body).toBe('value 2');
    await Promise.all(hosts.map((host) => untilHit(host)));
  });
});
