import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redis } from '../../../src/cluster/redis/index.js';
import { installedRedis, type RunningRedis, startRedis } from '../../helpers/databases/redis.js';
import { CallLog } from '../../helpers/servers/cdn.js';
import { startTcpProxy } from '../../helpers/servers/tcp-proxy.js';
import { type Site, startSite } from '../../helpers/site/site.js';

const TERM_SECONDS = 3;
const URL_OF_PAGE = 'http://localhost/value';

let server: RunningRedis;
let names = 0;

describe.skipIf(installedRedis === undefined)('a CDN in front of several hosts', () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  /** Starts two hosts, each with a log of its purges. `onPurge` runs before the first host purges the page. */
  async function startHosts(onPurge: () => Promise<void> = async () => undefined) {
    names += 1;
    const name = `cdn-${names}`;
    const database = { value: 1 };
    const start = async (isFirst: boolean) => {
      const proxy = await startTcpProxy(server.socket);
      const cdn = new CallLog();
      const site = await startSite(
        (app, pages) => {
          app.get('/value', (_request, response) => {
            pages.tag('value');
            response.send(`value ${database.value}`);
          });
        },
        {
          hosts: ['localhost'],
          cluster: redis({ url: `redis://127.0.0.1:${proxy.port}`, name, termSeconds: TERM_SECONDS }),
          cdn: {
            service: async (urls, order) => {
              if (isFirst && urls.includes(URL_OF_PAGE)) await onPurge();
              await cdn.purge(urls, order);
            },
            purgeAgainMs: 1,
            waitMs: 20_000,
          },
        },
      );
      return { ...site, cdn, proxy };
    };
    const [a, b] = await Promise.all([start(true), start(false)]);
    return { a, b, database };
  }

  /** Waits until the host serves its stored page. */
  async function untilHit(site: Site): Promise<void> {
    await expect.poll(async () => (await site.request('/value')).cache).toBe('staticgenerator; hit');
  }

  const purgesOfPage = (cdn: CallLog) => cdn.calls.filter(({ urls }) => urls.includes(URL_OF_PAGE));

  test('is told by each of what its own pages tell of', async () => {
    const { a, b } = await startHosts();
    await untilHit(b);
    const from = b.cdn.calls.length;
    expect((await a.pages.quickDelete({ tag: 'value' })).deleted).toEqual([]);
    await b.cdn.waitFor(({ urls }) => urls.includes(URL_OF_PAGE), from);
    await a.pages.quickDelete('/value');
    expect(purgesOfPage(a.cdn)).not.toEqual([]);
  });

  test('is told when the slowest has deleted its page or stopped serving it, whatever it was told before', async () => {
    const servedByOther: boolean[] = [];
    const { a, b, database } = await startHosts(async () => {
      servedByOther.push((await b.request('/value')).body === 'value 1');
    });
    await untilHit(a);
    await untilHit(b);
    database.value = 2;
    // The second host hears nothing, and serves its page until its term ends. Meanwhile the first sends its noted
    // purges.
    b.proxy.freeze();
    await a.pages.quickDelete('/value');
    expect(servedByOther[0]).toBe(true);
    expect(servedByOther.at(-1)).toBe(false);
    expect((await b.request('/value')).body).toBe('value 2');
  });

  test('is told again a term later at the earliest, though the site says sooner', async () => {
    const { a } = await startHosts();
    await untilHit(a);
    await a.pages.quickDelete('/value');
    const sentAt = performance.now();
    const before = a.cdn.calls.length;
    await a.cdn.waitFor(({ urls }) => urls.includes(URL_OF_PAGE), before);
    // A lower bound, which also holds on a slow machine.
    expect(performance.now() - sentAt).toBeGreaterThan((TERM_SECONDS * 1000) / 2);
  });
});
