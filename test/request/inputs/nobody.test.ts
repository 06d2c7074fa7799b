import type { RequestHandler } from 'express';
import session from 'express-session';
import { describe, expect, test } from 'vitest';
import { BROWSER_HEADERS } from '../../helpers/browser/browser-headers.js';
import { type SiteOptions, startSite } from '../../helpers/site/site.js';

const forNobody: SiteOptions = { urls: [{ match: /^\/page/, as: 'nobody' }, /^\/own/] };
const HIT = 'staticgenerator; hit';

/** Everything that an app can read from a request, in every way. */
const everything: RequestHandler = (request, response) => {
  const { headers, rawHeaders, headersDistinct } = request;
  response.json({
    headers,
    rawHeaders,
    distinct: headersDistinct,
    copy: { ...headers },
    agent: request.get('user-agent'),
  });
};

const visitor = {
  ...BROWSER_HEADERS,
  ...{
    cookie: '_ga=GA1.2.345.678',
    'x-tenant': 'acme',
    'if-none-match': '"x"',
    'x-request-id': '0af7651916cd43dd',
  },
  ...{ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher', forwarded: 'for=203.0.113.7' },
};

test('the app learns nothing of the visitor, and the page is stored', async () => {
  const site = await startSite((app) => app.get('/page', everything), forNobody);
  const answer = await site.visit('/page', { headers: visitor });
  expect(answer).toMatchObject({ status: 200, outcome: 'stored' });
  const left = {
    host: 'localhost',
    'accept-encoding': BROWSER_HEADERS['accept-encoding'],
    connection: 'keep-alive',
  };
  const seen = JSON.parse(answer.body);
  expect(seen).toMatchObject({ headers: left, copy: left });
  expect(Object.keys(seen.headers).sort()).toEqual(Object.keys(left).sort());
  expect(Object.keys(seen.distinct).sort()).toEqual(Object.keys(left).sort());
  expect(seen.rawHeaders.filter((_: string, index: number) => index % 2 === 0).sort()).toEqual(
    Object.keys(left).sort(),
  );
  expect(seen.agent).toBeUndefined();
});

test('a logger that writes at the end gets the request as it was', async () => {
  const logged: unknown[] = [];
  const site = await startSite((app) => {
    app.use((request, response, next) => {
      response.once('finish', () =>
        logged.push(request.headers['user-agent'], request.rawHeaders.length > 12),
      );
      next();
    });
    app.get('/page', everything);
  }, forNobody);
  await site.visit('/page', { headers: visitor });
  expect(logged).toEqual([BROWSER_HEADERS['user-agent'], true]);
});

describe('a visitor with a session', () => {
  const sessions = () => session({ secret: 's', resave: false, saveUninitialized: true });
  const member = { headers: { cookie: 'connect.sid=s%3Aknown.x' } };

  test('gets the page that is stored', async () => {
    const site = await startSite((app) => {
      app.get(['/page', '/own'], (request, response) =>
        response.send(`hello ${request.get('cookie') ?? 'nobody'}`),
      );
    }, forNobody);
    await site.visit('/page');
    await site.visit('/own');
    expect(await site.request('/page', member)).toMatchObject({ cache: HIT, body: 'hello nobody' });
    const own = await site.request('/own', member);
    expect(own).toMatchObject({
      cache: 'staticgenerator; fwd=bypass; detail=cookie',
      body: 'hello connect.sid=s%3Aknown.x',
    });
  });

  test('makes none, and is somebody to the app: no session is lost', async () => {
    const site = await startSite((app) => {
      app.get('/page', (request, response) => response.send(`hello ${request.get('cookie')}`));
    }, forNobody);
    const answer = await site.visit('/page', member);
    expect(answer).toMatchObject({ outcome: 'cookie-present', body: 'hello connect.sid=s%3Aknown.x' });
  });

  test('what the app gives nobody but with a cookie, a redirect or an error is not stored', async () => {
    const site = await startSite((app) => {
      app.get('/page/login', (_request, response) => response.redirect('/login'));
      app.get('/page/closed', (_request, response) => response.status(401).send('who are you?'));
      app.get('/page/cookie', sessions(), (_request, response) => response.send('a new session'));
    }, forNobody);
    expect((await site.visit('/page/login')).outcome).toBe('status');
    expect((await site.visit('/page/closed')).outcome).toBe('status');
    expect((await site.visit('/page/cookie')).outcome).toBe('set-cookie');
  });

  test('changes data as ever', async () => {
    let count = 0;
    const site = await startSite((app) => {
      app.get('/page', (_request, response) => response.send(`page ${count}`));
      app.post('/page', (request, response) => {
        count += 1;
        response.send(`by ${request.get('cookie')}`);
      });
    }, forNobody);
    await site.visit('/page');
    const posted = await site.request('/page', { method: 'POST', ...member });
    expect(posted.body).toBe('by connect.sid=s%3Aknown.x');
    expect((await site.visit('/page')).body).toBe('page 1');
  });
});

test('the address, which rate limits need, is looked for in the page', async () => {
  const site = await startSite((app) => {
    app.get('/page', (request, response) => response.send(`you are ${request.get('x-forwarded-for')}`));
  }, forNobody);
  const answer = await site.visit('/page', { headers: { 'x-forwarded-for': '203.0.113.7' } });
  expect(answer).toMatchObject({ body: 'you are 203.0.113.7', outcome: 'echoes-request' });
});

test('quickPublish makes it too', async () => {
  const site = await startSite((app) => app.get('/page', everything), forNobody);
  const headers = { 'accept-language': 'de' };
  expect(await site.pages.quickPublish('/page', { headers })).toMatchObject({ refused: [] });
  expect(JSON.parse((await site.request('/page')).body).headers).not.toHaveProperty('accept-language');
});
