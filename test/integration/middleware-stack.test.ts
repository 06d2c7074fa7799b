import { readdir } from 'node:fs/promises';
import compression from 'compression';
import cookieParser from 'cookie-parser';
import cors from 'cors';
import express, { type Express, type RequestHandler } from 'express';
import session from 'express-session';
import helmet from 'helmet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveConfig } from '../../src/config.js';
import { generateNginx } from '../../src/front/nginx/generate.js';
import type { Options } from '../../src/index.js';
import { csrfGuard, translations } from '../differential/site/middleware.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { listen, send } from '../helpers/site/site.js';
import { comparable, HIT, MISS, type TestPages, testPages, visit } from './visitor.js';

declare module 'express-session' {
  interface SessionData {
    visitor: string;
  }
}

const orders = ['before', 'after'] as const;
type Order = (typeof orders)[number];

interface Stack {
  readonly order: Order;
  readonly middleware: readonly RequestHandler[];
  readonly routes?: (app: Express) => void;
  readonly options?: Partial<Options>;
}

interface StackSite extends TestPages {
  readonly port: number;
  /** The port of the same app without our middleware. */
  readonly barePort: number;
}

const BODY = `<!doctype html><title>page</title>${'<p>text</p>'.repeat(300)}`;

/** Starts an Express app with other middleware before or after ours. */
async function startStack({
  order,
  middleware,
  routes = () => undefined,
  options,
}: Stack): Promise<StackSite> {
  const site = await testPages(options);
  const build = (own: readonly RequestHandler[]) => {
    const app = express();
    app.use(order === 'before' ? [...middleware, ...own] : [...own, ...middleware]);
    app.get('/page', (_request, response) => void response.send(BODY));
    routes(app);
    return app;
  };
  const [app, bare] = [build([site.pages.middleware]), build([(_request, _response, next) => next()])];
  site.pages.attach(app);
  return { ...site, port: await listen(app), barePort: await listen(bare) };
}

/** Returns whether nginx would find the page, or only Node. Returns undefined if the page is not stored. */
async function finderOf({ webRoot }: TestPages): Promise<'nginx' | 'node' | undefined> {
  const files = await readdir(webRoot, { recursive: true, withFileTypes: true });
  const pages = files.filter((file) => file.isFile() && !/\.(?:gz|br)$/.test(file.name));
  if (pages.some(({ name }) => name === 'page.page.html')) return 'nginx';
  return pages.some(({ parentPath }) => parentPath.includes('node-only')) ? 'node' : undefined;
}

const harmless: Readonly<Record<string, () => readonly RequestHandler[]>> = {
  helmet: () => [helmet()],
  cors: () => [cors()],
  'cors that repeats the origin': () => [cors({ origin: true })],
  'cors for one origin': () => [cors({ origin: 'https://a.example' })],
  compression: () => [compression()],
  'cookie-parser': () => [cookieParser('secret')],
  'express-session that saves no empty session': () => [
    session({ secret: 's', resave: false, saveUninitialized: false }),
  ],
  'csrf-csrf': csrfGuard,
  'i18next by cookie': () => [translations({ order: ['querystring', 'cookie'] })],
  'all of them': () => [
    ...[helmet(), cors(), compression(), ...csrfGuard(), translations({ order: ['querystring', 'cookie'] })],
    session({ secret: 's', resave: false, saveUninitialized: false }),
  ],
};
const nginxRepeats = [
  'compression',
  'cookie-parser',
  'express-session that saves no empty session',
  'csrf-csrf',
];

