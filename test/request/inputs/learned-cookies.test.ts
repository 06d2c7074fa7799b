import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { RequestHandler, Response } from 'express';
import session from 'express-session';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Options } from '../../../src/index.js';
import { openLedgerFile } from '../../helpers/databases/ledger-file.js';
import type { RecordingLogger } from '../../helpers/recording-logger.js';
import { startSite } from '../../helpers/site/site.js';

declare module 'express-session' {
  interface SessionData {
    name: string;
  }
}

const HIDDEN = { httpOnly: true };
const HIT = 'staticgenerator; hit';
const BYPASS = 'staticgenerator; fwd=bypass; detail=cookie';
const member = { headers: { cookie: 'zebra=1' } };

/** Starts a site with one page and with this handler at `/login`. */
async function siteWith(login: RequestHandler, options: Partial<Options> = {}, outer?: RequestHandler) {
  const before = outer && { before: (app: { use: (one: RequestHandler) => void }) => app.use(outer) };
  const site = await startSite(
    (app) => {
      app.get('/page', (_request, response) => void response.send('a page'));
      app.all('/login', login);
    },
    { excludeUrls: [/^\/login/], ...options, ...before },
  );
  expect((await site.visit('/page')).outcome).toBe('stored');
  const file = join(site.webRoot, 'page.page.html');
  return { site, file, learnedOf: () => learnedIn(site.logger) };
}

function learnedIn(logger: RecordingLogger) {
  return logger.lines.filter(({ fields }) => fields.bypassCookies !== undefined);
}

const giving = (name: string) => (response: Response) => response.cookie(name, '1', HIDDEN);
const zebra = giving('zebra');
const keepsSessions = () =>
  session({ name: 'zebra', secret: 'secret', resave: false, saveUninitialized: false });

const ways: readonly (readonly [how: string, login: RequestHandler, outer: RequestHandler | undefined])[] = [
  ['as Express does', (_request, response) => void zebra(response).send('welcome'), undefined],
  ['with a redirect', (_request, response) => void zebra(response).redirect('/'), undefined],
  ['with an error', (_request, response) => void zebra(response).status(500).send('no'), undefined],
  [
    'in writeHead',
    (_request, response) => void response.writeHead(200, { 'set-cookie': 'zebra=1; HttpOnly' }).end('in'),
    undefined,
  ],
  [
    'in the flat list of writeHead',
    (_request, response) =>
      void response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'zebra=1; HttpOnly']).end('in'),
    undefined,
  ],
  [
    'in one of several headers',
    (_request, response) => void response.setHeader('Set-Cookie', ['a=1', 'zebra=1; HttpOnly']).end('in'),
    undefined,
  ],
  [
    'and flushes the head',
    (_request, response) => {
      zebra(response).flushHeaders();
      response.write('in');
      response.end();
    },
    undefined,
  ],
  [
    'when the head leaves, as sessions do',
    (request, response) =>
      void keepsSessions()(request, response, () => {
        request.session.name = 'somebody';
        response.send('welcome');
      }),
    undefined,
  ],
  [
    'in middleware before ours',
    (request, response) => {
      request.session.name = 'somebody';
      response.send('welcome');
    },
    keepsSessions(),
  ],
];

describe.each(ways)('a cookie that the app sets with HttpOnly %s', (_, login, outer) => {
  test.each(['GET', 'POST'])('is learned of a %s before it leaves', async (method) => {
    const { site, file, learnedOf } = await siteWith(login, {}, outer);
    expect((await site.request('/page', member)).cache).toBe(HIT);
    const { headers } = await site.request('/login', { method });
    expect(String(headers['set-cookie'])).toMatch(/zebra=.*HttpOnly/);
    expect(existsSync(file)).toBe(false);
    expect(learnedOf()).toMatchObject([
      { level: 'warn', fields: { bypassCookies: { add: ['zebra'] } }, message: /`ignoreCookies`/ },
    ]);
    expect((await site.request('/page', member)).cache).toBe(BYPASS);
    expect((await site.visit('/page')).outcome).toBe('stored');
    await site.request('/login', { method });
    expect((await site.request('/page')).cache).toBe(HIT);
    expect(learnedOf()).toHaveLength(1);
  });
});

test('a cookie that comes with a page is learned, too', async () => {
  const { site } = await siteWith((_request, response) => void zebra(response).send('in'), {
    excludeUrls: [],
  });
  expect((await site.visit('/login')).outcome).toBe('set-cookie');
  expect((await site.request('/page', member)).cache).toBe(BYPASS);
});

const harmless: readonly (readonly [what: string, line: string, options: Partial<Options>])[] = [
  ['that scripts may read', 'zebra=1', {}],
  ['that it takes away', 'zebra=; Max-Age=0; HttpOnly', {}],
  ['of a session by its name', 'connect.sid=1; HttpOnly', {}],
  ['of others by its name', '_ga=1; HttpOnly', {}],
  ['that the site has declared', 'zebra=1; HttpOnly', { bypassCookies: { add: ['z*'] } }],
  ['that no page depends on', 'zebra=1; HttpOnly', { ignoreCookies: { add: ['ZEBRA'] } }],
];

