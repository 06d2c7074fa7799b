import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { purge } from '../../../src/cluster/cdn/purge.js';
import type { CdnService } from '../../../src/cluster/cdn/service.js';
import { type Deferred, deferred } from '../../helpers/deferred.js';
import { effort } from '../../helpers/effort.js';
import { TestProcess } from '../../helpers/process/child-process.js';
import { Random } from '../../helpers/protocol/choices.js';
import {
  EDGE_HEADERS,
  type Edge,
  type Fetches,
  openFolder,
  SharedEdge,
  startFront,
} from '../../helpers/protocol/edge.js';
import { installedVarnish } from '../../helpers/servers/varnish.js';
import { listen, send, startSite } from '../../helpers/site/site.js';

const EDITS = effort({ usual: 30, long: 200 });
/** The number of kills, in turn during a deletion by tag and by path. */
const ROUNDS = effort({ usual: 2, long: 5 });
const PAGES = 8;
const VISITORS = 6;
/** Short, because the tests use real time. */
const AGAIN_MS = 150;

const varnish = new SharedEdge();
beforeAll(async () => {
  if (installedVarnish !== undefined) await varnish.start();
});
afterAll(() => varnish.stop());

/** Wraps a service, and reports the purges that it accepted. */
function watched(service: CdnService, fetches: Fetches) {
  const waiting = new Set<{ readonly path: string; readonly resolve: (sentAt: number) => void }>();
  const accepted = new Map<string, number>();
  const told: CdnService = {
    ...service,
    purge: async (urls, order) => {
      const sentAt = fetches.now();
      await service.purge(urls, order);
      for (const url of order.all ? [] : urls) accepted.set(url, Math.max(sentAt, accepted.get(url) ?? 0));
      for (const one of waiting)
        if (!order.all && urls.includes(`http://localhost${one.path}`)) {
          waiting.delete(one);
          one.resolve(sentAt);
        }
    },
  };
  /** Returns when the next accepted purge of a path was sent. Everything that was fetched before that is gone. */
  const next = (path: string) => new Promise<number>((resolve) => waiting.add({ path, resolve }));
  /** Returns when the last accepted purge of a path was sent. */
  const lastSentAt = (path: string) => accepted.get(`http://localhost${path}`) ?? 0;
  return { service: told, next, lastSentAt };
}

/** Starts a site whose pages show the version that a test sets, behind Varnish, and behind nginx if wanted. */
async function startAll({ nginx }: { readonly nginx: boolean }) {
  const versions = new Map<string, number>();
  const webRoot = join(await openFolder(), 'pages');
  let origin = 0;
  const edge = await varnish.before(() => origin);
  const { service, next, lastSentAt } = watched(purge({ urls: [edge.address] }), edge.fetches);
  const site = await startSite(
    (app, pages) => {
      app.get('/pages/:name', (request, response) => {
        pages.tag(request.path);
        response.send(`${versions.get(request.path) ?? 0} ${request.path}`);
      });
      app.get('/brief', (_request, response) =>
        response.set('Cache-Control', 'max-age=1').send(`${versions.get('/brief') ?? 0}`),
      );
    },
    { webRoot, hosts: ['localhost'], cdn: { service, headers: EDGE_HEADERS, purgeAgainMs: AGAIN_MS } },
  );
  origin = nginx ? await startFront(webRoot, site.port) : site.port;
  return { site, edge, versions, next, lastSentAt, origin };
}

function versionIn(body: string): number {
  return Number.parseInt(body, 10);
}

