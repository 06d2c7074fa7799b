import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import compression from 'compression';
import type express from 'express';
import type { RequestHandler } from 'express';
import { describe, expect, test } from 'vitest';
import { startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

const BODY = `<p>${'page '.repeat(1_000)}</p>`;
const TAG = `"${createHash('sha1').update(BODY).digest('hex')}"`;
const MODIFIED = 'Thu, 01 Jan 2026 00:00:00 GMT';
const HIT = 'staticgenerator; hit';

/** Ways to answer with the same body, an ETag and a date. */
const ways: Record<string, (folder: string) => RequestHandler> = {
  'res.send': () => (_request, response) => response.set({ ETag: TAG, 'Last-Modified': MODIFIED }).send(BODY),
  'a stream': () => (_request, response) => {
    response.set({ ETag: TAG, 'Last-Modified': MODIFIED }).type('html');
    response.write(BODY.slice(0, 10));
    setImmediate(() => response.end(BODY.slice(10)));
  },
  'writeHead with a length': () => (_request, response) => {
    response.writeHead(200, 'Fine', {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': BODY.length,
      ETag: TAG,
      'Last-Modified': MODIFIED,
    });
    response.end(BODY);
  },
  'sendFile, with its own tag and date': (folder) => (_request, response) =>
    response.sendFile(join(folder, 'page.html'), { cacheControl: false }),
};

/**
 * Starts a site that answers in one of these ways. Returns it with the validators of its answer without our middleware.
 */
async function siteThat(way: string, before: readonly RequestHandler[] = []) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'page.html'), BODY);
  const handler = ways[way]?.(folder);
  if (handler === undefined) throw new Error(`no way is called ${way}`);
  const site = await startSite((app) => app.get('/page', handler), {
    before: (app) => {
      app.get('/plain', handler);
      for (const one of before) app.use(one);
    },
  });
  const { etag = '', 'last-modified': modified = '' } = (await site.request('/plain')).headers;
  return { ...site, etag, modified };
}

describe.each(Object.keys(ways))('a first visitor who has the answer of the app, by %s,', (way) => {
  test.each<[string, (etag: string, modified: string) => Record<string, string>]>([
    ['its tag', (etag) => ({ 'if-none-match': etag })],
    [
      'its tag, spelled weak, among others',
      (etag) => ({ 'if-none-match': `"a", W/${etag.replace(/^W\//, '')}` }),
    ],
    ['any tag', () => ({ 'if-none-match': '*' })],
    ['its date', (_, modified) => ({ 'if-modified-since': modified })],
    [
      'its tag, and an old date',
      (etag) => ({ 'if-none-match': etag, 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }),
    ],
  ])('gets a 304 by %s, and makes the page', async (_, conditions) => {
    const site = await siteThat(way);
    const headers = conditions(site.etag, site.modified);
    const miss = await site.visit('/page', { headers });
    expect(miss).toMatchObject({
      status: 304,
      body: '',
      outcome: 'stored',
      cache: 'staticgenerator; fwd=uri-miss',
    });
    expect(miss.headers).toMatchObject({ etag: site.etag, 'cache-control': 'no-cache' });
    expect(miss.headers).not.toHaveProperty('content-type');
    expect(miss.headers).not.toHaveProperty('content-length');
    expect(await site.request('/page')).toMatchObject({ status: 200, body: BODY, cache: HIT });
  });

  test.each([
    ['another tag', { 'if-none-match': '"other"' }],
    [
      'another tag, and the date',
      { 'if-none-match': '"other"', 'if-modified-since': new Date().toUTCString() },
    ],
    ['an older date', { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['a date that is none', { 'if-modified-since': 'yesterday' }],
    ['the tag, and a reload', { 'if-none-match': '*', 'cache-control': 'no-cache' }],
  ])('gets it whole by %s, and makes the page', async (_, headers) => {
    const site = await siteThat(way);
    expect(await site.visit('/page', { headers })).toMatchObject({
      status: 200,
      body: BODY,
      outcome: 'stored',
    });
    expect(await site.request('/page')).toMatchObject({ status: 200, body: BODY, cache: HIT });
  });
});

test('a response that is no page is judged by what the visitor has, as without us', async () => {
  const site = await startSite((app) => {
    app.get('/cookie', (_request, response) => response.cookie('a', 'b').set('ETag', TAG).send(BODY));
    app.get('/missing', (_request, response) => response.status(404).set('ETag', TAG).send('missing'));
  });
  const headers = { 'if-none-match': TAG };
  const cookie = await site.visit('/cookie', { headers });
  expect([cookie.status, cookie.body, cookie.outcome]).toEqual([304, '', 'set-cookie']);
  expect(cookie.headers['set-cookie']).toEqual(['a=b; Path=/']);
  const missing = await site.visit('/missing', { headers });
  expect([missing.status, missing.body, missing.outcome]).toEqual([404, 'missing', 'status']);
});

test('an outer compression() neither codes the 304 nor the page', async () => {
  const site = await siteThat('a stream', [compression()]);
  const headers = { 'if-none-match': TAG, 'accept-encoding': 'gzip' };
  const miss = await site.visit('/page', { headers });
  expect(miss).toMatchObject({ status: 304, body: '', outcome: 'stored' });
  expect(miss.headers).not.toHaveProperty('content-encoding');
  expect(await site.request('/page')).toMatchObject({ body: BODY, cache: HIT });
});

test('a length that is wrong is noticed behind a 304 too', async () => {
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => {
      response
        .set({ ETag: TAG, 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': '99' })
        .end('short');
    });
  });
  const visit = await site.visit('/page', { headers: { 'if-none-match': TAG } });
  expect([visit.status, visit.outcome]).toEqual([304, 'content-length']);
});

test('the app sees a request without conditions, and a logger the whole one', async () => {
  const seen: unknown[] = [];
  const note = (request: express.Request) => [
    request.get('if-none-match'),
    'if-modified-since' in request.headers,
    request.rawHeaders.filter((_, index) => /^if-/i.test(request.rawHeaders[index - 1] ?? '')),
    request.headersDistinct['if-none-match'],
  ];
  const site = await startSite(
    (app) =>
      app.get('/page', (request, response) => {
        seen.push(note(request));
        response.send('page');
      }),
    {
      before: (app) =>
        app.use((request, response, next) => {
          response.once('close', () => seen.push(note(request)));
          next();
        }),
    },
  );
  await site.visit('/page', { headers: { 'If-None-Match': '"a"', 'If-Modified-Since': MODIFIED } });
  expect(seen[0]).toEqual([undefined, false, ['', ''], ['']]);
  expect(seen[1]).toEqual(['"a"', true, ['"a"', MODIFIED], ['"a"']]);
});

test('a HEAD with conditions is answered by the app', async () => {
  const site = await siteThat('res.send');
  const head = await site.visit('/page', { method: 'HEAD', headers: { 'if-none-match': TAG } });
  expect(head).toMatchObject({ status: 304, outcome: 'head' });
});

test('a 304 announces no trailers, which Node would refuse to send', async () => {
  const site = await startSite((app) => {
    app.get('/sums', (_request, response) => {
      response.type('html').set('Trailer', 'X-Sum');
      response.write(BODY);
      response.addTrailers({ 'X-Sum': '1' });
      response.end();
    });
  });
  const { status, headers, outcome } = await site.visit('/sums', { headers: { 'if-none-match': '*' } });
  expect([status, headers.trailer, outcome]).toEqual([304, undefined, 'trailer']);
  expect(await site.request('/sums')).toMatchObject({ status: 200, headers: { trailer: 'X-Sum' } });
});
