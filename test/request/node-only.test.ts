import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { VOUCHER_HEADER } from '../../src/page/request/gate.js';
import { startSite } from '../helpers/site/site.js';

afterEach(() => void vi.useRealTimers());

/**
 * Returns the headers that are equal on every response of one representation. The others are computed for each
 * response.
 */
function comparable(headers: Record<string, unknown>) {
  const { date, etag, connection, 'keep-alive': keepAlive, 'cache-status': cache, age, ...rest } = headers;
  return rest;
}

const nginxFiles = async (webRoot: string) =>
  (await readdir(webRoot)).filter((name) => name !== '.staticgenerator');

test('a page with headers that nginx would not repeat is served by Node with all of them, and nginx does not find it', async () => {
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => {
      response.set({
        'X-Frame-Options': 'DENY',
        Link: '</style.css>; rel=preload',
        'Content-Language': 'en',
      });
      response.append('X-List', 'one').append('X-List', 'two');
      response.send(`page ${'with a body that is worth compressing '.repeat(50)}`);
    });
  });
  const miss = await site.visit('/page');
  expect(miss.outcome).toBe('stored');
  expect(await nginxFiles(site.webRoot)).toEqual([]);
  const hit = await site.request('/page');
  expect(hit.cache).toBe('staticgenerator; hit');
  expect(hit.body).toBe(miss.body);
  expect(comparable(hit.headers)).toEqual({ ...comparable(miss.headers), vary: 'Accept-Encoding' });
  const compressed = await site.request('/page', { headers: { 'accept-encoding': 'br' } });
  expect(compressed.headers).toMatchObject({ 'content-encoding': 'br', link: '</style.css>; rel=preload' });
});

test.each([
  ['/rss/', 'application/rss+xml; charset=utf-8', '<rss/>'],
  ['/robots.txt', 'text/plain', 'User-agent: *'],
  ['/posts.data', 'text/x-script', '[{}]'],
  ['/page.html', 'application/ld+json; charset=utf-8', '{"html":"<script>"}'],
  ['/latin1', 'text/html; charset=iso-8859-1', 'caf\xe9'],
])(
  'a page with a type that nginx would not send, %s as %s, is Node’s until it is declared',
  async (path, type, body) => {
    const routes = (app: import('express').Express) =>
      app.use((_request, response) => {
        // Express would add a charset.
        response.setHeader('Content-Type', type);
        response.end(body, 'latin1');
      });
    const site = await startSite(routes);
    expect((await site.visit(path)).outcome).toBe('stored');
    expect(await nginxFiles(site.webRoot)).toEqual([]);
    for (const headers of [{}, { 'accept-encoding': 'br, gzip' }]) {
      const hit = await site.request(path, { headers });
      expect(hit).toMatchObject({ cache: 'staticgenerator; hit', headers: { 'content-type': type } });
      if (hit.headers['content-encoding'] === undefined) expect(hit.bytes.toString('latin1')).toBe(body);
    }
    const { fields } = await site.logger.waitFor(({ fields }) => 'names' in fields);
    expect(fields).toEqual({ path, names: ['content-type'], types: { [path]: type } });
    await site.pages.close();

    const declared = await startSite(routes, {
      webRoot: site.webRoot,
      types: fields.types as Record<`/${string}`, string>,
    });
    expect((await declared.visit(path)).outcome).toBe('stored');
    expect(await nginxFiles(site.webRoot)).toHaveLength(1);
    expect(await declared.request(path)).toMatchObject({
      cache: 'staticgenerator; hit',
      headers: { 'content-type': type },
    });
  },
);

