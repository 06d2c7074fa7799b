import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Express } from 'express';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PurgeRefusedError } from '../../../src/cluster/cdn/service.js';
import { changeLedgerFile } from '../../helpers/databases/ledger-file.js';
import { deferred } from '../../helpers/deferred.js';
import { CallLog, startCdnSite, urlsOfPages } from '../../helpers/servers/cdn.js';
import { type RequestOptions, startSite } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const CLAIM_MS = 30_000;
let text = '';

/** Mounts a page with a limited time, pages with a tag, and others. All but the first show the current `text`. */
function routes(app: Express, pages: { readonly tag: (tag: string) => void }): void {
  app.get('/brief', (_request, response) => response.set('Cache-Control', 'max-age=60').send('brief'));
  app.get('/posts/:name', (_request, response) => {
    pages.tag('post');
    response.send(text);
  });
  app.get('/{*other}', (_request, response) => response.send(text));
}

// The clock is fake: a page is purged again only when a test moves the clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  text = 'first';
});
afterEach(() => void vi.useRealTimers());

describe('at the CDN is purged', () => {
  test('a page that is deleted by its path, in both forms, stored or not, before quickDelete resolves', async () => {
    const { cdn, visit, pages } = await startCdnSite(routes);
    await visit('/a');
    const from = cdn.calls.length;
    await pages.quickDelete('/a');
    expect(new Set(cdn.urls(from))).toEqual(new Set(urlsOfPages('/a', '/a/')));
    await pages.quickDelete('/caf\u00e9');
    expect(cdn.urls()).toEqual(expect.arrayContaining([...urlsOfPages('/caf%C3%A9')]));
  });

  test('what a glob and a tag match, with the tag for services that know it', async () => {
    const { cdn, visit, pages } = await startCdnSite(routes);
    for (const path of ['/posts/one', '/posts/two', '/other']) await visit(path);
    await pages.quickDelete('/oth*');
    expect(cdn.urls(1)).toEqual(urlsOfPages('/other'));
    await pages.quickDelete({ tag: 'post' });
    expect(new Set(cdn.urls(2))).toEqual(new Set(urlsOfPages('/posts/one', '/posts/two')));
    expect(cdn.calls.slice(2).flatMap(({ tags }) => tags)).toEqual(['post']);
  });

  test('a page with a query, by its path and by its own URL, and it is not kept in another spelling', async () => {
    const { cdn, visit, request, pages } = await startCdnSite(routes, {
      urls: [{ match: /^\//, query: { page: /^\d$/, sort: ['new'] } }],
      cdnOptions: { headers: { 'CDN-Cache-Control': 'max-age=60' } },
    });
    for (const path of ['/a', '/a?page=2', '/a?page=2&sort=new']) await visit(path);
    const said = async (target: string, options: RequestOptions = {}) =>
      (await request(target, options)).headers['cdn-cache-control'] !== undefined;
    expect(await said('/a?page=2&sort=new')).toBe(true);
    expect(await said('/a?sort=new&page=2')).toBe(false);
    expect(await said('/a?page=%32')).toBe(false);
    const tag = (await request('/a?page=2')).headers.etag;
    for (const options of [{ method: 'HEAD' }, { headers: { 'if-none-match': tag } }])
      expect([await said('/a?page=2', options), await said('/a?page=%32', options)]).toEqual([true, false]);
    for (const method of ['GET', 'HEAD']) expect(await said('/new?page=%32', { method })).toBe(false);
    const from = cdn.calls.length;
    await pages.quickDelete('/a?sort=new&page=2');
    expect(new Set(cdn.urls(from))).toEqual(
      new Set(urlsOfPages('/a?page=2&sort=new', '/a/?page=2&sort=new')),
    );
    const next = cdn.calls.length;
    await pages.quickDelete('/a');
    expect(new Set(cdn.urls(next))).toEqual(new Set(urlsOfPages('/a', '/a/', '/a?page=2')));
  });

  test('a page whose time is over', async () => {
    const { cdn, visit } = await startCdnSite(routes);
    await visit('/brief');
    vi.setSystemTime(Date.now() + 61_000);
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/brief'));
  });

  test('a page that is published or regenerated with other content, and not one that is the same', async () => {
    const { cdn, visit, pages } = await startCdnSite(routes);
    await visit('/a');
    await visit('/b');
    const from = cdn.calls.length;
    await pages.quickPublish('/a');
    await pages.quickDelete('/a', { refresh: 'regenerate' });
    expect(cdn.urls(from)).toEqual([]);
    text = 'second';
    await pages.quickPublish('/a');
    expect(cdn.urls(from)).toEqual(urlsOfPages('/a'));
    await pages.quickDelete('/b', { refresh: 'regenerate' });
    expect(cdn.urls(from + 1)).toEqual(urlsOfPages('/b'));
  });

  test('a page whose file somebody has removed, when that is noticed', async () => {
    const before = await startCdnSite(routes);
    await before.visit('/a');
    await before.pages.close();
    await rm(join(before.webRoot, 'a.page.html'));
    const cdn = new CallLog();
    await startSite(routes, { webRoot: before.webRoot, hosts: ['localhost'], cdn: cdn.purge });
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/a'));
  });

  test('what a render sent before it was invalidated, when it has ended', async () => {
    const [reads, gate] = [deferred(), deferred()];
    const { cdn, request, pages, logger } = await startCdnSite((app) => {
      app.get('/posts/slow', async (_request, response) => {
        pages.tag('post');
        reads.resolve();
        await gate.promise;
        response.send(text);
      });
    });
    const answer = request('/posts/slow');
    await reads.promise;
    await pages.quickDelete({ tag: 'post' });
    const from = cdn.calls.length;
    gate.resolve();
    await answer;
    await logger.waitFor(({ fields }) => fields.reason === 'voided');
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/posts/slow'), from);
  });

  test('everything, where the ledger is new, or pages of another version are deleted', async () => {
    const before = await startCdnSite(routes);
    expect(before.cdn.calls).toEqual([{ all: true, tags: [], urls: urlsOfPages('/') }]);
    await before.pages.quickDelete('/**');
    expect(before.cdn.calls.filter(({ all }) => all)).toHaveLength(1);
    await before.pages.close();
    const cdn = new CallLog();
    const { webRoot } = before;
    await startSite(routes, { webRoot, hosts: ['localhost'], cdn: cdn.purge, version: '2' });
    await cdn.waitFor(({ all }) => all);
  });

  test('everything, where more than a number of purges wait', async () => {
    const { cdn, pages } = await startCdnSite(routes, { cdnOptions: { maxWaiting: 10, waitMs: 0 } });
    cdn.fault = new Error('away');
    await pages.quickDelete(Array.from({ length: 20 }, (_, n) => `/${n}`));
    await cdn.untilRefused(1);
    const from = cdn.calls.length;
    cdn.fault = undefined;
    await cdn.waitFor(({ all }) => all, from);
    expect(cdn.urls(from)).toEqual(['all']);
  });

  test('each URL by each host name and the scheme of the site', async () => {
    const { cdn, pages } = await startCdnSite(routes, {
      hosts: ['example.com', 'localhost'],
      scheme: 'https',
    });
    await pages.quickDelete('/a/');
    expect(new Set(cdn.urls(1))).toEqual(
      new Set(['example.com', 'localhost'].flatMap((host) => [`https://${host}/a`, `https://${host}/a/`])),
    );
    await pages.quickDelete('https://example.com/b');
    expect(new Set(cdn.urls(2))).toEqual(new Set(['https://example.com/b', 'https://example.com/b/']));
  });

  test('no more in a call than the service takes', async () => {
    const cdn = new CallLog();
    const service = { name: 'small', purge: cdn.purge, urlsPerCall: 3 };
    const { pages } = await startSite(routes, { hosts: ['localhost'], cdn: service });
    await pages.quickDelete(Array.from({ length: 20 }, (_, n) => `/${n}`));
    const sizes = cdn.calls.map(({ urls }) => urls.length);
    expect(Math.max(...sizes)).toBe(3);
    expect(new Set(cdn.urls()).size).toBe(1 + 20 * 2 * 2);
  });
});

describe('a purge is repeated', () => {
  test('after a while, for what was on its way to the CDN; not without end', async () => {
    const { cdn, pages } = await startCdnSite(routes);
    await pages.quickDelete('/a');
    const from = cdn.calls.length;
    vi.setSystemTime(Date.now() + 10_000);
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/a'), from);
    vi.setSystemTime(Date.now() + DAY_MS);
    await pages.quickDelete('/b');
    expect(cdn.urls(from).filter((url) => url === 'https://localhost/a')).toHaveLength(1);
  });

  test('after a restart, if that came before its time', async () => {
    const before = await startCdnSite(routes);
    await before.pages.quickDelete('/a');
    await before.pages.close();
    vi.setSystemTime(Date.now() + 10_000);
    const cdn = new CallLog();
    await startSite(routes, { webRoot: before.webRoot, hosts: ['localhost'], cdn: cdn.purge });
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/a'));
  });

  test('not where the site says so', async () => {
    const { cdn, pages } = await startCdnSite(routes, { cdnOptions: { purgeAgainMs: 0 } });
    await pages.quickDelete('/a');
    vi.setSystemTime(Date.now() + DAY_MS);
    const from = cdn.calls.length;
    await pages.quickDelete('/b');
    expect(new Set(cdn.urls(from))).toEqual(new Set(urlsOfPages('/b', '/b/')));
  });
});

describe('a CDN that is away', () => {
  const isFault = ({ fields }: { readonly fields: Readonly<Record<string, unknown>> }) =>
    fields.fault === 'cdn';

  test('is told of in the log once and to quickDelete each time; the pages are deleted, and purged when it is back', async () => {
    const { cdn, visit, ask, pages, logger } = await startCdnSite(routes, { cdnOptions: { waitMs: 200 } });
    await visit('/a');
    cdn.fault = new PurgeRefusedError('the token is refused', { remedy: 'look at the token' });
    for (const path of ['/a', '/b'])
      await expect(pages.quickDelete(path)).rejects.toMatchObject({
        code: 'ERR_CDN_UNREACHABLE',
        message: expect.stringContaining('the token is refused; look at the token'),
      });
    expect(await ask('/a')).toBe('stored');
    await cdn.untilRefused(2);
    const warned = logger.lines.filter((line) => line.level === 'warn' && isFault(line));
    expect(warned.map(({ fields }) => fields.remedy)).toEqual(['look at the token']);
    const from = cdn.calls.length;
    cdn.fault = undefined;
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/b'), from);
    expect(cdn.urls(from)).toEqual(expect.arrayContaining([...urlsOfPages('/a')]));
    await logger.waitFor(({ message }) => message === 'works again after a fault');
  });

  test('keeps no tracker from what it does, and no request from its answer', async () => {
    const { cdn, pages, request, logger } = await startCdnSite(
      (app) => {
        app.post('/a', (_request, response) => response.send('saved'));
      },
      { cdnOptions: { waitMs: 100 } },
    );
    const tracker = pages.track();
    cdn.fault = new Error('away');
    await tracker.changed({ entity: 'Post', action: 'unknown' });
    expect((await request('/a', { method: 'POST' })).body).toBe('saved');
    expect(logger.lines.filter(({ fields }) => fields.fault === 'unsafe')).toEqual([]);
    const from = cdn.calls.length;
    cdn.fault = undefined;
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/a'), from);
  });

  test('keeps no watched file from what it does', async () => {
    const folder = await temporaryFolder();
    const { cdn, visit, logger } = await startCdnSite(routes, {
      cdnOptions: { waitMs: 60_000 },
      watch: [{ files: join(folder, '*.md'), pages: '/a' }],
    });
    await visit('/a');
    await logger.waitFor(({ message }) => message === 'watching files');
    cdn.fault = new Error('away');
    await writeFile(join(folder, 'a.md'), 'text');
    await logger.waitFor(({ message }) => message === 'watched files changed');
    const from = cdn.calls.length;
    cdn.fault = undefined;
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/a'), from);
  });

  test('is not waited for when the site is closed meanwhile', async () => {
    const { cdn, pages } = await startCdnSite(routes, { cdnOptions: { waitMs: 60_000 } });
    cdn.fault = new Error('away');
    const deleted = pages.quickDelete('/a').catch((error: unknown) => error);
    await cdn.untilRefused(1);
    await pages.close();
    expect(await deleted).toMatchObject({ code: 'ERR_CDN_UNREACHABLE' });
  });

  test('is left alone for as long as it asks for', async () => {
    const { cdn, pages } = await startCdnSite(routes, { cdnOptions: { waitMs: 100 } });
    cdn.fault = new PurgeRefusedError('too many', { retryAfterMs: DAY_MS });
    await expect(pages.quickDelete('/a')).rejects.toMatchObject({ code: 'ERR_CDN_UNREACHABLE' });
    await expect(pages.quickDelete('/b')).rejects.toMatchObject({ code: 'ERR_CDN_UNREACHABLE' });
    expect(cdn.refused).toBe(1);
  });

  test.each([
    ['', 0],
    [', even if the one before was killed over sending it', CLAIM_MS],
  ])('is not waited for by close(), and gets the purge from the next process%s', async (_case, claimMs) => {
    const before = await startCdnSite(routes, { cdnOptions: { waitMs: 0 } });
    before.cdn.fault = new Error('away');
    await before.pages.quickDelete('/a');
    await before.cdn.untilRefused(1);
    await before.pages.close();
    // The clock stands still, so a claim that is not given back never ends.
    const ledger = join(before.webRoot, '.staticgenerator', 'ledger.sqlite');
    if (claimMs > 0) changeLedgerFile(ledger, `UPDATE purges SET claimed = ${Date.now() + claimMs}`);
    const cdn = new CallLog();
    await startSite(routes, { webRoot: before.webRoot, hosts: ['localhost'], cdn: cdn.purge });
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/a'));
  });
});
