import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startSite } from '../helpers/site/site.js';

const LONG = `<p>${'a page that is worth compressing '.repeat(100)}</p>`;

/** Starts a site whose pages `/long` and `/short` are stored. */
async function storedSite(options = {}) {
  const site = await startSite((app) => {
    app.get('/long', (_request, response) => response.send(LONG));
    app.get('/short', (_request, response) => response.send('short'));
    app.get('/huge', (_request, response) => response.send('x'.repeat(1_000_000)));
    app.post('/short', (_request, response) => response.send('posted'));
  }, options);
  for (const path of ['/long', '/short', '/huge']) expect((await site.visit(path)).outcome).toBe('stored');
  return site;
}

test('a coding is chosen by the weights of Accept-Encoding, br first among equals', async () => {
  const site = await storedSite();
  const codingFor = async (accepted: string) => {
    const answer = await site.request('/long', { headers: { 'accept-encoding': accepted } });
    expect(answer.cache).toBe('staticgenerator; hit');
    expect(answer.headers.vary).toBe('Accept-Encoding');
    const coding = answer.headers['content-encoding'];
    const decoded =
      coding === 'br'
        ? brotliDecompressSync(answer.bytes)
        : coding === 'gzip'
          ? gunzipSync(answer.bytes)
          : answer.bytes;
    expect(decoded.toString()).toBe(LONG);
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
    return coding;
  };
  expect(await codingFor('gzip, deflate, br')).toBe('br');
  expect(await codingFor('gzip')).toBe('gzip');
  expect(await codingFor('br;q=0.5, gzip')).toBe('gzip');
  expect(await codingFor('br;q=0, gzip;q=0')).toBeUndefined();
  expect(await codingFor('*')).toBe('br');
  expect(await codingFor('identity, br;q=0.5')).toBeUndefined();
  expect(await codingFor('')).toBeUndefined();
});

test('a page without codings has Vary too: its next render may have some', async () => {
  const site = await storedSite();
  const { headers } = await site.request('/short', { headers: { 'accept-encoding': 'br' } });
  expect(headers.vary).toBe('Accept-Encoding');
  expect(headers).not.toHaveProperty('content-encoding');
});

test('HEAD has the headers of GET and no body', async () => {
  const site = await storedSite();
  const get = await site.request('/long');
  const head = await site.request('/long', { method: 'HEAD' });
  expect(head.bytes.length).toBe(0);
  const { date: _getDate, ...expected } = get.headers;
  expect(head.headers).toMatchObject(expected);
});

test('If-None-Match answers 304 for a weak tag, a list and *, and 200 for another tag', async () => {
  const site = await storedSite();
  const tag = String((await site.request('/short')).headers.etag);
  expect(tag).toMatch(/^"[0-9a-f]+-5"$/);
  for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const answer = await site.request('/short', { headers: { 'if-none-match': condition } });
    expect(answer).toMatchObject({ status: 304, body: '' });
    expect(answer.headers).toMatchObject({ etag: tag, 'cache-control': 'no-cache' });
    expect(answer.headers).not.toHaveProperty('content-length');
  }
  expect(await site.request('/short', { headers: { 'if-none-match': '"other"' } })).toMatchObject({
    status: 200,
    body: 'short',
  });
});

test('each coding has an entity tag of its own, and a render of the same bytes has the same again', async () => {
  const site = await storedSite();
  const tagOf = async (accepted: string) =>
    (await site.request('/long', { headers: { 'accept-encoding': accepted } })).headers.etag;
  const tags = [await tagOf('br'), await tagOf('gzip'), await tagOf('')];
  expect(new Set(tags).size).toBe(3);
  await site.pages.quickDelete('/long');
  expect((await site.visit('/long')).outcome).toBe('stored');
  expect([await tagOf('br'), await tagOf('gzip'), await tagOf('')]).toEqual(tags);
});

test('a large page is streamed whole', async () => {
  const site = await storedSite();
  const answer = await site.request('/huge');
  expect(answer.cache).toBe('staticgenerator; hit');
  expect(answer.body).toBe('x'.repeat(1_000_000));
});

test('a file that somebody deleted by hand is a miss at once, and is stored again', async () => {
  const site = await storedSite();
  await rm(join(site.webRoot, 'short.page.html'));
  expect(await site.visit('/short')).toMatchObject({
    cache: 'staticgenerator; fwd=uri-miss',
    outcome: 'stored',
  });
  expect((await site.request('/short')).cache).toBe('staticgenerator; hit');
});

test('a page whose file cannot be read is a miss', async () => {
  const site = await storedSite();
  await rm(join(site.webRoot, 'short.page.html'));
  await mkdir(join(site.webRoot, 'short.page.html'));
  expect(await site.request('/short')).toMatchObject({
    status: 200,
    body: 'short',
    cache: 'staticgenerator; fwd=uri-miss',
  });
});

test('a file that the ledger does not know is not served', async () => {
  const site = await storedSite();
  await writeFile(join(site.webRoot, 'planted.page.html'), 'planted');
  expect((await site.request('/planted')).status).toBe(404);
});

test('requests that pages cannot answer come to the app', async () => {
  const site = await storedSite();
  const bypasses: [string, object, string][] = [
    ['/short', { method: 'POST' }, 'fwd=method'],
    ['/short?a=1', {}, 'fwd=bypass; detail=query'],
    ['/short?', {}, 'fwd=bypass; detail=query'],
    ['//short', {}, 'fwd=bypass; detail=not-canonical'],
    ['/%73hort', {}, 'fwd=bypass; detail=not-canonical'],
    ['/short', { headers: { authorization: 'Basic eDp5' } }, 'fwd=bypass; detail=request-header'],
    ['/short', { headers: { range: 'bytes=0-1' } }, 'fwd=bypass; detail=request-header'],
    ['/short', { headers: { cookie: 'connect.sid=s%3Ax' } }, 'fwd=bypass; detail=cookie'],
    ['/short', { headers: { host: 'evil.example' } }, 'fwd=bypass; detail=host'],
  ];
  for (const [target, options, status] of bypasses) {
    expect((await site.request(target, options)).cache).toBe(`staticgenerator; ${status}`);
  }
});

test('a request with a cookie that is not known is served a page, and makes none', async () => {
  const site = await storedSite();
  const headers = { cookie: 'theme=dark' };
  expect((await site.request('/short', { headers })).cache).toBe('staticgenerator; hit');
  await site.pages.quickDelete('/short');
  expect((await site.request('/short', { headers })).cache).toBe(
    'staticgenerator; fwd=uri-miss; detail=cookie-present',
  );
  expect((await site.request('/short')).cache).toBe('staticgenerator; fwd=uri-miss');
});

test('declared headers are on hits as on misses, and a constant Cache-Control replaces the default', async () => {
  const headers = { 'X-Frame-Options': 'DENY', 'Cache-Control': 'no-cache, must-revalidate' };
  const site = await startSite(
    (app) => {
      app.use((_request, response, next) => {
        response.set(headers);
        next();
      });
      app.get('/page', (_request, response) => response.send('page'));
    },
    { headers },
  );
  expect((await site.visit('/page')).outcome).toBe('stored');
  const hit = await site.request('/page');
  expect(hit.cache).toBe('staticgenerator; hit');
  expect(hit.headers).toMatchObject({
    'x-frame-options': 'DENY',
    'cache-control': 'no-cache, must-revalidate',
  });
});