test('what Next varies by is nginx’s, once the line of the log is declared', async () => {
  const vary =
    'rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch, Accept-Encoding';
  const routes = (app: import('express').Express) =>
    app.use((_request, response) => response.set({ Vary: vary, 'X-Nextjs-Cache': 'HIT' }).send('page'));
  const site = await startSite(routes);
  await site.visit('/page');
  const { fields } = await site.logger.waitFor(({ fields }) => 'headers' in fields);
  await site.pages.close();
  const declared = await startSite(routes, {
    webRoot: site.webRoot,
    headers: fields.headers as Record<string, string>,
  });
  const miss = await declared.visit('/page');
  expect(await nginxFiles(site.webRoot)).toEqual(['page.page.html']);
  const hit = await declared.request('/page');
  const names = (text: unknown) => String(text).toLowerCase().split(/,\s*/).sort();
  expect(names(hit.headers.vary)).toEqual(names(miss.headers.vary));
});

test('the log gives no line for what nginx cannot repeat, and says what is missing', async () => {
  const site = await startSite(
    (app) => {
      app.get('/lines', (_request, response) =>
        response.set('X-Lines', ['a', 'b']).set('X-A', 'a').send('page'),
      );
      app.get('/variable', (_request, response) => response.set({ 'X-V': '$1', 'X-A': 'a' }).send('page'));
      app.get('/lacking', (_request, response) => response.send('page'));
    },
    { headers: { 'X-A': 'a' } },
  );
  for (const path of ['/lines', '/variable', '/lacking']) await site.visit(path);
  const told = site.logger.lines.filter(({ fields }) => 'names' in fields).map(({ fields }) => fields);
  expect(told).toEqual([
    { path: '/lines', names: ['x-lines'], undeclarable: ['x-lines'] },
    { path: '/variable', names: ['x-v'], undeclarable: ['x-v'] },
    { path: '/lacking', names: ['x-a'], missing: ['x-a'] },
  ]);
});

test('declaring the headers moves the page to nginx, and the log says which lines to declare', async () => {
  const headers = { 'X-Frame-Options': 'DENY' };
  const routes = (app: import('express').Express) =>
    app.get('/page', (_request, response) => response.set(headers).send('page'));
  const site = await startSite(routes);
  await site.visit('/page');
  const advice = await site.logger.waitFor(({ fields }) => 'headers' in fields);
  expect(advice.fields).toMatchObject({ path: '/page', headers: { 'x-frame-options': 'DENY' } });
  await site.pages.close();

  const declared = await startSite(routes, { headers, webRoot: site.webRoot });
  expect((await declared.visit('/page')).outcome).toBe('stored');
  expect(await nginxFiles(site.webRoot)).toEqual(['page.page.html']);
  expect((await declared.request('/page')).headers).toMatchObject({ 'x-frame-options': 'DENY' });
});

test('a declared header that the response lacks keeps the page from nginx, which would add it', async () => {
  const site = await startSite((app) => app.get('/page', (_request, response) => response.send('page')), {
    headers: { 'X-Frame-Options': 'DENY' },
  });
  expect((await site.visit('/page')).outcome).toBe('stored');
  expect(await nginxFiles(site.webRoot)).toEqual([]);
  expect((await site.request('/page')).headers).not.toHaveProperty('x-frame-options');
});

test('quickDelete by path, glob and tag finds pages of Node, and their files are gone', async () => {
  const site = await startSite((app, pages) => {
    app.use((request, response) => {
      pages.tag('node');
      response.set('X-Only', 'node').send(request.path);
    });
  });
  const files = async () =>
    (
      await readdir(join(site.webRoot, '.staticgenerator', 'node-only'), {
        recursive: true,
        withFileTypes: true,
      })
    ).filter((entry) => entry.isFile());
  for (const target of ['/page', '/p*', { tag: 'node' }]) {
    expect((await site.visit('/page')).outcome).toBe('stored');
    expect(await files()).toHaveLength(1);
    expect((await site.pages.quickDelete(target)).deleted).toEqual(['/page']);
    expect((await site.request('/page', { headers: { cookie: 'x=1' } })).cache).not.toContain('hit');
  }
});

