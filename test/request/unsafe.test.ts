import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import type { Response } from 'express';
import { expect, test } from 'vitest';
import { type Site, startSite } from '../helpers/site/site.js';

/** Starts a site with the stored pages `/page` and `/other`, and with one handler for every other method. */
async function changingSite(answer: (response: Response) => unknown, options = {}): Promise<Site> {
  const site = await startSite((app) => {
    app.get(['/page', '/other', '/draft'], (_request, response) => response.send('page'));
    app.use((_request, response) => answer(response));
  }, options);
  for (const path of ['/page', '/other']) expect((await site.visit(path)).outcome).toBe('stored');
  return site;
}

const isStored = async (site: Site, path: string) =>
  (await site.request(path, { headers: { cookie: 'unknown=1' } })).cache === 'staticgenerator; hit';

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
  'a %s that succeeds deletes its own page before its answer leaves',
  async (method) => {
    const site = await changingSite((response) => response.status(204).end());
    expect((await site.request('/page?form=1', { method })).status).toBe(204);
    expect(await isStored(site, '/page')).toBe(false);
    expect(await isStored(site, '/other')).toBe(true);
  },
);

test('Location and Content-Location on the same host are deleted too, and not those on others', async () => {
  const deletedBy = async (headers: object, status = 303) => {
    const site = await changingSite((response) => response.status(status).set(headers).end());
    await site.request('/form', { method: 'POST' });
    return !(await isStored(site, '/page'));
  };
  expect(await deletedBy({ Location: '/page' })).toBe(true);
  expect(await deletedBy({ Location: '/page/?saved=1#top' })).toBe(true);
  expect(await deletedBy({ Location: 'page' })).toBe(true);
  expect(await deletedBy({ Location: 'https://localhost/page' })).toBe(true);
  expect(await deletedBy({ 'Content-Location': '/page' }, 200)).toBe(true);
  expect(await deletedBy({ Location: 'https://other.example/page' })).toBe(false);
  expect(await deletedBy({ Location: 'http://[broken' })).toBe(false);
});

test.each([400, 404, 500])('a request that failed with %i deletes nothing', async (status) => {
  const site = await changingSite((response) => response.status(status).send('no'));
  await site.request('/page', { method: 'POST' });
  expect(await isStored(site, '/page')).toBe(true);
});

test('OPTIONS deletes nothing', async () => {
  const site = await changingSite((response) => response.status(200).end());
  await site.request('/page', { method: 'OPTIONS' });
  expect(await isStored(site, '/page')).toBe(true);
});

test('a render under way during the request is not stored', async () => {
  const events = new EventEmitter();
  const site = await startSite((app) => {
    app.get('/page', async (_request, response) => {
      events.emit('rendering');
      await once(events, 'posted');
      response.send('before');
    });
    app.post('/page', (_request, response) => response.redirect(303, '/page'));
  });
  const rendering = once(events, 'rendering');
  const visit = site.visit('/page');
  await rendering;
  await site.request('/page', { method: 'POST' });
  events.emit('posted');
  expect((await visit).outcome).toBe('voided');
});

test.each<[string, (response: Response) => unknown, string]>([
  ['one call', (response) => response.send('all at once'), 'all at once'],
  [
    'pieces',
    (response) => {
      response.writeHead(200, { 'X-Piece': 'yes' });
      response.write('a');
      response.write(Buffer.from('b'));
      response.end('c');
    },
    'abc',
  ],
  [
    'a buffer that is used again',
    (response) => {
      const buffer = Buffer.from('first');
      response.write(buffer);
      buffer.write('again');
      response.end(buffer);
    },
    'firstagain',
  ],
  [
    'a stream larger than its buffers',
    (response) => Readable.from(Array(200).fill('x'.repeat(10_000))).pipe(response),
    'x'.repeat(2_000_000),
  ],
  [
    'a flushed head',
    (response) => {
      response.flushHeaders();
      setImmediate(() => response.end('later'));
    },
    'later',
  ],
])('an answer in %s arrives whole though it was held', async (_name, answer, body) => {
  const site = await changingSite(answer);
  expect((await site.request('/page', { method: 'POST' })).body).toBe(body);
  expect(await isStored(site, '/page')).toBe(false);
});

test('to the application, a held head has been sent', async () => {
  const seen: unknown[] = [];
  const site = await changingSite((response) => {
    response.send('first');
    seen.push(response.headersSent);
    response.once('finish', () => seen.push(response.headersSent));
  });
  await site.request('/page', { method: 'POST' });
  expect(seen).toEqual([true, true]);
});

test('an unsafe request that no rule concerns is not held', async () => {
  const site = await changingSite((response) => response.send('done'), { excludeUrls: [/^\/form$/] });
  const from = site.logger.lines.length;
  expect((await site.request('/form', { method: 'POST' })).body).toBe('done');
  expect(site.logger.lines.slice(from)).toEqual([]);
});

test('headers of `purgeHeaders` say what else to delete, before the answer leaves, whatever its status', async () => {
  const deletedBy = async (headers: object, status = 200) => {
    const site = await changingSite((response) => response.status(status).set(headers).end(), {
      purgeHeaders: ['X-Cache-Invalidate'],
    });
    await site.request('/api/posts/1', { method: 'PUT' });
    const stored = await Promise.all(['/page', '/other'].map((path) => isStored(site, path)));
    return ['/page', '/other'].filter((_, index) => !stored[index]);
  };
  expect(await deletedBy({ 'X-Cache-Invalidate': '/page, /elsewhere' })).toEqual(['/page']);
  expect(await deletedBy({ 'x-cache-invalidate': '/o*' })).toEqual(['/other']);
  expect(await deletedBy({ 'X-Cache-Invalidate': '/*' })).toEqual(['/page', '/other']);
  expect(await deletedBy({ 'X-Cache-Invalidate': '/page' }, 500)).toEqual(['/page']);
  expect(await deletedBy({ 'X-Other': '/page' })).toEqual([]);
});
