/** Islands with hostile visitors and with other middleware. */
import http from 'node:http';
import type { Express } from 'express';
import { expect, test } from 'vitest';
import { deferred } from '../helpers/deferred.js';
import { type Answer, type RequestOptions, type Site, startSite } from '../helpers/site/site.js';

async function startWith(routes: (app: Express) => void, options: object = {}): Promise<Site> {
  return await startSite(routes, { islands: { urls: [/^\/island\//] }, ...options });
}

async function ask(site: Site, query: string, options: RequestOptions = {}): Promise<Answer> {
  return await site.request(`/_islands/?${query}`, {
    ...options,
    headers: { 'x-islands': '1', ...options.headers },
  });
}

const cookies = (app: Express) =>
  app.get('/island/cookie', (request, response) => void response.send(request.headers.cookie ?? ''));

test.each([
  ['that a URL parser throws for', 'url=/%09/['],
  ['with a control character in its query', 'url=/island/cookie?a%0d%0ab'],
  ['with a fragment', 'url=/island/cookie?a%23b'],
])('a target %s is refused', async (_, query) => {
  const site = await startWith(cookies);
  expect((await ask(site, query)).status).toBe(400);
});

test('a target with a query may be written as it is', async () => {
  const site = await startWith((app) =>
    app.get('/island/x', (request, response) => void response.send(request.query.y as string)),
  );
  expect(JSON.parse((await ask(site, 'url=/island/x?y=1')).body)).toEqual({ '/island/x?y=1': '1' });
});

test('what middleware before has answered stays as it is', async () => {
  const begun = deferred();
  const go = deferred();
  const site = await startWith(
    (app) =>
      app.get('/island/slow', (_, response) => {
        begun.resolve();
        void go.promise.then(() => response.send('late'));
      }),
    {
      before: (app: Express) =>
        app.use((request, response, next) => {
          next();
          if (request.url.endsWith('slow') && request.headers['x-islands'] !== undefined)
            void begun.promise.then(() => response.status(503).end('too slow', () => go.resolve()));
        }),
    },
  );
  expect((await ask(site, 'url=/island/slow')).status).toBe(503);
  cookies(site.app);
  expect((await ask(site, 'url=/island/cookie')).status).toBe(200);
});

test('cookies that middleware before has set are kept', async () => {
  const site = await startWith(
    (app) => app.get('/island/set', (_, response) => void response.cookie('b', '2').send('')),
    {
      before: (app: Express) =>
        app.use((request, response, next) => {
          if (request.url.startsWith('/_islands/')) response.cookie('a', '1');
          next();
        }),
    },
  );
  const { headers } = await ask(site, 'url=/island/set');
  expect((headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0])).toEqual(
    expect.arrayContaining(['a=1', 'b=2']),
  );
});

test('an island in another charset is read as it says', async () => {
  const site = await startWith((app) => {
    app.get('/island/latin', (_, response) => {
      response.setHeader('content-type', 'text/html; charset=iso-8859-1');
      response.end(Buffer.from('caf\u00e9', 'latin1'));
    });
    app.get('/island/unknown', (_, response) => {
      response.setHeader('content-type', 'text/html; charset=klingon');
      response.end('x');
    });
  });
  const { body } = await ask(site, 'url=/island/latin&url=/island/unknown');
  expect(JSON.parse(body)).toEqual({ '/island/latin': 'caf\u00e9' });
});

test('nothing more is rendered for a visitor who has left', async () => {
  const asked: string[] = [];
  const begun = deferred();
  const closed = deferred();
  const site = await startWith((app) => {
    app.get('/island/:name', (request, response) => {
      asked.push(request.url);
      if (request.params.name !== 'first') return void response.send('x');
      response.once('close', () => closed.resolve());
      begun.resolve();
    });
  });
  const request = http.get({
    host: '127.0.0.1',
    port: site.port,
    path: '/_islands/?url=/island/first&url=/island/second',
    headers: { 'x-islands': '1' },
  });
  request.on('error', () => undefined);
  await begun.promise;
  request.destroy();
  await closed.promise;
  await ask(site, 'url=/island/third');
  expect(asked).toEqual(['/island/first', '/island/third']);
  expect(site.logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('of two cookies of a name, the app sees what it would see otherwise', async () => {
  const site = await startWith((app) => {
    cookies(app);
    app.get('/island/set', (_, response) => void response.cookie('sid', 'new').send(''));
    app.get('/island/clear', (_, response) => void response.clearCookie('sid').send(''));
  });
  const headers = { cookie: 'a=1; sid=narrow; sid=wide; b=2' };
  const seen = async (query: string) =>
    JSON.parse((await ask(site, query, { headers })).body)['/island/cookie'];
  expect(await seen('url=/island/cookie')).toBe('a=1; sid=narrow; sid=wide; b=2');
  expect(await seen('url=/island/set&url=/island/cookie')).toBe('a=1; sid=new; b=2');
  expect(await seen('url=/island/clear&url=/island/cookie')).toBe('a=1; b=2');
});

test('plain text stays text, whatever stands in it', async () => {
  const site = await startWith((app) =>
    app.get('/island/name', (_, response) => void response.type('text').send('<img onerror=alert()>')),
  );
  expect(JSON.parse((await ask(site, 'url=/island/name')).body)).toEqual({
    '/island/name': { text: '<img onerror=alert()>' },
  });
});

test.each(['Surrogate-Control', 'CDN-Cache-Control', 'Cloudflare-CDN-Cache-Control', 'X-Accel-Expires'])(
  'no cache keeps an island because of %s',
  async (name) => {
    const site = await startWith((app) =>
      app.get('/island/x', (_, response) => void response.set(name, 'max-age=600').send('x')),
    );
    const { headers } = await site.request('/island/x');
    expect(headers[name.toLowerCase()]).toBeUndefined();
    expect(headers['cache-control']).toBe('private, no-store');
  },
);

test('an address that is no island leaves the others as they are', async () => {
  const site = await startWith(cookies);
  const { status, body } = await ask(site, 'url=https://evil.example/&url=/island/cookie&url=/admin');
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual({ '/island/cookie': '' });
});

test('the target may be in absolute form', async () => {
  const site = await startWith((app) =>
    app.get('/island/x', (_, response) => void response.set('Cache-Control', 'public').send('x')),
  );
  const { headers } = await site.request('http://localhost/island/x');
  expect(headers['cache-control']).toBe('private, no-store');
  const answer = await site.request('http://localhost/_islands/?url=/island/x', {
    headers: { 'x-islands': '1' },
  });
  expect(JSON.parse(answer.body)).toEqual({ '/island/x': 'x' });
});

test('early hints and trailers are no part of an island', async () => {
  const site = await startWith((app) =>
    app.get('/island/x', (_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.writeHead(200, { 'content-type': 'text/html', trailer: 'x-t' });
      response.write('a');
      response.addTrailers({ 'x-t': '1' });
      response.end('b');
    }),
  );
  expect(JSON.parse((await ask(site, 'url=/island/x')).body)).toEqual({ '/island/x': 'ab' });
});

test('after close(), islands are answered still, and kept by nobody', async () => {
  const site = await startWith((app) =>
    app.get('/island/x', (_, response) => void response.set('Cache-Control', 'public').send('x')),
  );
  await site.pages.close();
  expect(JSON.parse((await ask(site, 'url=/island/x')).body)).toEqual({ '/island/x': 'x' });
  expect((await site.request('/island/x')).headers['cache-control']).toBe('private, no-store');
});
