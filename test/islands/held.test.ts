/** Responses that are held back until their islands can be inserted. For the app they behave as Node's responses do. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import compression from 'compression';
import type { Express, Request, Response } from 'express';
import session from 'express-session';
import { expect, test } from 'vitest';
import { deferred } from '../helpers/deferred.js';
import { rawRequest } from '../helpers/servers/raw-http.js';
import { startIncluding } from './including-site.js';

const FILLED = '<span data-included="/island/menu">menu</span>';
const FALLEN_BACK = '<span data-included="/island/menu">none</span>';
const withoutMarks = (body: string) => body.replace(/<!--.*?-->/g, '');

/** Starts a site whose post is answered by this handler. It gets the HTML of an island that is filled with `menu`. */
function startHeld(
  handler: (response: Response, island: string, request: Request) => unknown,
  { before, ...options }: { before?: (app: Express) => void; maxBodyBytes?: number } = {},
) {
  return startIncluding(
    'embedded',
    (app, pages) => {
      before?.(app);
      app.get('/posts/1', (request, response) =>
        handler(response, pages.island('/island/menu', { fallback: 'none' }), request),
      );
      app.get('/island/menu', (_, response) => void response.send('menu'));
    },
    options,
  );
}

const tooLate = expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' });

test.each<[string, (response: Response) => unknown]>([
  ['a second head', (response) => response.writeHead(500)],
  ['a header', (response) => response.setHeader('x-late', '1')],
  ['one more line of a header', (response) => response.appendHeader('x-late', '1')],
  ['the removal of a header', (response) => response.removeHeader('content-type')],
])('%s that comes after the head is refused, as by Node', async (_, late) => {
  let caught: unknown;
  const site = await startHeld((response, island) => {
    response.type('html').writeHead(203, { 'x-early': '1' });
    response.write(island);
    try {
      late(response);
    } catch (error) {
      caught = error;
    }
    // Node accepts a late status, but does not send it.
    response.statusCode = 500;
    response.end('.');
  });
  const { status, headers, body } = await site.front('/posts/1');
  expect([status, headers['x-early'], headers['x-late'], body]).toEqual([203, '1', undefined, `${FILLED}.`]);
  expect(caught).toEqual(tooLate);
});

test.each<[string, (response: Response) => unknown]>([
  ['a chunk that is none', (response) => response.write(7)],
  ['no chunk', (response) => response.write(null)],
  ['a status that is none', (response) => response.writeHead(7)],
  ['a coding that is none', (response) => response.write('x', 'utf-9' as BufferEncoding)],
])('%s is refused before the head leaves, so that the app can answer with an error', async (_, wrong) => {
  const site = await startHeld((response) => {
    try {
      wrong(response);
    } catch {
      response.status(500);
    }
    response.end('broken');
  });
  const { status, body } = await site.front('/posts/1');
  expect([status, body]).toEqual([500, 'broken']);
});

test('who waits until a chunk is written goes on', async () => {
  const site = await startHeld(async (response, island) => {
    const write = promisify((chunk: string, done: (error?: Error | null) => void) =>
      response.write(chunk, 'utf8', done),
    );
    response.type('html');
    await write(island);
    await write('.');
    response.end();
  });
  expect((await site.front('/posts/1')).body).toBe(`${FILLED}.`);
});

test('a session that is saved at the end of a response in pieces is saved', async () => {
  const options = { secret: 'x', resave: false, saveUninitialized: true };
  const site = await startHeld(
    (response, island) => {
      response.type('html').write(island);
      response.end('.');
    },
    { before: (app) => app.use(session(options)) },
  );
  // This response does not become a page.
  const { status, body, headers } = await site.front('/posts/1', { headers: { range: 'bytes=0-1' } });
  expect([status, body]).toEqual([200, `${FILLED}.`]);
  expect(headers['set-cookie']).toHaveLength(1);
});

