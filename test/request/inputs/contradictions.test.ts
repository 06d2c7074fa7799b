import express, { type RequestHandler } from 'express';
import session from 'express-session';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { staticGenerator } from '../../../src/index.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { listen, send, startSite } from '../../helpers/site/site.js';

/** A page that only robots get. The site cannot see why, because the app does not get this from the request. */
let isRobot = false;
const page =
  (others: RequestHandler): RequestHandler =>
  (request, response, next) =>
    isRobot ? void response.send('for robots') : others(request, response, next);

const otherwise: readonly (readonly [string, string, RequestHandler])[] = [
  ['a redirect', 'status 302', (_request, response) => response.redirect('/login')],
  ['a refusal', 'status 403', (_request, response) => void response.status(403).send('no')],
  ['nothing', 'status 404', (_request, response) => void response.status(404).send('no')],
  ['another success', 'status 203', (_request, response) => void response.status(203).send('no')],
  ['a cookie', 'set-cookie seen', (_request, response) => void response.cookie('seen', '1').send('people')],
];

describe.each(otherwise)('a URL at which others got %s', (_, detail, others) => {
  test('is not stored, until it is deleted, and the log says why', async () => {
    const site = await startSite((app) => app.get('/page', page(others)));
    isRobot = false;
    await site.visit('/page');
    isRobot = true;
    expect((await site.visit('/page')).outcome).toBe('contradicts');
    expect((await site.visit('/page')).outcome).toBe('contradicts');
    const told = site.logger.lines.filter(({ level }) => level === 'warn');
    expect(told).toMatchObject([
      { fields: { path: '/page', detail }, message: expect.stringContaining('`bypassCookies`') },
    ]);
    expect(told[0]?.message).toContain('`staticgenerator delete`');
    const refused = site.logger.lines.filter(({ fields }) => fields.reason === 'contradicts');
    expect(refused[0]?.fields.detail).toBe(detail);
    await site.pages.quickDelete('/page');
    expect((await site.visit('/page')).outcome).toBe('stored');
  });
});

test('an error that passes, and a cookie that no page depends on, say nothing', async () => {
  const answers: RequestHandler[] = [
    (_request, response) => void response.status(500).send('down'),
    (_request, response) => void response.status(503).send('down'),
    (_request, response) => void response.status(429).send('slowly'),
    (_request, response) => void response.cookie('_ga', '1').send('counted'),
    (_request, response) => void response.send('a page'),
  ];
  const site = await startSite((app) => app.get('/page', (...given) => answers.shift()?.(...given)));
  for (const outcome of ['status', 'status', 'status', 'set-cookie', 'stored'])
    expect((await site.visit('/page')).outcome).toBe(outcome);
});

test('it is over when its time is, or when what the other render depended on has changed', async () => {
  isRobot = false;
  const site = await startSite((app, pages) => {
    app.get('/post', (_request, response) => {
      pages.tag('post:1');
      if (isRobot) response.send('a post');
      else response.status(404).send('none yet');
    });
    app.get(
      '/later',
      page((_request, response) => void response.status(404).send('none yet')),
    );
  });
  await site.visit('/post');
  await site.visit('/later');
  isRobot = true;
  await site.pages.quickDelete({ tag: 'post:1' });
  expect((await site.visit('/post')).outcome).toBe('stored');
  expect((await site.visit('/later')).outcome).toBe('contradicts');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60 * 1000 });
  onTestFinished(() => void vi.useRealTimers());
  expect((await site.visit('/later')).outcome).toBe('stored');
});

describe('what is seen contradicts nothing', () => {
  test('visitors of http who are sent to https', async () => {
    const site = await startSite((app) => {
      app.set('trust proxy', true);
      app.get('/page', (request, response) =>
        request.secure ? response.send('page') : response.redirect('https://localhost/page'),
      );
    });
    const https = { headers: { 'x-forwarded-proto': 'https' } };
    expect((await site.visit('/page')).outcome).toBe('status');
    expect((await site.visit('/page', https)).outcome).toBe('stored');
    expect((await site.visit('/page')).outcome).toBe('audience');
  });

  test('clients that ask for another type', async () => {
    const site = await startSite((app) => {
      app.get('/page', (request, response) =>
        request.accepts('html') === false ? response.status(406).end() : response.send('page'),
      );
    });
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    expect((await site.visit('/page', { headers: { accept: 'image/png' } })).outcome).toBe('status');
    expect((await site.visit('/page', { headers: { accept } })).outcome).toBe('stored');
  });

  test('a session that begins with a login', async () => {
    const site = await startSite((app) => {
      app.use(session({ secret: 's', resave: false, saveUninitialized: false }));
      app.get('/page', (request, response) =>
        response.send(`page for ${Reflect.get(request.session, 'user')}`),
      );
      app.post('/login', (request, response) => {
        Reflect.set(request.session, 'user', 'ada');
        response.redirect('/page');
      });
    });
    await site.request('/login', { method: 'POST' });
    expect((await site.visit('/page')).outcome).toBe('stored');
  });

  test('a publication that fails', async () => {
    isRobot = false;
    const site = await startSite((app) =>
      app.get(
        '/page',
        page((_, response) => void response.status(404).end()),
      ),
    );
    await site.pages.quickPublish('/page');
    isRobot = true;
    expect((await site.visit('/page')).outcome).toBe('stored');
  });
});

test('several processes know it of each other, and a page that one has stored goes again', async () => {
  isRobot = false;
  const site = await startSite((app) =>
    app.get(
      ['/one', '/two'],
      page((_request, response) => response.redirect('/login')),
    ),
  );
  const logger = new RecordingLogger();
  const other = staticGenerator({ urls: [/^\//], webRoot: site.webRoot, logger });
  onTestFinished(() => other.close());
  const port = await listen(
    express()
      .use(other.middleware)
      .get('/{*path}', (_request, response) => void response.send('for robots')),
  );
  const storedBy = async (path: string) => {
    const from = logger.lines.length;
    await send(port, path);
    const line = await logger.waitFor(({ message }) => /^(?:page stored|not stored)/.test(message), from);
    return line.fields.reason ?? 'stored';
  };
  await site.visit('/one');
  expect(await storedBy('/one')).toBe('stored');
  const deleted = site.logger.waitFor(({ message }) => message === 'pages deleted', 0);
  await deleted;
  expect(await storedBy('/one')).toBe('contradicts');
  const { cache } = await site.request('/one');
  expect(cache).not.toContain('hit');
});