describe.skipIf(installedVarnish === undefined)('with a real Varnish in front', () => {
  test('Varnish keeps a page, and has another one when quickDelete has resolved', async () => {
    const { site, edge, versions, origin } = await startAll({ nginx: true });
    expect(await edge.read('/pages/a')).toBe('0 /pages/a');
    versions.set('/pages/a', 1);
    expect(await edge.read('/pages/a')).toBe('0 /pages/a');
    await site.pages.quickDelete('/pages/a');
    expect(await edge.read('/pages/a')).toBe('1 /pages/a');
    versions.set('/pages/a', 2);
    await site.pages.quickDelete({ tag: '/pages/a' });
    expect(await edge.read('/pages/a')).toBe('2 /pages/a');
    versions.set('/pages/a', 3);
    await site.pages.quickPublish('/pages/a');
    expect(await edge.read('/pages/a')).toBe('3 /pages/a');
    versions.set('/pages/a', 4);
    await site.pages.quickDelete('/pages/a', { refresh: 'regenerate' });
    expect(await edge.read('/pages/a')).toBe('4 /pages/a');
    // nginx served it, with the header that lets Varnish keep it.
    expect(await send(origin, '/pages/a')).toMatchObject({
      ...{ cache: 'staticgenerator; hit', body: '4 /pages/a' },
      headers: { server: expect.stringMatching(/^nginx/), 'surrogate-control': 'max-age=86400' },
    });
    versions.set('/pages/a', 5);
    expect(await edge.read('/pages/a')).toBe('4 /pages/a');
  });

  test('by whichever spelling of the host', async () => {
    const { site, edge, versions } = await startAll({ nginx: false });
    const hosts = ['localhost', 'LOCALHOST', `localhost:${edge.port}`];
    const bodies = async () =>
      await Promise.all(
        hosts.map(async (host) => (await send(edge.port, '/pages/a', { headers: { host } })).body),
      );
    expect(await bodies()).toEqual(hosts.map(() => '0 /pages/a'));
    versions.set('/pages/a', 1);
    await site.pages.quickDelete('/pages/a');
    expect(await bodies()).toEqual(hosts.map(() => '1 /pages/a'));
  });

  test('a page whose time is over leaves Varnish too', async () => {
    const { edge, versions, next } = await startAll({ nginx: false });
    expect(await edge.read('/brief')).toBe('0');
    versions.set('/brief', 1);
    await next('/brief');
    expect(await edge.read('/brief')).toBe('1');
  });

  test('everything is purged where pages of another version are', async () => {
    const { site, edge, versions } = await startAll({ nginx: false });
    await edge.read('/pages/a');
    versions.set('/pages/a', 1);
    await site.pages.close();
    const service = purge({ urls: [edge.address] });
    const again = await startSite(() => undefined, {
      ...{ webRoot: site.webRoot, hosts: ['localhost'], version: '2', cdn: service },
    });
    await again.logger.waitFor(({ message }) => message === 'everything purged at the CDN');
    // The new app has no route for this page.
    expect(await edge.read('/pages/a')).not.toContain('0 /pages/a');
  });

  test('what was on its way to Varnish when a page was deleted is purged after a while', async () => {
    const { site, edge, versions, next } = await startAll({ nginx: true });
    const held = edge.fetches.hold('/pages/a');
    const slow = edge.read('/pages/a');
    await held.reached;
    versions.set('/pages/a', 1);
    await site.pages.quickDelete('/pages/a');
    const second = next('/pages/a');
    held.release();
    expect(await slow).toBe('0 /pages/a');
    await second;
    expect(await edge.read('/pages/a')).toBe('1 /pages/a');
  });

  test.each([
    ['the app', false],
    ['nginx', true],
  ])('%s before it: no stale byte through edits with concurrent visitors', async (_name, nginx) => {
    const { site, edge, versions, next, lastSentAt } = await startAll({ nginx });
    const random = new Random(nginx ? 1 : 2);
    const paths = Array.from({ length: PAGES }, (_, n) => `/pages/${n}`);
    /** The lowest version that a request that begins now may get, by path. */
    const floors = new Map<string, number>();
    const stale: string[] = [];
    const figures = { reads: 0, strict: 0, late: 0 };
    let isOver = false;

    const visit = async () => {
      while (!isOver) {
        const path = paths[random.below(PAGES)] ?? '';
        const floor = floors.get(path) ?? 0;
        const body = await edge.read(path);
        figures.reads += 1;
        if (!(versionIn(body) >= floor)) stale.push(`${path}: ${body}, expected ${floor}`);
      }
    };
    const raise = (path: string, version: number) =>
      floors.set(path, Math.max(version, floors.get(path) ?? 0));
    const later: Promise<void>[] = [];
    /**
     * What was fetched before the edit may reach Varnish after its purge. Such a page may be stale until its next
     * purge, but no longer.
     */
    const edit = async (version: number): Promise<void> => {
      const path = paths[random.below(PAGES)] ?? '';
      versions.set(path, version);
      await site.pages.quickDelete(random.below(2) === 0 ? path : { tag: path });
      const fetches = edge.fetches.of(path);
      const isPurged = (sentAt: number) => fetches.every(({ endedAt }) => endedAt < sentAt);
      if (isPurged(lastSentAt(path))) {
        figures.strict += 1;
        return void raise(path, version);
      }
      const raised = next(path).then((sentAt) => {
        if (!isPurged(sentAt)) return;
        figures.late += 1;
        raise(path, version);
      });
      later.push(raised);
    };
    const visitors = Promise.all(Array.from({ length: VISITORS }, visit));
    const edits: Promise<void>[] = [];
    for (let version = 1; version <= EDITS; version += 1) {
      const edited = edit(version);
      edits.push(edited);
      await Promise.race([edited, visitors, edge.read(paths[random.below(PAGES)] ?? '')]);
    }
    // If a visitor gets no answer, the test ends.
    await Promise.race([Promise.all(edits), visitors]);
    for (const path of paths) await site.pages.quickDelete(path);
    await Promise.race([Promise.all(later), visitors]);
    isOver = true;
    await visitors;
    expect(stale).toEqual([]);
    expect(figures.strict + figures.late).toBeGreaterThan(EDITS / 2);
    expect(figures.reads).toBeGreaterThan(EDITS);
    for (const path of paths) {
      await site.pages.quickDelete(path);
      expect(versionIn(await edge.read(path))).toBe(versions.get(path) ?? 0);
    }
  });
});

