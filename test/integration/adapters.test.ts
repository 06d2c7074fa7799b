import { getRequestListener } from '@hono/node-server';
import { createRequestHandler } from '@react-router/express';
import type { RequestHandler } from 'express';
import { expect, test } from 'vitest';
import { BROWSER_HEADERS } from '../helpers/browser/browser-headers.js';
import { startSite } from '../helpers/site/site.js';

const pageOf = (request: Request) => {
  const robot = /bot/i.test(request.headers.get('user-agent') ?? '');
  return new Response(robot ? 'for robots' : 'for people', {
    headers: { 'content-type': 'text/html; charset=utf-8' },
  });
};

/** The server build of a site with one route, as React Router's bundler creates it. */
const build = {
  entry: { module: { default: pageOf } },
  routes: { root: { id: 'root', path: 'page', module: { default: () => null } } },
  assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '1' },
  ...{ publicPath: '/', assetsBuildDirectory: '', basename: '/', future: {}, isSpaMode: false, ssr: true },
  ...{ prerender: [], routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' } },
};

/** Adapters that turn a request into a `Request`. The site cannot see which headers the app reads from that copy. */
const adapters: readonly (readonly [string, RequestHandler])[] = [
  ['React Router', createRequestHandler({ build: build as never })],
  ['Hono', (request, response) => void getRequestListener(pageOf)(request, response)],
];

test.each(adapters)('%s: a page that is made of a copy of the headers is not stored', async (_, handler) => {
  const site = await startSite((app) => app.get('/page', handler));
  for (const [agent, body] of [
    ['Googlebot/2.1', 'for robots'],
    ['Firefox/140', 'for people'],
  ] as const) {
    const answer = await site.visit('/page', { headers: { ...BROWSER_HEADERS, 'user-agent': agent } });
    expect(answer).toMatchObject({ status: 200, body, outcome: 'reads-header' });
  }
  const told = site.logger.lines.filter(({ level }) => level === 'warn');
  expect(told).toMatchObject([{ fields: { path: '/page', name: '*' } }]);
});

test.each(adapters)('%s: it is, rendered for nobody', async (_, handler) => {
  const urls = [{ match: /^\//, as: 'nobody' as const }];
  const site = await startSite((app) => app.get('/page', handler), { urls });
  const robot = { headers: { ...BROWSER_HEADERS, 'user-agent': 'Googlebot/2.1' } };
  expect(await site.visit('/page', robot)).toMatchObject({ outcome: 'stored', body: 'for people' });
});

test.each(adapters)('%s: it is, if no page depends on any header', async (_, handler) => {
  const site = await startSite((app) => app.get('/page', handler), { ignoreHeaders: ['*'] });
  expect(await site.visit('/page', { headers: BROWSER_HEADERS })).toMatchObject({ outcome: 'stored' });
});
