/** The responses for islands: which routes are called, what is passed on, and that no cache stores them. */
import { doubleCsrf } from 'csrf-csrf';
import express, { type Express, type Request } from 'express';
import session from 'express-session';
import { describe, expect, test } from 'vitest';
import { islandScript } from '../../src/islands/script.js';
import { effort } from '../helpers/effort.js';
import { type Answer, type RequestOptions, type Site, startSite } from '../helpers/site/site.js';

const ISLANDS = { urls: [/^\/island\//] };
const POST = { match: /^\/posts\//, as: 'nobody' as const };
/** The number of turns, with eight requests each. */
const TURNS = effort({ usual: 5, long: 1_250 });
const MARKED = { 'x-islands': '1' };

async function islandsOf(site: Site, urls: readonly string[], options: RequestOptions = {}): Promise<Answer> {
  const query = new URLSearchParams(urls.map((url): [string, string] => ['url', url]));
  return await site.request(`/_islands/?${query}`, {
    ...options,
    headers: { ...MARKED, ...options.headers },
  });
}

async function startWith(routes: (app: Express) => void, options: object = {}): Promise<Site> {
  return await startSite(routes, { urls: [POST, /^\/island\//], islands: ISLANDS, ...options });
}

const cookieOf = ({ headers }: Answer) =>
  (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ');

describe('an island', () => {
  const greet = (app: Express) => {
    app.get('/island/name', (request, response) => {
      response.set('Cache-Control', 'public, max-age=600').send(`for ${request.headers.cookie ?? 'nobody'}`);
    });
  };

  test('is asked for as its visitor would, all in one request', async () => {
    const site = await startWith((app) => {
      greet(app);
      app.set('trust proxy', true);
      app.get('/island/seen', (request, response) => {
        const { ip, hostname, method, originalUrl, protocol } = request;
        response.json === undefined ||
          response.type('html').send([ip, hostname, method, originalUrl, protocol].join(' '));
      });
    });
    const headers = {
      ...{ cookie: 'sid=1; a=b', host: 'localhost', 'accept-language': 'de' },
      ...{
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'https',
        'if-none-match': '*',
        range: 'bytes=0-1',
      },
    };
    const answer = await islandsOf(site, ['/island/name', '/island/seen?x=1'], { headers });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({
      '/island/name': 'for sid=1; a=b',
      '/island/seen?x=1': '203.0.113.9 localhost GET /island/seen?x=1 https',
    });
    expect(answer.headers).toMatchObject({
      'cache-control': 'private, no-store',
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test('is said to come from where its request came from', async () => {
    const site = await startWith((app) =>
      app.get('/island/ip', (request, response) => void response.send(request.ip)),
    );
    expect(JSON.parse((await islandsOf(site, ['/island/ip'])).body)).toEqual({ '/island/ip': '127.0.0.1' });
  });

  test('is never stored, and never kept, whatever the app says', async () => {
    const site = await startWith(greet);
    for (let visit = 0; visit < 2; visit += 1) {
      const { headers, cache } = await site.request('/island/name', { headers: { accept: 'text/html' } });
      expect(headers['cache-control']).toBe('private, no-store');
      expect(cache).toBe('staticgenerator; fwd=bypass; detail=excluded');
    }
    const head = await site.request('/island/name', { method: 'HEAD' });
    expect(head.headers['cache-control']).toBe('private, no-store');
  });

  test.each(['/ISLAND/Name', '/island/name/', '/island/%6eame'])(
    'is not kept in the spelling %s',
    async (spelling) => {
      const routes = (app: Express) =>
        app.get('/island/:part', (_, response) => {
          response.set('Cache-Control', 'public, max-age=600').send('for nobody');
        });
      const site = await startWith(routes, { islands: { urls: [/^\/island\/name$/] } });
      const { body, headers } = await site.request(spelling, { headers: { accept: 'text/html' } });
      expect(body).toBe('for nobody');
      expect(headers['cache-control']).toBe('private, no-store');
    },
  );

  test.each<[string, (app: Express) => void]>([
    ['redirects', (app) => app.get('/island/x', (_, response) => response.redirect('/login'))],
    ['fails', (app) => app.get('/island/x', () => Promise.reject(new Error('broken')))],
    ['is not there', () => undefined],
    ['is JSON', (app) => app.get('/island/x', (_, response) => void response.json({}))],
    ['breaks off', (app) => app.get('/island/x', (_, response) => void response.destroy())],
    ['is too large', (app) => app.get('/island/x', (_, response) => void response.send('x'.repeat(2 ** 21)))],
  ])('that %s leaves the others as they are', async (_, routes) => {
    const site = await startWith((app) => {
      greet(app);
      routes(app);
    });
    const answer = await islandsOf(site, ['/island/x', '/island/name']);
    expect(JSON.parse(answer.body)).toEqual({ '/island/name': 'for nobody' });
    const told = site.logger.lines.filter(({ message }) => message.includes('keeps its fallback'));
    expect(told).toEqual([
      expect.objectContaining({ level: 'warn', fields: { reason: expect.stringContaining('/island/x: ') } }),
    ]);
  });
});

describe('what is asked for islands is refused', () => {
  test.each<[string, number, string, RequestOptions?]>([
    [
      'without the header that no other site can send',
      403,
      '/_islands/?url=/island/name',
      { headers: { 'x-islands': undefined } },
    ],
    [
      'from another site',
      403,
      '/_islands/?url=/island/name',
      { headers: { 'sec-fetch-site': 'cross-site' } },
    ],
    [
      'from another host of the site',
      403,
      '/_islands/?url=/island/name',
      { headers: { 'sec-fetch-site': 'same-site' } },
    ],
    ['with nothing in it', 400, '/_islands/'],
    ['for what is no island', 400, '/_islands/?url=/admin'],
    ['for a way around the list', 400, '/_islands/?url=/island/../admin'],
    ['for another site', 400, '/_islands/?url=//evil.example/island/name'],
    ['for itself', 400, '/_islands/?url=/_islands/'],
    [
      'for too many',
      400,
      `/_islands/?${Array.from({ length: 21 }, (_, at) => `url=/island/${at}`).join('&')}`,
    ],
    ['with another method', 405, '/_islands/?url=/island/name', { method: 'POST' }],
    ['at a name that is none', 404, '/_islands/other.js'],
  ])('%s', async (_, status, target, options = {}) => {
    const asked: string[] = [];
    const site = await startWith((app) =>
      app.use((request, _response, next) => next(void asked.push(request.url))),
    );
    const { 'x-islands': mark = '1', ...headers } = { ...options.headers };
    const isMarked = !('x-islands' in { ...options.headers });
    const answer = await site.request(target, {
      ...options,
      headers: { ...headers, ...(isMarked && { 'x-islands': mark }) },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(asked).toEqual([]);
  });

  test('where there is no app to ask, with what to do in the log', async () => {
    const site = await startWith(() => undefined);
    const { staticGenerator } = await import('../../src/static-generator.js');
    const pages = staticGenerator({
      urls: [],
      islands: ISLANDS,
      webRoot: `${site.webRoot}-2`,
      logger: site.logger,
    });
    const app = express().use(pages.middleware);
    const { listen, send } = await import('../helpers/site/site.js');
    const port = await listen(app);
    const answer = await send(port, '/_islands/?url=/island/name', { headers: MARKED });
    await pages.close();
    expect(answer.status).toBe(500);
    expect(site.logger.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { reason: expect.stringContaining('attach(app)') },
    });
  });
});

describe('cookies that islands set', () => {
  const sessions = session({ secret: 'x', resave: false, saveUninitialized: false });

  test('reach the browser, and the islands after it', async () => {
    const site = await startWith((app) => {
      app.use(sessions);
      app.get('/island/count/:n', (request, response) => {
        const own = request.session as typeof request.session & { count?: number };
        own.count = (own.count ?? 0) + 1;
        response.send(String(own.count));
      });
    });
    const first = await islandsOf(site, ['/island/count/1', '/island/count/2']);
    expect(JSON.parse(first.body)).toEqual({ '/island/count/1': '1', '/island/count/2': '2' });
    expect(first.headers['set-cookie']).toHaveLength(1);
    const again = await islandsOf(site, ['/island/count/3'], { headers: { cookie: cookieOf(first) } });
    expect(JSON.parse(again.body)).toEqual({ '/island/count/3': '3' });
  });

  test('are taken back as a browser takes them back, and those of other paths are handed on alone', async () => {
    const site = await startWith((app) => {
      app.get('/island/set', (_, response) => {
        response
          .cookie('kept', '1')
          .cookie('narrow', '1', { path: '/island/set' })
          .clearCookie('old')
          .send('');
      });
      app.get('/island/seen', (request, response) => void response.send(request.headers.cookie ?? ''));
    });
    const answer = await islandsOf(site, ['/island/set', '/island/seen'], {
      headers: { cookie: 'old=1; other=2' },
    });
    expect(JSON.parse(answer.body)).toMatchObject({ '/island/seen': 'other=2; kept=1' });
    expect(answer.headers['set-cookie']).toHaveLength(3);
  });

  test('make the token of a double submit, which a form then sends', async () => {
    const { generateCsrfToken, doubleCsrfProtection } = doubleCsrf({
      getSecret: () => 'a secret',
      getSessionIdentifier: () => 'everybody',
      cookieName: 'csrf',
      cookieOptions: { secure: false },
      getCsrfTokenFromRequest: (request: Request) => request.body?._csrf,
    });
    const readCookies = (request: Request, _: unknown, next: () => void) => {
      const pairs = (request.headers.cookie ?? '').split('; ').filter(Boolean);
      request.cookies = Object.fromEntries(
        pairs.map((pair) => [
          pair.slice(0, pair.indexOf('=')),
          decodeURIComponent(pair.slice(pair.indexOf('=') + 1)),
        ]),
      );
      next();
    };
    const site = await startWith((app) => {
      app.use(readCookies, express.urlencoded({ extended: false }));
      app.get('/posts/1', (_, response) => {
        response.send('<form><input type="hidden" name="_csrf" data-island="/island/token"></form>');
      });
      app.get(
        '/island/token',
        (request, response) => void response.type('text').send(generateCsrfToken(request, response)),
      );
      app.post('/comments', doubleCsrfProtection, (_, response) => void response.send('taken'));
    });
    expect(await site.ask('/posts/1')).toBe('stored');
    expect(await site.ask('/posts/1')).toBe('hit');
    const answer = await islandsOf(site, ['/island/token']);
    const token = JSON.parse(answer.body)['/island/token'].text as string;
    const post = (body: string) =>
      site.request('/comments', {
        method: 'POST',
        headers: { cookie: cookieOf(answer), 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
    expect((await post(new URLSearchParams({ _csrf: token }).toString())).body).toBe('taken');
    expect((await post('_csrf=other')).status).toBe(403);
  });
});

test('the script may be kept for good, and its name changes with it', async () => {
  const site = await startWith(() => undefined);
  const { status, headers, body } = await site.request(`/_islands/${islandScript.name}`);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
  });
  expect(body).toBe(islandScript.body.toString());
});

test('two visitors at once never get a byte of each other', async () => {
  const site = await startWith((app) => {
    app.get('/posts/:id', (_, response) => void response.send('<p>for all</p>'));
    app.get('/island/:part', (request, response) => {
      const answer = () => void response.send(`${request.params.part} of ${request.headers.cookie}`);
      if (request.params.part === 'slow') setImmediate(() => setImmediate(answer));
      else answer();
    });
  });
  const parts = ['/island/menu', '/island/slow'];
  const visit = async (name: string) => {
    const cookie = `sid=${name}`;
    const [page, islands] = await Promise.all([
      site.request('/posts/1', { headers: { cookie } }),
      islandsOf(site, parts, { headers: { cookie } }),
    ]);
    expect(page.body).toBe('<p>for all</p>');
    expect(JSON.parse(islands.body)).toEqual({
      '/island/menu': `menu of ${cookie}`,
      '/island/slow': `slow of ${cookie}`,
    });
  };
  for (let turn = 0; turn < TURNS; turn += 1)
    await Promise.all(['ada', 'bob', 'ada', 'bob'].map((name) => visit(`${name}${turn % 2}`)));
});
