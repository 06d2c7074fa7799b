import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resolveConfig } from '../../../src/config.js';
import { generateApache } from '../../../src/front/apache/generate.js';
import { generateCaddy } from '../../../src/front/caddy/generate.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { PLAIN_NAVIGATION } from '../../../src/page/request/audience.js';
import { openLedgerFile } from '../../helpers/databases/ledger-file.js';
import { type CdnSiteOptions, startCdnSite, urlsOfPages } from '../../helpers/servers/cdn.js';

const HEADERS = { 'CDN-Cache-Control': 'max-age=86400', 'Surrogate-Control': 'max-age=86400' };
const SENT = { 'cdn-cache-control': 'max-age=86400', 'surrogate-control': 'max-age=86400' };
const withHeaders: CdnSiteOptions = { cdnOptions: { headers: HEADERS } };

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe('the headers for the CDN', () => {
  test('are those of the first answer and of every other, and keep no page from nginx', async () => {
    const { visit, request, ask } = await startCdnSite((app) => {
      app.get('/a', (_request, response) => response.send('a'));
    }, withHeaders);
    const first = await visit('/a');
    expect(first).toMatchObject({ outcome: 'stored', headers: { ...SENT, 'cache-control': 'no-cache' } });
    const hit = await request('/a');
    expect(hit).toMatchObject({
      cache: 'staticgenerator; hit',
      headers: { ...SENT, 'cache-control': 'no-cache' },
    });
    expect((await request('/a', { headers: { 'if-none-match': hit.headers.etag } })).headers).toMatchObject(
      SENT,
    );
    expect((await request('/a', { method: 'HEAD' })).headers).toMatchObject(SENT);
    expect(await ask('/a')).toBe('hit');
  });

  test('are those of nginx, Apache and Caddy', () => {
    const config = resolveConfig({
      ...{ webRoot: '/pages', urls: [/^\//], hosts: ['www.example.com'], logger: false },
      cdn: { service: async () => undefined, headers: HEADERS },
    });
    for (const text of [generateNginx(config), generateApache(config), generateCaddy(config)])
      for (const name of Object.keys(HEADERS)) expect(text).toMatch(new RegExp(`${name}"? "?max-age=86400`));
  });

  test('are not those of what is no page', async () => {
    const { request } = await startCdnSite(
      (app) => {
        app.get('/cart', (_request, response) => response.cookie('cart', '1').send('cart'));
        app.get('/gone', (_request, response) => response.status(404).send('gone'));
        app.post('/a', (_request, response) => response.send('saved'));
        app.get('/beside', (_request, response) => response.send('beside'));
      },
      { ...withHeaders, excludeUrls: [/^\/beside$/] },
    );
    for (const path of ['/cart', '/gone', '/beside', '/beside?a=1'])
      expect((await request(path)).headers, path).not.toHaveProperty('cdn-cache-control');
    expect((await request('/a', { method: 'POST' })).headers).not.toHaveProperty('cdn-cache-control');
  });

  test('are not those of a page for some visitors, which a CDN would give to all', async () => {
    const { visit, request } = await startCdnSite((app) => {
      app.get('/formats', (_request, response) =>
        response.format({ html: () => response.send('html'), json: () => response.json('json') }),
      );
      app.get('/scheme', (request, response) =>
        response.send(request.get('x-forwarded-proto') === 'https' ? 'secure' : 'plain'),
      );
    }, withHeaders);
    const browser = { headers: { accept: PLAIN_NAVIGATION } };
    for (const path of ['/formats', '/scheme']) {
      const first = await visit(path, browser);
      expect(first.outcome, path).toBe('stored');
      expect(first.headers, path).not.toHaveProperty('cdn-cache-control');
      const hit = await request(path, browser);
      expect(hit.cache, path).toBe('staticgenerator; hit');
      expect(hit.headers, path).not.toHaveProperty('cdn-cache-control');
    }
  });

  test('give way to what the app says itself, which Node repeats', async () => {
    const { visit, request } = await startCdnSite((app) => {
      app.get('/a', (_request, response) => response.set('CDN-Cache-Control', 'max-age=5').send('a'));
    }, withHeaders);
    expect((await visit('/a')).headers).toMatchObject({ 'cdn-cache-control': 'max-age=5' });
    expect((await request('/a')).headers).toMatchObject({ ...SENT, 'cdn-cache-control': 'max-age=5' });
  });

  test('are declared once, and are such as only a CDN reads', () => {
    const configured = (headers: object, site: object = {}) =>
      resolveConfig({
        ...{ webRoot: '/pages', urls: [/^\//], hosts: ['a.example'], logger: false, headers: { ...site } },
        cdn: { service: async () => undefined, headers: { ...headers } },
      });
    expect(() => configured({ 'Cache-Control': 's-maxage=60' })).toThrow(
      /Expected `cdn\.headers\.cache-control` to be declared in the option `headers` of the site/,
    );
    expect(() => configured(HEADERS, { 'surrogate-control': 'max-age=1' })).toThrow(
      /Expected `headers\.surrogate-control` to be declared once, in `cdn` or here/,
    );
    expect([...configured({ 'Cloudflare-CDN-Cache-Control': 'max-age=1' }).headers.keys()]).toEqual([
      'cloudflare-cdn-cache-control',
    ]);
  });
});

describe('what a CDN has got, and the ledger will not know of', () => {
  test('is purged at once where its body is refused', async () => {
    const { cdn, visit } = await startCdnSite(
      (app) => {
        app.get('/form', (_request, response) => response.send('<input name="_csrf" value="secret">'));
        app.get('/large', (_request, response) => response.send('x'.repeat(2000)));
      },
      { ...withHeaders, maxBodyBytes: 1000 },
    );
    const form = await visit('/form');
    expect(form).toMatchObject({ outcome: 'body-marker', headers: SENT });
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/form'));
    expect((await visit('/large')).outcome).toBe('too-large');
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/large'));
  });

  test('is not purged where its page is stored', async () => {
    const { cdn, visit, pages } = await startCdnSite((app) => {
      app.get('/a', (_request, response) => response.send('a'));
    }, withHeaders);
    await visit('/a');
    vi.setSystemTime(Date.now() + 10 * 60_000);
    const from = cdn.calls.length;
    await pages.quickDelete('/b');
    expect(cdn.urls(from).filter((url) => url.endsWith('/a'))).toEqual([]);
  });

  test('is purged after ten minutes where nobody has said by then what became of it', async () => {
    const { cdn, webRoot, request } = await startCdnSite((app) => {
      app.get('/hangs', (_request, response) => void response.type('html').write('hangs'));
    }, withHeaders);
    void request('/hangs').catch(() => undefined);
    const ledger = openLedgerFile(join(webRoot, '.staticgenerator/ledger.sqlite'), { readonly: true });
    const passing = ledger.prepareValue<[], string>("SELECT value FROM purges WHERE kind = 'passing'");
    await vi.waitFor(() => expect(passing.all()).toEqual(['/hangs']));
    expect(cdn.urls(1)).toEqual([]);
    vi.setSystemTime(Date.now() + 10 * 60_000);
    await cdn.waitFor(({ urls }) => urls.includes('https://localhost/hangs'));
    await vi.waitFor(() => expect(passing.all()).toEqual([]));
    ledger.close();
  });

  test('is purged with a tag, which it may have, and with a glob that matches it', async () => {
    const { cdn, webRoot, request, pages } = await startCdnSite((app) => {
      app.get('/{*path}', (_request, response) => void response.type('html').write('hangs'));
    });
    void request('/hangs').catch(() => undefined);
    const ledger = openLedgerFile(join(webRoot, '.staticgenerator/ledger.sqlite'), { readonly: true });
    const passing = ledger.prepareValue<[], string>("SELECT value FROM purges WHERE kind = 'passing'");
    await vi.waitFor(() => expect(passing.all()).toEqual(['/hangs']));
    ledger.close();
    await pages.quickDelete({ tag: 'any' });
    expect(cdn.urls(1)).toEqual(urlsOfPages('/hangs'));
    await pages.quickDelete('/other/**');
    expect(cdn.urls(2)).toEqual([]);
    await pages.quickDelete('/han*');
    expect(cdn.urls(2)).toEqual(urlsOfPages('/hangs'));
  });

  test('is not noted of HEAD, whose answer has nothing to keep', async () => {
    const { cdn, request, pages } = await startCdnSite((app) => {
      app.get('/a', (_request, response) => response.send('a'));
    }, withHeaders);
    expect((await request('/a', { method: 'HEAD' })).headers).toMatchObject(SENT);
    await pages.quickDelete({ tag: 'any' });
    expect(cdn.urls(1)).toEqual([]);
  });

  test('gets no header while it cannot be noted', async () => {
    const site = await startCdnSite((app) => {
      app.get('/a', (_request, response) => response.send('a'));
    }, withHeaders);
    const other = openLedgerFile(join(site.webRoot, '.staticgenerator/ledger.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    expect((await site.request('/a')).headers).not.toHaveProperty('cdn-cache-control');
    other.exec('COMMIT');
    other.close();
    await site.logger.waitFor(({ message }) => message === 'page stored');
    expect((await site.request('/a')).headers).toMatchObject({
      ...SENT,
      'cache-status': 'staticgenerator; hit',
    });
  });
});