describe.each(orders)('mounted %s ours', (order) => {
  describe.each(Object.entries(harmless))('%s', (name, middleware) => {
    test.each(['identity', 'gzip', 'br'])(
      'leaves a hit what a miss is, and what it was without us (%s)',
      async (coding) => {
        const site = await startStack({ order, middleware: middleware() });
        const headers = { 'accept-encoding': coding };
        const miss = await visit(site.port, site, '/page', { headers });
        expect(miss).toMatchObject({ status: 200, cache: MISS, outcome: 'stored' });
        const hit = await send(site.port, '/page', { headers });
        expect(hit.cache).toBe(HIT);
        expect(hit.headers['content-encoding'] ?? 'identity').toBe(coding);
        expect(comparable(hit)).toEqual(comparable(miss));
        expect(comparable(hit).body).toBe(BODY);

        const bare = comparable(await send(site.barePort, '/page', { headers }));
        expect(comparable(hit)).toEqual({
          ...bare,
          headers: { ...bare.headers, 'cache-control': 'no-cache' },
        });
      },
    );

    test(`lets ${nginxRepeats.includes(name) ? 'nginx' : 'Node alone'} find the page`, async () => {
      const site = await startStack({ order, middleware: middleware() });
      await visit(site.port, site, '/page');
      expect(await finderOf(site)).toBe(nginxRepeats.includes(name) ? 'nginx' : 'node');
    });
  });

  test('helmet and cors let nginx find the page when the lines of the log are declared', async () => {
    const middleware = [helmet(), cors(), compression()];
    const first = await startStack({ order, middleware });
    await visit(first.port, first, '/page');
    const { fields } = await first.logger.waitFor(({ message }) => message.includes('options `headers`'));

    const options = { headers: fields.headers as Record<string, string> };
    const site = await startStack({ order, middleware, options });
    const miss = await visit(site.port, site, '/page');
    expect(await finderOf(site)).toBe('nginx');
    expect(comparable(await send(site.port, '/page'))).toEqual(comparable(miss));

    const nginx = await frontOf(site, options);
    for (const coding of ['identity', 'gzip']) {
      const hit = await send(nginx, '/page', { headers: { 'accept-encoding': coding } });
      expect(hit.cache).toBe(HIT);
      const { server, ...headers } = comparable(hit).headers;
      expect({ ...comparable(hit), headers }).toEqual(comparable(miss));
    }
  });

  test.each([
    [
      'a nonce of helmet',
      'csp-nonce',
      () => helmet({ contentSecurityPolicy: { directives: { scriptSrc: ["'nonce-1'"] } } }),
    ],
    [
      'express-session at its defaults',
      'set-cookie',
      () => session({ secret: 's', resave: true, saveUninitialized: true }),
    ],
  ])('%s is refused (%s)', async (_name, reason, middleware) => {
    const site = await startStack({ order, middleware: [middleware()] });
    for (const _time of [1, 2]) {
      const answer = await visit(site.port, site, '/page');
      expect(answer).toMatchObject({ status: 200, body: BODY, outcome: reason });
    }
    expect(await finderOf(site)).toBeUndefined();
  });

  test('a page of cors is for requests without an origin, and any other gets the permission that the app gives', async () => {
    const site = await startStack({ order, middleware: [cors({ origin: true })] });
    await visit(site.port, site, '/page');
    expect((await send(site.port, '/page')).cache).toBe(HIT);
    for (const origin of ['https://a.example', 'https://b.example']) {
      const answer = await send(site.port, '/page', { headers: { origin } });
      expect(answer.cache).toBe('staticgenerator; fwd=bypass; detail=bypass-header');
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
    }
  });

  test('a preflight of cors is answered by it', async () => {
    const site = await startStack({ order, middleware: [cors()] });
    await visit(site.port, site, '/page');
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
    const answer = await send(site.port, '/page', { method: 'OPTIONS', headers });
    expect(answer).toMatchObject({
      status: 204,
      cache: order === 'before' ? '' : 'staticgenerator; fwd=method',
    });
  });

  test('a visitor with a session is served by the app, and nobody else sees his page', async () => {
    const site = await startLogin(order, session({ secret: 's', resave: false, saveUninitialized: false }));
    const cookie = await logIn(site);
    expect(await send(site.port, '/hello', { headers: { cookie } })).toMatchObject({
      body: 'hello Ann',
      cache: 'staticgenerator; fwd=bypass; detail=cookie',
    });
    expect(await visit(site.port, site, '/hello')).toMatchObject({
      body: 'hello stranger',
      outcome: 'stored',
    });
    expect(await send(site.port, '/hello', { headers: { cookie } })).toMatchObject({ body: 'hello Ann' });
    expect(await send(site.port, '/hello')).toMatchObject({ body: 'hello stranger', cache: HIT });
  });

  test.each([
    ['is learned of the login', {}],
    ['is in `bypassCookies`', { bypassCookies: ['shop'] }],
  ])('a session cookie of another name bypasses when it %s', async (_, options) => {
    const shop = session({ secret: 's', resave: false, saveUninitialized: false, name: 'shop' });
    const site = await startLogin(order, shop, options);
    await visit(site.port, site, '/hello');
    const own = await send(site.port, '/hello', { headers: { cookie: await logIn(site) } });
    expect(own).toMatchObject({ body: 'hello Ann', cache: 'staticgenerator; fwd=bypass; detail=cookie' });
  });

  test('a form with a token of csrf-csrf is its visitor’s alone, and the token is accepted', async () => {
    const site = await startStack({
      order,
      middleware: csrfGuard(),
      routes: (app) => {
        app.get('/form', (request, response) => void response.send(`token ${request.csrfToken?.()}`));
        app.post('/form', (_request, response) => void response.send('accepted'));
      },
    });
    const [first, second] = [await visit(site.port, site, '/form'), await visit(site.port, site, '/form')];
    expect([first.outcome, second.outcome]).toEqual(['set-cookie', 'set-cookie']);
    expect(second.body).not.toBe(first.body);
    const cookie = String(first.headers['set-cookie']?.[0]).split(';', 1)[0] ?? '';
    const token = first.body.slice('token '.length);
    const post = (headers: Record<string, string>) => send(site.port, '/form', { method: 'POST', headers });
    expect(await post({ cookie, 'x-csrf-token': token })).toMatchObject({ status: 200, body: 'accepted' });
    expect((await post({ cookie, 'x-csrf-token': 'wrong' })).status).toBe(403);
    await visit(site.port, site, '/page');
    expect((await send(site.port, '/page', { method: 'POST', headers: { cookie } })).status).toBe(403);
    expect((await send(site.port, '/page')).cache).toBe(HIT);
    expect((await send(site.port, '/form', { headers: { cookie } })).cache).toBe(
      'staticgenerator; fwd=bypass; detail=cookie',
    );
  });

  test('a language of i18next by cookie is for who has the cookie, and the default one for everybody else', async () => {
    const site = await startStack({
      order,
      middleware: [translations({ order: ['cookie'] })],
      routes: greet,
    });
    const german = { headers: { cookie: 'i18next=de' } };
    expect(await send(site.port, '/greeting', german)).toMatchObject({ body: 'Guten Tag' });
    const miss = await visit(site.port, site, '/greeting');
    expect(miss).toMatchObject({ body: 'Good day', outcome: 'stored' });
    expect(miss.headers['content-language']).toBe('en');
    const hit = await send(site.port, '/greeting');
    expect(hit.cache).toBe(HIT);
    expect(comparable(hit)).toEqual(comparable(miss));
    const own = await send(site.port, '/greeting', german);
    expect(own).toMatchObject({ body: 'Guten Tag', cache: 'staticgenerator; fwd=bypass; detail=cookie' });
    expect(own.headers['content-language']).toBe('de');
  });

  test('a language of i18next by Accept-Language is refused when the app says that it varies', async () => {
    const site = await startStack({
      order,
      middleware: [
        (_request, response, next) => {
          response.vary('Accept-Language');
          next();
        },
        translations({ order: ['header'] }),
      ],
      routes: greet,
    });
    for (const [language, body] of [
      ['de', 'Guten Tag'],
      ['en', 'Good day'],
    ] as const) {
      const answer = await visit(site.port, site, '/greeting', { headers: { 'accept-language': language } });
      expect(answer).toMatchObject({ body, outcome: 'vary' });
    }
  });

  test('a language of i18next that is kept in a cookie is refused (set-cookie)', async () => {
    const middleware = [translations({ caches: ['cookie'] })];
    const site = await startStack({ order, middleware, routes: greet });
    for (const _time of [1, 2])
      expect((await visit(site.port, site, '/greeting')).outcome).toBe('set-cookie');
  });

  test('content that is negotiated by Express is refused (vary)', async () => {
    const site = await startStack({
      order,
      middleware: [],
      routes: (app) => {
        app.get('/either', (_request, response) =>
          response.format({
            html: () => void response.send('<p>html</p>'),
            json: () => void response.json({}),
          }),
        );
      },
    });
    for (const [accept, body] of [
      ['text/html', '<p>html</p>'],
      ['application/json', '{}'],
    ] as const)
      expect(await visit(site.port, site, '/either', { headers: { accept } })).toMatchObject({
        body,
        outcome: 'vary',
      });
  });

  test('a page that sets a cookie with cookie-parser is refused, and one that reads one is made without it', async () => {
    const site = await startStack({
      order,
      middleware: [cookieParser('secret')],
      routes: (app) => {
        app.get(
          '/set',
          (_request, response) => void response.cookie('theme', 'dark', { signed: true }).send('set'),
        );
        app.get(
          '/theme',
          (request, response) => void response.send(`theme ${request.cookies.theme ?? 'light'}`),
        );
      },
    });
    expect((await visit(site.port, site, '/set')).outcome).toBe('set-cookie');
    const dark = { headers: { cookie: 'theme=dark' } };
    const own = await visit(site.port, site, '/theme', dark);
    expect(own).toMatchObject({ body: 'theme dark', outcome: 'cookie-present' });
    expect(await visit(site.port, site, '/theme')).toMatchObject({ body: 'theme light', outcome: 'stored' });
  });
});

