import { once } from 'node:events';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Express } from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { certificateOf } from '../../helpers/servers/certificate.js';
import { type Site, type SiteOptions, startSite } from '../../helpers/site/site.js';

const HIT = 'staticgenerator; hit';
const by = (scheme: string) => ({ headers: { 'x-forwarded-proto': scheme } });

/** Adds the routes of an app that trusts its proxy: two pages that depend on the scheme, and one that reads nothing. */
function links(app: Express): void {
  app.set('trust proxy', true);
  app.get('/page', (request, response) => response.send(`${request.protocol}://localhost/page`));
  app.get('/secure', (request, response) => response.send(request.secure ? 'closed' : 'open'));
  app.get('/plain', (_request, response) => response.send('https://localhost/plain'));
}

async function answers(site: Site, target: string, schemes: readonly string[]) {
  const found: unknown[] = [];
  for (const scheme of schemes) {
    const { body, cache } = await site.request(target, by(scheme));
    found.push([scheme, body, cache === HIT]);
  }
  return found;
}

describe('a page that depends on the scheme', () => {
  test.each(['/page', '/secure'])('%s is for those who come by it', async (path) => {
    const site = await startSite(links);
    const [http, https] = await Promise.all(
      ['http', 'https'].map((scheme) => site.request(`${path}?own`, by(scheme))),
    );
    expect((await site.visit(path, by('https'))).outcome).toBe('stored');
    expect(await answers(site, path, ['https', 'http', 'https'])).toEqual([
      ['https', https?.body, true],
      ['http', http?.body, false],
      ['https', https?.body, true],
    ]);
    const other = await site.visit(path, by('http'));
    expect(other).toMatchObject({ cache: 'staticgenerator; fwd=uri-miss; detail=audience' });
  });

  test('is replaced by that of https, and not the other way around', async () => {
    const site = await startSite(links);
    expect((await site.visit('/page')).body).toBe('http://localhost/page');
    expect(await answers(site, '/page', ['http'])).toEqual([['http', 'http://localhost/page', true]]);
    expect(await site.visit('/page', by('https'))).toMatchObject({ outcome: 'stored' });
    expect((await site.visit('/page', by('http'))).outcome).toBe('audience');
    expect(await answers(site, '/page', ['https'])).toEqual([['https', 'https://localhost/page', true]]);
  });

  test("is Node's, and the log says how nginx gets it", async () => {
    const site = await startSite(links);
    await site.visit('/page', by('https'));
    const told = site.logger.lines.filter(({ fields }) => fields.name === 'x-forwarded-proto');
    expect(told).toMatchObject([{ level: 'info', message: expect.stringContaining('`scheme`') }]);
  });

  test('is rendered anew for the scheme that it is for', async () => {
    const site = await startSite(links);
    await site.visit('/page', by('https'));
    await site.pages.quickDelete('/page', { refresh: 'regenerate' });
    expect(await answers(site, '/page', ['https'])).toEqual([['https', 'https://localhost/page', true]]);
  });
});

test('a page that looks at no scheme is for both, whatever it prints', async () => {
  const site = await startSite(links);
  await site.visit('/plain', by('https'));
  expect(await answers(site, '/plain', ['http', 'https'])).toMatchObject([
    ['http', expect.anything(), true],
    ['https', expect.anything(), true],
  ]);
});

test('what is no scheme makes no page that depends on it', async () => {
  const site = await startSite(links);
  for (const scheme of ['HTTPS', 'https, http', 'gopher'])
    expect((await site.visit('/page', by(scheme))).outcome).toBe('reads-header');
});

describe('with the option `scheme`', () => {
  const options: SiteOptions = { scheme: 'https' };

  test("requests by the other one go to the app, and pages are everybody's", async () => {
    const site = await startSite(links, options);
    const bypass = await site.request('/page', by('http'));
    expect(bypass.cache).toBe('staticgenerator; fwd=bypass; detail=scheme');
    expect((await site.request('/page')).cache).toBe(bypass.cache);
    expect((await site.visit('/page', by('https'))).outcome).toBe('stored');
    const told = site.logger.lines.filter(({ fields }) => fields.name === 'x-forwarded-proto');
    expect(told).toEqual([]);
  });

  test('pages are published by it', async () => {
    const site = await startSite(links, options);
    expect(await site.pages.quickPublish('/page')).toMatchObject({ stored: [{ path: '/page' }] });
    expect(await answers(site, '/page', ['https'])).toEqual([['https', 'https://localhost/page', true]]);
  });
});

describe('a port that a proxy names', () => {
  const links = (app: Express) =>
    app.get('/page', (request, response) => response.send(`port ${request.get('x-forwarded-port')}`));

  test.each<[string, string, Record<string, string>]>([
    ['stored', 'none', {}],
    ['stored', 'that of the scheme', { 'x-forwarded-port': '443', 'x-forwarded-proto': 'https' }],
    ['stored', 'that of http', { 'x-forwarded-port': '80' }],
    ['stored', 'that of the host', { 'x-forwarded-port': '8080', host: 'localhost:8080' }],
    ['reads-header', 'that of the other scheme', { 'x-forwarded-port': '443' }],
    ['reads-header', 'another', { 'x-forwarded-port': '8443' }],
    ['reads-header', 'another than the host', { 'x-forwarded-port': '80', host: 'localhost:8080' }],
  ])('%s: %s', async (outcome, _, headers) => {
    const site = await startSite(links);
    expect((await site.visit('/page', { headers })).outcome).toBe(outcome);
  });
});

test('a page for nobody is for a scheme if it prints its address by it', async () => {
  const site = await startSite(links, { urls: [{ match: /^\//, as: 'nobody' }] });
  await site.visit('/page', by('https'));
  await site.visit('/secure', by('https'));
  expect((await site.request('/page', by('http'))).body).toBe('http://localhost/page');
  expect((await site.request('/secure', by('http'))).cache).toBe(HIT);
});

test('an app that speaks TLS itself has pages of https alone, though it reads no header', async () => {
  const site = await startSite((app) => {
    app.get('/page', (request, response) => response.send(request.protocol));
  });
  const server = createServer(certificateOf('localhost'), site.app).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const ask = async () => {
    const { port } = server.address() as AddressInfo;
    const asked = httpsRequest({
      port,
      host: '127.0.0.1',
      path: '/page',
      rejectUnauthorized: false,
      agent: false,
    });
    asked.setHeader('host', 'localhost').end();
    const [response] = await once(asked, 'response');
    return [await text(response), response.headers['cache-status'] === HIT];
  };
  expect(await site.visit('/page')).toMatchObject({ body: 'http', outcome: 'stored' });
  const from = site.logger.lines.length;
  expect(await ask()).toEqual(['https', false]);
  await site.logger.waitFor(({ message }) => message === 'page stored', from);
  expect(await ask()).toEqual(['https', true]);
  expect(await site.request('/page')).toMatchObject({ body: 'http' });
});
