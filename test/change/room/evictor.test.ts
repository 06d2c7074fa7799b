import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canMount, mountMemory } from '../../helpers/protocol/faults/mounts.js';
import { type Site, type SiteOptions, startSite } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { statisticsOf, storedPaths } from '../../operate/hits/counted-site.js';

const HIT = 'staticgenerator; hit';

async function startBounded(options: SiteOptions, body = 'a page') {
  const renders = new Map<string, number>();
  const site = await startSite((app, pages) => {
    app.use((request, response) => {
      renders.set(request.path, (renders.get(request.path) ?? 0) + 1);
      pages.tag('page');
      response.send(`${body} ${request.path}`);
    });
  }, options);
  const visitAll = async (...paths: readonly string[]) => {
    for (const path of paths) expect((await site.visit(path)).outcome).toBe('stored');
  };
  return { site, renders, visitAll };
}

const evicted = ({ message }: { readonly message: string }) => message.startsWith('least used pages deleted');

/** Requests a stored page. A process notes its hits before it evicts a page, and only then do they count. */
async function hit(site: Site, path: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) expect((await site.request(path)).cache).toBe(HIT);
}

describe('maxPages', () => {
  test('the least used page leaves when a new one comes, and is rendered again when somebody asks for it', async () => {
    const { site, renders, visitAll } = await startBounded({ maxPages: 3 });
    await visitAll('/a', '/b', '/c');
    await hit(site, '/a', 2);
    await hit(site, '/c', 1);
    await visitAll('/d');
    expect(storedPaths(site.webRoot)).toEqual(['/a', '/c', '/d']);
    const told = await site.logger.waitFor(evicted);
    expect(told.fields).toEqual({ pages: 1, bytes: 4_096, causes: { 'max-pages': 1 } });
    expect((await site.visit('/b')).outcome).toBe('stored');
    expect(renders.get('/b')).toBe(2);
    expect(statisticsOf(site.webRoot)).toMatchObject({
      pages: 3,
      room: { pages: 3, bytes: 3 * 4_096, evicted: [{ path: '/d' }, { path: '/b', cause: 'max-pages' }] },
    });
  });

  test('of pages that nobody has asked for again, the oldest leaves', async () => {
    const { site, visitAll } = await startBounded({ maxPages: 2 });
    await visitAll('/a', '/b', '/c', '/d');
    expect(storedPaths(site.webRoot)).toEqual(['/c', '/d']);
  });

  test('a deletion of what has left deletes nothing, and regenerates nothing', async () => {
    const { site, renders, visitAll } = await startBounded({ maxPages: 1, refresh: 'regenerate' });
    await visitAll('/a', '/b');
    expect(await site.pages.quickDelete({ tag: 'page' })).toMatchObject({ regenerated: ['/b'], deleted: [] });
    expect([renders.get('/a'), renders.get('/b')]).toEqual([1, 2]);
  });

  test('what is published, or rendered anew, takes no more room than there is', async () => {
    const { site, visitAll } = await startBounded({ maxPages: 2 });
    await visitAll('/a', '/b');
    await hit(site, '/a', 20);
    const report = await site.pages.quickPublish('/b', '/c', '/d', '/e');
    expect(report.stored.map(({ path }) => path)).toEqual(['/b', '/c', '/d', '/e']);
    const left = storedPaths(site.webRoot);
    expect(left).toHaveLength(2);
    expect(left).toContain('/a');
    await site.pages.quickPublish(...left);
    expect(storedPaths(site.webRoot)).toEqual(left);
  });

  test('an export writes all pages, and lets none leave', async () => {
    const { site, visitAll } = await startBounded({ maxPages: 2 });
    await visitAll('/a', '/b');
    for (const path of ['/a', '/b', '/c', '/d']) site.pages.route(path);
    const folder = join(await temporaryFolder(), 'export');
    expect((await site.pages.exportSite(folder)).failures ?? []).toEqual([]);
    expect(storedPaths(site.webRoot)).toEqual(['/a', '/b']);
  });

  test('a bound that is lower after a restart is kept, without a request', async () => {
    const webRoot = join(await temporaryFolder(), 'pages');
    const before = await startBounded({ webRoot });
    await before.visitAll('/a', '/b', '/c', '/d', '/e');
    await before.site.pages.close();
    const after = await startBounded({ webRoot, maxPages: 2 });
    await after.site.logger.waitFor(evicted);
    expect(storedPaths(webRoot)).toEqual(['/d', '/e']);
  });

  test('a page that cannot be deleted is told of, and keeps no other from being stored', async () => {
    const { site, visitAll } = await startBounded({ maxPages: 1 });
    await visitAll('/resists');
    const file = join(site.webRoot, 'resists.page.html');
    await rm(file);
    await mkdir(join(file, 'in-the-way'), { recursive: true });
    await visitAll('/a');
    await site.logger.waitFor(({ message }) => message === 'pages could not be deleted to make room');
    expect(storedPaths(site.webRoot)).toEqual(['/a']);
  });

  test('requests at the same time do not pass it', async () => {
    const { site } = await startBounded({ maxPages: 5 });
    await Promise.all(Array.from({ length: 40 }, async (_, index) => await site.request(`/${index}`)));
    await expect
      .poll(() => site.logger.lines.filter(({ message }) => message === 'page stored').length)
      .toBe(40);
    expect(storedPaths(site.webRoot)).toHaveLength(5);
  });

  test('few lines tell of many pages', async () => {
    const { site, visitAll } = await startBounded({ maxPages: 1 });
    await visitAll('/a', '/b', '/c', '/d');
    expect(site.logger.lines.filter(evicted)).toHaveLength(1);
    await site.pages.close();
    const told = site.logger.lines.filter(evicted).map(({ fields }) => Number(Reflect.get(fields, 'pages')));
    expect(told).toEqual([1, 2]);
  });
});