test('a page that gains such a header leaves nginx, and one that loses it comes back', async () => {
  const state = { header: false };
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => {
      if (state.header) response.set('X-Only', 'node');
      response.send(`header ${state.header}`);
    });
  });
  for (const header of [false, true, false]) {
    state.header = header;
    expect((await site.pages.quickPublish('/page')).stored).toHaveLength(1);
    expect(await nginxFiles(site.webRoot)).toEqual(header ? [] : ['page.page.html']);
    expect((await site.request('/page')).body).toBe(`header ${header}`);
  }
});

test('behind an nginx of other options, nginx finds no new page, and does again when it is up to date', async () => {
  const site = await startSite((app) => app.use((_request, response) => response.send('page')));
  const through = (fingerprint: string) => ({ headers: { [VOUCHER_HEADER]: fingerprint } });
  expect((await site.visit('/one', through('outdated'))).outcome).toBe('stored');
  const warning = await site.logger.waitFor(({ level }) => level === 'warn');
  expect(warning.message).toContain('staticgenerator nginx');
  await site.pages.quickPublish('/two');
  expect(await nginxFiles(site.webRoot)).toEqual([]);
  expect((await site.request('/two')).cache).toBe('staticgenerator; hit');

  expect((await site.visit('/three', through(String(warning.fields.expected)))).outcome).toBe('stored');
  expect(await nginxFiles(site.webRoot)).toEqual(['three.page.html']);
});

test('a fingerprint that came twice is a client’s, and says nothing of the nginx in front', async () => {
  const site = await startSite((app) => app.use((_request, response) => response.send('page')));
  const headers = { [VOUCHER_HEADER]: ['outdated', 'outdated'] };
  expect((await site.visit('/one', { headers })).outcome).toBe('stored');
  expect(site.logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  expect(await nginxFiles(site.webRoot)).toEqual(['one.page.html']);
});

test('a response that limits its freshness is served by Node with its age', async () => {
  const site = await startSite((app) => {
    app.get('/max-age', (_request, response) =>
      response.set('Cache-Control', 'public, max-age=60').send('page'),
    );
    app.get('/expires', (_request, response) =>
      response.set('Expires', new Date(Date.now() + 60_000).toUTCString()).send('page'),
    );
  });
  for (const path of ['/max-age', '/expires']) {
    const miss = await site.visit(path);
    expect(miss.outcome).toBe('stored');
    const hit = await site.request(path);
    expect(hit.cache).toBe('staticgenerator; hit');
    expect(hit.headers['cache-control']).toBe(miss.headers['cache-control']);
    expect(hit.headers.expires).toBe(miss.headers.expires);
    expect(Number(hit.headers.age)).toBeGreaterThanOrEqual(0);
  }
  expect(await nginxFiles(site.webRoot)).toEqual([]);
});

test('an age counts from when the response was made, not from when it was stored', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const madeAt = Math.floor(Date.now() / 1000) * 1000;
  const later = (seconds: number) => vi.setSystemTime(madeAt + seconds * 1000);
  const site = await startSite((app) => {
    app.get('/slow', (_request, response) => {
      response.set('Cache-Control', 'max-age=60').type('html').write('a body that takes ');
      later(30);
      response.end('half a minute');
    });
  });
  expect((await site.visit('/slow')).outcome).toBe('stored');
  later(31);
  const { headers, cache } = await site.request('/slow');
  expect([cache, headers.age, headers.date]).toEqual([
    'staticgenerator; hit',
    '31',
    new Date(madeAt).toUTCString(),
  ]);
});

test('a header that Connection says is for one connection is not replayed', async () => {
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => {
      response.set({ Connection: 'X-Hop', 'X-Hop': '1', 'X-End': '2' }).send('page');
    });
  });
  expect((await site.visit('/page')).outcome).toBe('stored');
  const { headers } = await site.request('/page');
  expect(headers).toMatchObject({ 'x-end': '2', 'cache-status': 'staticgenerator; hit' });
  expect(headers).not.toHaveProperty('x-hop');
});
