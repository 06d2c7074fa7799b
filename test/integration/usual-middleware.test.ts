import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import compression from 'compression';
import cookieParser from 'cookie-parser';
import cors from 'cors';
import express, { type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import helmet from 'helmet';
import morgan from 'morgan';
import passport from 'passport';
import { pinoHttp } from 'pino-http';
import { describe, expect, test } from 'vitest';
import { csrfGuard, translations } from '../differential/site/middleware.js';
import { BROWSER_HEADERS } from '../helpers/browser/browser-headers.js';
import { listen, send } from '../helpers/site/site.js';
import { HIT, testPages, visit } from './visitor.js';

/** These packages have no types, or types that do not fit the others. */
const require = createRequire(import.meta.url);
const responseTime: () => RequestHandler = require('response-time');
const userAgent: { readonly express: () => RequestHandler } = require('express-useragent');

/** Reads the scheme, as middleware does that redirects visitors from http to https. */
const secure: RequestHandler = (request, _response, next) => {
  request.get('x-forwarded-proto');
  next();
};
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
const sessions = () => session({ secret: 's', resave: false, saveUninitialized: false });

/**
 * Middleware that sites mount, each with its defaults, and the header that it reads, if that prevents its pages from
 * being stored.
 */
const usual: readonly (readonly [
  name: string,
  middleware: () => readonly RequestHandler[],
  read?: string,
])[] = [
  ['helmet', () => [helmet()]],
  ['compression', () => [compression()]],
  ['cors', () => [cors()]],
  ['cors for one origin', () => [cors({ origin: 'https://a.example' })]],
  ['cookie-parser', () => [cookieParser()]],
  ['express-session without an empty session', () => [sessions()]],
  ['passport', () => [sessions(), passport.initialize(), passport.session()]],
  ['csrf-csrf', csrfGuard],
  ['express.json and express.urlencoded', () => [express.json(), express.urlencoded()]],
  ['response-time', () => [responseTime()]],
  ['express-rate-limit', () => [rateLimit({ validate: false })]],
  ['morgan combined', () => [morgan('combined', { stream: nowhere() })]],
  ['morgan dev', () => [morgan('dev', { stream: nowhere() })]],
  ['pino-http', () => [pinoHttp(nowhere())]],
  ['i18next-http-middleware by cookie', () => [translations({ order: ['querystring', 'cookie'] })]],
  ['i18next-http-middleware', () => [translations()], 'accept-language'],
  [
    'morgan combined, immediately',
    () => [morgan('combined', { stream: nowhere(), immediate: true })],
    'referer',
  ],
  ['request.accepts', () => [(request, _response, next) => next(void request.accepts('html'))]],
  ['what looks at the scheme', () => [secure]],
  ['express-useragent', () => [userAgent.express()], 'user-agent'],
];

const hiding = () => pinoHttp({ redact: ['req.headers.authorization'] }, nowhere());

/** Starts an app with other middleware before and after ours. */
async function startApp(middleware: readonly RequestHandler[], before: readonly RequestHandler[] = []) {
  const site = await testPages();
  const app = express().use(...before, site.pages.middleware, ...middleware);
  app.get('/page', (_request, response) => void response.send('<p>for everybody</p>'));
  site.pages.attach(app);
  return { ...site, port: await listen(app) };
}

test.each(usual.map((one) => [one[0], one] as const))('a page behind %s', async (_, [, middleware, read]) => {
  const site = await startApp(middleware());
  const answer = await visit(site.port, site, '/page', { headers: BROWSER_HEADERS });
  expect(answer).toMatchObject({ status: 200, outcome: read === undefined ? 'stored' : 'reads-header' });
  const told = site.logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.name);
  expect(told).toEqual(read === undefined ? [] : [read]);
});

test('a page behind all that reads nothing that it depends on', async () => {
  const harmless = usual.filter(([, , read]) => read === undefined);
  const site = await startApp(harmless.flatMap(([, middleware]) => middleware()));
  const answer = await visit(site.port, site, '/page', { headers: BROWSER_HEADERS });
  expect(answer).toMatchObject({ outcome: 'stored' });
});

test('a logger that hides secrets makes a copy of the headers for it, and has its place before ours', async () => {
  const after = await startApp([hiding()]);
  const copied = await visit(after.port, after, '/page', { headers: BROWSER_HEADERS });
  expect(copied).toMatchObject({ outcome: 'reads-header' });
  const before = await startApp([], [hiding()]);
  const answer = await visit(before.port, before, '/page', { headers: BROWSER_HEADERS });
  expect(answer).toMatchObject({ outcome: 'stored' });
});

describe('the counters of express-rate-limit', () => {
  const counters = /^(?:x-)?ratelimit/;
  const namesOf = (headers: object) => Object.keys(headers).filter((name) => counters.test(name));
  const limits = [
    ['at its defaults', {}],
    ['of draft 6', { standardHeaders: 'draft-6', legacyHeaders: false }],
    ['of draft 7', { standardHeaders: 'draft-7' }],
    ['of draft 8', { standardHeaders: 'draft-8', legacyHeaders: true }],
  ] as const;

  test.each(limits)("%s are no other visitor's, and keep no page from nginx", async (_, options) => {
    const site = await startApp([rateLimit({ validate: false, ...options })]);
    const miss = await visit(site.port, site, '/page', { headers: BROWSER_HEADERS });
    expect(miss.outcome).toBe('stored');
    expect(namesOf(miss.headers).length).toBeGreaterThan(0);
    const hit = await send(site.port, '/page', { headers: BROWSER_HEADERS });
    expect([hit.cache, namesOf(hit.headers)]).toEqual([HIT, []]);
    expect(existsSync(join(site.webRoot, 'page.page.html'))).toBe(true);
  });

  test('mounted before ours count hits too, and say so', async () => {
    const site = await startApp([], [rateLimit({ validate: false, limit: 9 })]);
    await visit(site.port, site, '/page', { headers: BROWSER_HEADERS });
    const hit = await send(site.port, '/page', { headers: BROWSER_HEADERS });
    expect([hit.cache, hit.headers['x-ratelimit-remaining']]).toEqual([HIT, '7']);
  });
});