describe('maxBytes', () => {
  test('counts whole blocks, compressed forms included', async () => {
    const { site, visitAll } = await startBounded(
      { maxBytes: 4 * 4_096 },
      'long enough to be compressed '.repeat(60),
    );
    await visitAll('/a');
    expect(statisticsOf(site.webRoot).room).toMatchObject({
      pages: 1,
      bytes: 3 * 4_096,
    });
    await visitAll('/b');
    expect(storedPaths(site.webRoot)).toEqual(['/b']);
  });

  test('a page that is larger alone is not stored, and nothing leaves for it', async () => {
    const site = await startSite(
      (app) => app.use((request, response) => void response.send('x'.repeat(Number(request.path.slice(1))))),
      { maxBytes: 3 * 4_096 },
    );
    expect((await site.visit('/10')).outcome).toBe('stored');
    // The compressed form counts too.
    expect((await site.visit('/9000')).outcome).toBe('no-room');
    expect(storedPaths(site.webRoot)).toEqual(['/10']);
    const line = site.logger.lines.find(({ message }) => message.startsWith('not stored'));
    expect(line?.fields).toMatchObject({
      detail: expect.stringMatching(/^the page takes \d+ bytes of the disk, more than maxBytes$/),
    });
  });
});

describe.runIf(canMount)('minFreeBytes', () => {
  const MIB = 1024 * 1024;

  test('pages leave while less is free, and come back when there is more', async () => {
    const folder = await temporaryFolder();
    mountMemory(folder, '16m');
    const webRoot = join(folder, 'pages');
    const { site, visitAll } = await startBounded({ webRoot, minFreeBytes: 4 * MIB }, randomText(200_000));
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    await visitAll(...paths);
    await hit(site, '/0', 3);
    const before = statisticsOf(webRoot);
    // Another program's file fills the disk.
    const free = async () => statfs(folder).then((at) => at.bavail * at.bsize);
    await writeFile(join(folder, 'other'), Buffer.alloc((await free()) - 3 * MIB));
    await site.logger.waitFor(evicted);
    const after = statisticsOf(webRoot);
    expect(after.pages).toBeLessThan(before.pages);
    expect(after.pages).toBeGreaterThan(0);
    expect(after.room?.evicted[0]?.cause).toBe('min-free-bytes');
    expect(storedPaths(webRoot)).toContain('/0');
    expect(await free()).toBeGreaterThanOrEqual(4 * MIB);
  });

  test('nothing is stored where even without pages less is free, and that is told once', async () => {
    const folder = await temporaryFolder();
    mountMemory(folder, '8m');
    const { site } = await startBounded({ webRoot: join(folder, 'pages'), minFreeBytes: 64 * MIB });
    expect((await site.visit('/a')).outcome).toBe('no-room');
    const warning = await site.logger.waitFor(({ message }) =>
      message.includes('less than minFreeBytes free'),
    );
    expect(warning.level).toBe('warn');
    expect((await site.visit('/b')).outcome).toBe('no-room');
    expect(site.logger.lines.filter(({ message }) => message === warning.message)).toHaveLength(1);
  });
});

/** Returns text that cannot be compressed. */
function randomText(length: number): string {
  let [text, seed] = ['', 1];
  while (text.length < length) {
    seed = (seed * 48_271) % 2_147_483_647;
    text += seed.toString(36);
  }
  return text.slice(0, length);
}