test('a compression of the app is right for a response that is longer than a page may be', async () => {
  const noise = randomBytes(100_000).toString('hex');
  const site = await startHeld(
    async (response, island) => {
      response.type('html').write(island);
      for (let at = 0; at < noise.length; at += 50_000)
        if (!response.write(noise.slice(at, at + 50_000))) await once(response, 'drain');
      response.end('.');
    },
    { before: (app) => app.use(compression({ threshold: 0 })), maxBodyBytes: 2_000 },
  );
  const headers = { 'accept-encoding': 'gzip' };
  const { bytes, headers: sent } = await site.front('/posts/1', { headers });
  expect(sent['content-encoding']).toBe('gzip');
  expect(withoutMarks(gunzipSync(bytes).toString())).toBe(`${FALLEN_BACK}${noise}.`);
});

test.each([
  'application/json',
  'text/event-stream',
  'text/plain; charset=utf-8',
  'application/rss+xml',
  'text/html; charset=utf-16le',
])('%s is not held, and has the fallback', async (type) => {
  const go = deferred();
  const site = await startHeld(async (response, island) => {
    response.setHeader('content-type', type);
    response.write(island);
    await go.promise;
    response.end();
  });
  const sent = site.front('/posts/1');
  const told = await site.logger.waitFor(({ message }) => message.includes('keep their fallbacks'), 0);
  expect(told.fields).toEqual({ reason: `/posts/1: ${type}` });
  go.resolve();
  const { body, headers } = await sent;
  expect(withoutMarks(body)).toBe(FALLEN_BACK);
  expect(headers['cache-control']).toBe('private, no-store');
});

test('an island in the data of a script is not put in, and the page is not stored', async () => {
  const site = await startHeld((response, island) => {
    response.send(`${island}<script>const page = ${JSON.stringify({ island })};</script>`);
  });
  const { refused } = await site.pages.quickPublish('/posts/1');
  expect(refused).toMatchObject([{ reason: 'include', detail: 'an island in a script or a quoted text' }]);
  const { body } = await site.front('/posts/1');
  expect(withoutMarks(body)).toBe(
    `${FILLED}<script>const page = ${JSON.stringify({ island: FALLEN_BACK })};</script>`,
  );
});

test('what is longer than a page may be is sent from there on as it comes', async () => {
  const more = deferred();
  const site = await startHeld(
    async (response, island) => {
      response.type('html').write(island);
      const isRoom = response.write('x'.repeat(3_000));
      if (!isRoom) await once(response, 'drain');
      await more.promise;
      response.write('y');
      response.end(island);
    },
    { maxBodyBytes: 2_000 },
  );
  const sent = site.front('/posts/1');
  await site.logger.waitFor(({ message }) => message.includes('keep their fallbacks'), 0);
  more.resolve();
  const { body, headers } = await sent;
  expect(withoutMarks(body)).toBe(`${FILLED}${'x'.repeat(3_000)}y${FALLEN_BACK}`);
  expect(headers['cache-control']).toBe('private, no-store');
});

test('for a visitor who has left, no island is asked for', async () => {
  const [begun, gone, ended] = [deferred(), deferred(), deferred()];
  const asked: string[] = [];
  const site = await startIncluding('embedded', (app, pages) => {
    app.get('/posts/1', async (_, response) => {
      response.once('close', gone.resolve);
      response.type('html').write(pages.island('/island/menu'));
      begun.resolve();
      await gone.promise;
      response.end();
      setImmediate(ended.resolve);
    });
    app.get('/island/menu', (request, response) => void response.send(String(asked.push(request.url))));
  });
  const sent = rawRequest(site.port, 'GET /posts/1 HTTP/1.1\r\nHost: localhost\r\n\r\n', { timeoutMs: 300 });
  await begun.promise;
  await expect(sent).rejects.toThrow('300 ms passed');
  await ended.promise;
  expect(asked).toEqual([]);
});