test.each(harmless)('a cookie %s is not learned', async (_, line, options) => {
  const login: RequestHandler = (_request, response) => void response.setHeader('Set-Cookie', line).end('in');
  const { site, file, learnedOf } = await siteWith(login, options);
  await site.request('/login');
  expect(existsSync(file)).toBe(true);
  expect(learnedOf()).toEqual([]);
});

test('a restart, and other processes, know it; a site that declares it decides itself', async () => {
  const { site } = await siteWith((_request, response) => void zebra(response).send('in'));
  const { webRoot } = site;
  const other = await startSite((app) => app.use((_request, response) => void response.send('a page')), {
    webRoot,
    excludeUrls: [/^\/login/],
  });
  expect((await other.request('/page', member)).cache).toBe(HIT);
  await site.request('/login');
  expect((await other.request('/page', member)).cache).toBe(BYPASS);
  const [expected, current] = [site, other].map(({ pages }) => pages.nginx());
  expect(expected).toBe(current);
  expect(current).toContain('zebra');
  await Promise.all([site, other].map(({ pages }) => pages.close()));

  const cacheWith = async (options: Partial<Options>) => {
    const again = await startSite((app) => app.use((_request, response) => void response.send('a page')), {
      webRoot,
      ...options,
    });
    await again.visit('/page');
    const { cache } = await again.request('/page', member);
    const text = again.pages.nginx();
    await again.pages.close();
    return [cache, text] as const;
  };
  const [undeclared, text] = await cacheWith({});
  expect(undeclared).toBe(BYPASS);
  expect((await cacheWith({ ignoreCookies: { add: ['zebra'] } }))[0]).toBe(HIT);
  expect(await cacheWith({ bypassCookies: { add: ['zebra'] } })).toEqual([BYPASS, text]);
});

test('keeps setting new cookies do not empty the site for ever; the log says once what to do', async () => {
  let minted = 0;
  const { site, file, learnedOf } = await siteWith((_request, response) => {
    minted += 1;
    giving(`zebra_${minted}`)(response).send('in');
  });
  while (minted < 22) await site.request('/login');
  expect(learnedOf()).toHaveLength(20);
  await site.visit('/page');
  while (minted < 25) await site.request('/login');
  expect(existsSync(file)).toBe(true);
  const told = site.logger.lines.filter(({ message }) => message.includes('keeps setting new cookies'));
  expect(told).toMatchObject([{ level: 'warn', fields: { names: ['zebra_21'] } }]);
  expect((await site.request('/page', { headers: { cookie: 'zebra_20=1' } })).cache).toBe(BYPASS);
});

test('a ledger that was lost learns again', async () => {
  const { site } = await siteWith((_request, response) => void zebra(response).send('in'));
  await site.request('/login');
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(site.webRoot, `.staticgenerator/ledger.sqlite${suffix}`), { force: true });
  await site.visit('/page');
  expect((await site.request('/page', member)).cache).toBe(HIT);
  await site.request('/login');
  expect((await site.request('/page', member)).cache).toBe(BYPASS);
});

test.each([
  // Node reports such a response as finished as soon as it was handed over.
  ['a response of a known length', 1, true],
  ['three of a known length', 3, true],
  ['three in chunks', 3, false],
])('while the ledger is busy, %s on one connection: they wait, and come whole', async (_, count, isKnown) => {
  const body = 'x'.repeat(300_000);
  let begun = 0;
  const { site, file } = await siteWith((_request, response) => {
    begun += 1;
    zebra(response).type('text');
    if (isKnown) response.set('Content-Length', String(body.length + 10));
    response.write('begin ');
    response.write(`${body} end`);
    response.end();
  });
  const database = openLedgerFile(join(site.webRoot, '.staticgenerator', 'ledger.sqlite'));
  onTestFinished(() => database.close());
  database.exec('BEGIN IMMEDIATE');
  const socket = connect(site.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const connection of ['keep-alive', 'keep-alive', 'close'].slice(-count))
    socket.write(`GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`);
  for (let turn = 0; turn < 5; turn += 1) await site.request('/page');
  expect([begun, chunks.length, existsSync(file)]).toEqual([count, 0, true]);
  database.exec('ROLLBACK');
  await new Promise((resolve) => socket.once('close', resolve));
  const answers = Buffer.concat(chunks).toString();
  expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(count);
  expect(answers.match(/begin /g)).toHaveLength(count);
  expect(answers.match(/ end/g)).toHaveLength(count);
  expect(answers.match(/x{60000,}/g)?.join('').length).toBe(count * body.length);
  expect(existsSync(file)).toBe(false);
});

test('an app may write the head of an object that has the response as its prototype', async () => {
  const { site, learnedOf } = await siteWith((_request, response) => {
    const derived: Response = Object.create(response);
    derived.writeHead(204);
    zebra(response).send('welcome');
  });
  expect(await site.request('/login')).toMatchObject({ status: 200, body: 'welcome' });
  expect(learnedOf()).toHaveLength(1);
});