/** What happens to purges on their way to Varnish. */
interface Gate {
  is: 'open' | 'holding' | 'broken';
  /** Resolves when a purge has arrived while the gate is `holding`. */
  arrived: Deferred;
}

describe.skipIf(installedVarnish === undefined)('with a real Varnish, and an app that can be killed', () => {
  /** Starts an app whose purges pass a gate, where the test sees them and can hold them back. */
  async function startKillable() {
    const folder = await openFolder();
    const database = join(folder, 'database');
    const save = (text: string) => writeFileSync(database, text);
    save('first');
    let port = 0;
    const edge: Edge = await varnish.before(() => port);
    const gate: Gate = { is: 'open', arrived: deferred() };
    /** The addresses of the purges that have arrived. */
    const sent: string[] = [];
    const purgeAt = await listen(async (request, response) => {
      const { method = '', url = '', headers } = request;
      sent.push(`${headers.host}${url}`);
      if (gate.is === 'holding') return gate.arrived.resolve();
      if (gate.is === 'broken') return void request.destroy();
      const answer = await send(edge.port, url, { method, headers }).catch(() => undefined);
      response.writeHead(answer?.status ?? 502).end();
    });
    const startProcess = async () => {
      const argument = {
        ...{ webRoot: join(folder, 'pages'), database, headers: EDGE_HEADERS },
        purgeAt: `http://127.0.0.1:${purgeAt}`,
      };
      const process = new TestProcess('protocol/edge-process.mjs', argument);
      port = Number((await process.waitFor('listening')).port);
      return process;
    };
    /** Starts a process, and waits until it has purged something. */
    const start = async () => {
      const process = await startProcess();
      await process.waitFor('log', ({ message }) => / purged at the CDN$/.test(String(message)));
      return process;
    };
    const purgedSince = async (process: TestProcess, from = 0) =>
      await process.waitFor('log', ({ message }) => message === 'pages purged at the CDN', from);
    /**
     * Waits until the page is stored. Before that, a deletion also notes a purge for the copy on its way to Varnish.
     */
    const untilStored = async (path: string) => {
      const headers = { host: 'localhost' };
      await expect.poll(async () => (await send(port, path, { headers })).cache).toBe('staticgenerator; hit');
    };
    return { edge, gate, sent, save, start, startProcess, untilStored, purgedSince };
  }

  test('kill -9 between the removal and the purge: the next process purges', async () => {
    const { edge, gate, save, start } = await startKillable();
    let process = await start();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const before = await edge.read('/a');
      save(`text ${round}`);
      gate.is = 'holding';
      gate.arrived = deferred();
      process.command('delete', { targets: round % 2 === 0 ? ['/a'] : [{ tag: 'text' }] });
      await gate.arrived.promise;
      await process.kill();
      // No process has sent the purge yet.
      expect(await edge.read('/a')).toBe(before);
      gate.is = 'open';
      process = await start();
      expect(await edge.read('/a')).toBe(`text ${round}`);
    }
  });

  test('two processes of a host send what waits once, and one sends what the other was killed over', async () => {
    const { edge, gate, sent, save, start, startProcess, untilStored } = await startKillable();
    const [one, other] = [await start(), await startProcess()];
    const byTag = { tag: 'text' };
    const deleteAt = async (process: TestProcess, target: unknown) => {
      const from = process.told.length;
      process.command('delete', { targets: [target] });
      expect((await process.waitFor('deleted', () => true, from)).error).toBeUndefined();
    };
    /**
     * Returns the purges of a path. Deletes another page first, so that everything noted before has been sent, or never
     * is.
     */
    const sentOf = async (path: string) => {
      for (const process of [one, other])
        if (process.child.signalCode === null) await deleteAt(process, '/later');
      return sent.filter((address) => address.endsWith(path));
    };
    for (const process of [one, other]) {
      expect(await edge.read('/a')).toBe('first');
      await untilStored('/a');
      sent.length = 0;
      save('next');
      // A deletion by path would be noted twice: for the path that was named, and for the page that is gone.
      await deleteAt(process, byTag);
      expect(await edge.read('/a')).toBe('next');
      expect(await sentOf('/a')).toEqual(['localhost/a']);
      save('first');
      await deleteAt(process, byTag);
    }

    expect(await edge.read('/b')).toBe('first');
    await untilStored('/b');
    save('last');
    gate.is = 'holding';
    gate.arrived = deferred();
    one.command('delete', { targets: [byTag] });
    await gate.arrived.promise;
    await one.kill();
    expect(await edge.read('/b')).toBe('first');
    sent.length = 0;
    gate.is = 'open';
    // When another process takes the place of the killed one, its claim ends.
    await startProcess();
    await expect.poll(() => edge.read('/b')).toBe('last');
    expect(await sentOf('/b')).toEqual(['localhost/b']);
  });

  test('a CDN that is away for a while: quickDelete says so, and it is purged when it is back', async () => {
    const { edge, gate, save, start, purgedSince } = await startKillable();
    const process = await start();
    expect(await edge.read('/a')).toBe('first');
    save('second');
    gate.is = 'broken';
    process.command('delete', { targets: ['/a'] });
    expect((await process.waitFor('deleted')).error).toBe('ERR_CDN_UNREACHABLE');
    expect(await edge.read('/a')).toBe('first');
    gate.is = 'open';
    await purgedSince(process, process.told.length);
    expect(await edge.read('/a')).toBe('second');
  });

  test('a Varnish that comes back has nothing, and is told all the same', async () => {
    const { edge, save, start } = await startKillable();
    const process = await start();
    expect(await edge.read('/a')).toBe('first');
    await edge.restart();
    save('second');
    process.command('delete', { targets: ['/a'] });
    expect((await process.waitFor('deleted')).error).toBeUndefined();
    expect(await edge.read('/a')).toBe('second');
  });
});
