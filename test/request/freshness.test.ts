import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

afterEach(() => void vi.useRealTimers());

const HIT = 'staticgenerator; hit';

describe('the Date of a response', () => {
  test('is the time from which its page is kept and has an age', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const start = Math.floor(Date.now() / 1000) * 1000;
    vi.setSystemTime(start);
    const madeAt = new Date(start - 40_000).toUTCString();
    const site = await startSite((app) => {
      app.use((_request, response) =>
        response.set({ Date: madeAt, 'Cache-Control': 'max-age=100' }).send('a'),
      );
    });
    expect((await site.visit('/page')).outcome).toBe('stored');
    vi.setSystemTime(start + 59_000);
    expect((await site.request('/page')).headers).toMatchObject({
      'cache-status': HIT,
      age: '99',
      date: madeAt,
    });
    vi.setSystemTime(start + 60_000);
    expect((await site.request('/page')).cache).not.toBe(HIT);
  });

  test.each([
    ['a Date 200 s ago and 100 s to live', -200, { 'Cache-Control': 'max-age=100' }, 'cache-control'],
    ['a Date after Expires', 400, { Expires: new Date(Date.now() + 300_000).toUTCString() }, 'expires'],
  ])('keeps a response from being stored: %s', async (_, seconds, headers, reason) => {
    const date = new Date(Date.now() + seconds * 1000).toUTCString();
    const site = await startSite((app) => {
      app.use((_request, response) => response.set({ ...headers, Date: date }).send('a'));
    });
    for (const _time of [1, 2]) expect((await site.visit('/page')).outcome).toBe(reason);
  });
});

test('a request with no-store makes no page, and gets one that is there', async () => {
  const site = await startSite((app) => app.use((_request, response) => response.send('page')));
  const request = { headers: { 'cache-control': 'no-store' } };
  for (const _time of [1, 2]) expect((await site.visit('/page', request)).outcome).toBe('no-store');
  expect((await site.visit('/page')).outcome).toBe('stored');
  expect((await site.request('/page', request)).cache).toBe(HIT);
});

describe('a HEAD that misses has the head of the GET that misses', () => {
  const responses: Record<string, RequestHandler> = {
    'a page that says nothing': (_request, response) => response.send('page'),
    'a page with a Cache-Control of its own': (_request, response) =>
      response.set('Cache-Control', 'max-age=60').send('page'),
    'a page with a cookie': (_request, response) => response.cookie('a', 'b').send('page'),
    'a page that reads a header': (request, response) => response.send(request.get('user-agent') ?? 'page'),
    'a page that is streamed': (_request, response) => {
      response.type('html').write('pa');
      response.end('ge');
    },
    'a redirect': (_request, response) => response.redirect('/elsewhere'),
    'a head that is written at once': (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(),
  };

  test.each(Object.entries(responses))('%s', async (_, handler) => {
    const site = await startSite((app) => app.use(handler));
    const head = await site.visit('/page', { method: 'HEAD' });
    const get = await site.visit('/page');
    const essence = ({ status, headers }: typeof head) => {
      const { date, 'cache-status': cache, 'transfer-encoding': framing, ...rest } = headers;
      return { status, headers: rest };
    };
    expect(essence(head)).toEqual(essence(get));
    expect(head).toMatchObject({
      outcome: 'head',
      cache: 'staticgenerator; fwd=uri-miss; detail=head',
      body: '',
    });
  });
});

test('what express.static sends may lie where nginx finds it, once it is declared', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'about.html'), '<p>about</p>');
  const declared = { 'Cache-Control': 'public, max-age=0', 'Accept-Ranges': 'bytes' };
  const site = await startSite((app) => app.use(express.static(folder)), { headers: declared });
  const miss = await site.visit('/about.html');
  expect(miss.outcome).toBe('stored');
  expect(await readdir(site.webRoot)).toContain('about.html');
  const hit = await site.request('/about.html');
  expect([hit.cache, hit.headers['cache-control'], hit.headers.age]).toEqual([
    HIT,
    'public, max-age=0',
    undefined,
  ]);
  expect(hit.body).toBe(miss.body);
});
