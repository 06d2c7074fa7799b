import compression from 'compression';
import type { Request, Response } from 'express';
import { expect, test } from 'vitest';
import { startSite } from '../../helpers/site/site.js';

type Page = (request: Request, response: Response) => unknown;

const page =
  (read: (request: Request) => unknown): Page =>
  (request, response) =>
    response.type('html').send(`<p>${String(read(request))}</p>`);

const log = (request: Request) => JSON.stringify(request.headers);
const agent = 'Mozilla/5.0 (first; "x")';

/** Pages that repeat what they read: a name, the header, the value that the first visitor sends, and the page. */
const repeating: readonly (readonly [string, string, string, Page])[] = [
  ['the address', 'x-forwarded-for', '203.0.113.7', page((request) => request.get('X-Forwarded-For'))],
  [
    'the address of a list',
    'x-forwarded-for',
    '203.0.113.7, 10.0.0.1',
    page((request) => request.app.set('trust proxy', true) && request.ip),
  ],
  ['a number for a log', 'x-request-id', '0af7651916cd43dd', page(({ headers }) => headers['x-request-id'])],
  [
    'a number for a log in a header',
    'x-request-id',
    '0af7651916cd43dd',
    (request, response) => response.set('X-Tag', request.get('X-Request-Id') ?? '').send('page'),
  ],
  ['what it logs', 'user-agent', agent, page(log)],
  ['what it logs, escaped', 'user-agent', agent, page((request) => encodeURIComponent(log(request)))],
  ['a cookie', 'cookie', '_ga=GA1.2.345.678', page(({ headers }) => headers.cookie)],
  [
    'it in a part of a long page',
    'x-request-id',
    '0af7651916cd43dd',
    (request, response) => {
      response.type('html').write('x'.repeat(100_000));
      setImmediate(() => response.end(request.get('x-request-id')));
    },
  ],
];

test.each(repeating)('a page that repeats %s (%s: %s) is not stored', async (_, name, value, render) => {
  const site = await startSite((app) => app.get('/page', render));
  const answer = await site.visit('/page', { headers: { [name]: value } });
  expect(answer).toMatchObject({ status: 200, outcome: 'echoes-request' });
  const told = site.logger.lines.filter(({ level }) => level === 'warn');
  expect(told).toMatchObject([{ fields: { path: '/page', name } }]);
  expect(JSON.stringify(await site.request('/page'))).not.toContain(value.split(',')[0]);
});

test('so is one that is compressed before it comes here', async () => {
  const site = await startSite((app) => {
    app.use(compression({ threshold: 0 }));
    app.get(
      '/page',
      (request, response) => void response.type('html').send(`id ${request.get('X-Request-Id')}`),
    );
  });
  const headers = { 'x-request-id': '0af7651916cd43dd', 'accept-encoding': 'gzip' };
  const answer = await site.visit('/page', { headers });
  expect(answer.headers['content-encoding']).toBe('gzip');
  expect(answer.outcome).toBe('echoes-request');
});

test('what the application takes out of the headers is looked for all the same', async () => {
  const site = await startSite((app) => {
    app.get('/page', ({ headers }, response) => {
      const id = headers['x-request-id'];
      delete headers['x-request-id'];
      response.send(`id ${id}`);
    });
  });
  const answer = await site.visit('/page', { headers: { 'x-request-id': '0af7651916cd43dd' } });
  expect(answer.outcome).toBe('echoes-request');
});

test('a request with more values than anybody sends makes no page', async () => {
  const site = await startSite((app) => app.get('/page', (_request, response) => response.send('page')));
  const headers = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`x-${index}`, `value ${index} of many`]),
  );
  expect((await site.visit('/page', { headers })).outcome).toBe('echoes-request');
  expect((await site.visit('/page')).outcome).toBe('stored');
});

test('a page of a site is made by any browser that comes along', async () => {
  const site = await startSite((app) => {
    app.get('/posts/hello', (_request, response) => {
      response.set({ 'Cross-Origin-Resource-Policy': 'same-origin', 'Content-Language': 'en-US' });
      response.send(`<html lang="en-US"><link rel="canonical" href="https://localhost/posts/hello">
        <script type="text/html">document.navigate("none")</script> no-cache max-age=0 "Windows" Mozilla
        <a href="http://localhost/">home</a> <a href="https://www.google.com/maps">map</a> gzip, deflate, br`);
    });
  });
  const headers = {
    ...{ connection: 'keep-alive', 'cache-control': 'max-age=0', 'sec-ch-ua-platform': '"Windows"' },
    ...{ 'user-agent': agent, accept: 'text/html', 'accept-language': 'en-US', referer: 'http://localhost/' },
    ...{ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    ...{
      'accept-encoding': 'gzip, deflate, br',
      'x-forwarded-host': 'localhost',
      'x-forwarded-for': '127.0.0.1',
    },
  };
  expect((await site.visit('/posts/hello', { headers })).outcome).toBe('stored');
});