function greet(app: Express): void {
  app.get('/greeting', (request, response) => void response.type('html').send(request.t('greeting')));
}

/** Starts a site that greets visitors who have logged in. */
async function startLogin(
  order: Order,
  sessions: RequestHandler,
  options: Partial<Options> = {},
): Promise<StackSite> {
  const routes = (app: Express) => {
    app.post('/login', (request, response) => {
      request.session.visitor = 'Ann';
      response.sendStatus(204);
    });
    app.get('/hello', (request, response) => {
      response.type('html').send(`hello ${request.session.visitor ?? 'stranger'}`);
    });
  };
  return await startStack({ order, middleware: [sessions], routes, options });
}

async function logIn({ port }: StackSite): Promise<string> {
  const { headers } = await send(port, '/login', { method: 'POST' });
  return (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ');
}

/** Starts our nginx in front of a site, and returns its port. */
async function frontOf({ webRoot, port }: StackSite, options: Partial<Options>): Promise<number> {
  const listening = await freePort();
  const config = resolveConfig({ webRoot, urls: [/^\//], ...options });
  const text = generateNginx(config, {
    form: 'whole',
    listen: [`127.0.0.1:${listening}`],
    upstreams: [`127.0.0.1:${port}`],
  });
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
  onTestFinished(() => nginx.stop());
  return listening;
}
