import type { Request, Response } from 'express';
import { expect, test } from 'vitest';
import { startSite } from '../../helpers/site/site.js';

type Page = (request: Request, response: Response) => unknown;

/** Returns a page that shows what `read` returns for its request. */
const shows =
  (read: (request: Request) => unknown): Page =>
  (request, response) =>
    response.type('html').send(`<p>${String(read(request))}</p>`);

/**
 * Uses of a request header that apps do not declare with Vary. The second entry is the header's name, in lower case.
 */
const careless: readonly (readonly [string, string, Page])[] = [
  ['picks a language', 'accept-language', shows(({ headers }) => headers['accept-language'])],
  [
    'picks a language by Express',
    'accept-language',
    shows((request) => request.acceptsLanguages(['de', 'en'])),
  ],
  ['knows phones', 'user-agent', shows((request) => /Mobile/.test(request.get('User-Agent') ?? ''))],
  [
    'knows robots',
    'user-agent',
    shows(({ headers }) => ('user-agent' in headers ? headers['user-agent'] : '')),
  ],
  ['links back', 'referer', shows((request) => request.get('referrer'))],
  ['links back by its own look', 'referer', shows(({ headers }) => headers.referer)],
  [
    'builds links of a host that a proxy names',
    'x-forwarded-host',
    shows((request) => request.header('X-Forwarded-Host')),
  ],
  [
    'builds links of a path that a proxy names',
    'x-forwarded-prefix',
    shows(({ headers }) => headers['x-forwarded-prefix']),
  ],
  ['builds links of a port', 'x-forwarded-port', shows(({ headers }) => headers['x-forwarded-port'])],
  ['rewrites by a header', 'x-original-url', shows(({ headers }) => headers['x-original-url'])],
  ['shows the address', 'x-real-ip', shows(({ headers }) => headers['x-real-ip'])],
  ['knows the country', 'cf-ipcountry', shows(({ headers }) => headers['cf-ipcountry'])],
  ['knows a tenant', 'x-tenant', shows(({ headers }) => headers['x-tenant'])],
  [
    'knows an experiment',
    'x-experiment',
    shows(({ headersDistinct }) => headersDistinct['x-experiment']?.[0]),
  ],
  [
    'knows a colour scheme',
    'sec-ch-prefers-color-scheme',
    shows((request) => request.get('Sec-CH-Prefers-Color-Scheme')),
  ],
  [
    'spares data',
    'save-data',
    shows(({ headers }) => Object.hasOwn(headers, 'save-data') && headers['save-data']),
  ],
  ['answers in JSON', 'accept', shows((request) => request.accepts(['html', 'json']))],
  [
    'debugs',
    'x-debug',
    shows(({ rawHeaders }) => rawHeaders[rawHeaders.findIndex((name) => /^x-debug$/i.test(name)) + 1]),
  ],
  [
    'repeats it in a header',
    'x-request-tag',
    (request, response) => response.set('X-Tag', request.get('X-Request-Tag') ?? 'none').send('page'),
  ],
  [
    'reads it when the head has left',
    'x-late',
    (request, response) => {
      response.type('html').write('page');
      setImmediate(() => response.end(String(request.headers['x-late'])));
    },
  ],
];

test.each(careless)('a page that %s (%s) reaches no other visitor', async (_, name, page) => {
  const site = await startSite((app) => app.get('/page', page));
  for (const value of ['de-first, Mobile', 'en-second']) {
    const answer = await site.visit('/page', { headers: { [name]: value } });
    expect(answer).toMatchObject({ status: 200, outcome: 'reads-header' });
  }
  const nobody = await site.request('/page');
  expect(nobody.body).not.toContain('first');
});

test('what is to be done is told once for each header, with the two ways out', async () => {
  const site = await startSite((app) => {
    app.get('/page', (request, response) =>
      response.send(`${request.get('X-Tenant')} ${request.get('X-Debug')}`),
    );
  });
  for (const _time of [1, 2, 3]) await site.visit('/page');
  const told = site.logger.lines.filter(({ level }) => level === 'warn');
  expect(told).toMatchObject([{ level: 'warn', fields: { path: '/page', name: 'x-tenant' } }]);
  expect(told[0]?.message).toContain('`bypassHeaders`');
});

test('a header that no page depends on may be read, and one that bypasses may be looked for', async () => {
  const options = {
    ignoreHeaders: { add: ['User-Agent', 'X-Flag-*'] },
    bypassHeaders: { add: ['X-Tenant'] },
  };
  const site = await startSite((app) => {
    app.get('/page', (request, response) => {
      request.get('user-agent');
      response.send(`tenant ${request.get('X-Tenant') ?? 'none'} ${request.get('x-flag-a') === undefined}`);
    });
  }, options);
  expect((await site.visit('/page', { headers: { 'user-agent': 'x' } })).outcome).toBe('stored');
  const tenant = await site.request('/page', { headers: { 'x-tenant': 'a' } });
  expect(tenant).toMatchObject({
    body: 'tenant a true',
    cache: 'staticgenerator; fwd=bypass; detail=bypass-header',
  });
});

test('what is known when the head leaves stands in Cache-Status', async () => {
  const site = await startSite((app) => app.get('/page', careless[0]?.[2] ?? (() => undefined)));
  expect((await site.visit('/page')).cache).toBe('staticgenerator; fwd=uri-miss; detail=reads-header');
});
