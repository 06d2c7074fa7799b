import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Options } from '../../../src/config.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { type RawResponse, rawRequest } from '../../helpers/servers/raw-http.js';
import { type Site, startSite } from '../../helpers/site/site.js';
import { afterAllTests, type Cleanup } from '../../helpers/temporary.js';
import { HIT } from '../setup/nginx-front.js';
import { siteConfig } from '../setup/site-config.js';

const headers = { 'X-Frame-Options': 'DENY', 'Content-Security-Policy': "default-src 'self'; img-src *" };
const text = '<p>text</p>'.repeat(300);

interface Pair {
  readonly site: Site;
  readonly nginxPort: number;
}

/** Starts an Express site whose pages nginx serves too. The site also answers on its own port. */
async function startPair(
  options: Partial<Options> = {},
  atEnd: (cleanup: Cleanup) => void = onTestFinished,
): Promise<Pair> {
  const site = await startSite(
    (app) => {
      app.use((_request, response, next) => {
        for (const [name, value] of Object.entries(options.headers ?? {})) response.set(name, value);
        next();
      });
      app.get('/', (_request, response) => response.send('short'));
      app.get('/long', (_request, response) => response.send(text));
      app.get('/feed.xml', (_request, response) => response.type('application/xml').send(text));
      app.get('/api/posts', (_request, response) => response.json([text]));
      app.get('/caf%C3%A9', (_request, response) => response.send('café'));
    },
    { ...options, atEnd },
  );
  const nginxPort = await freePort();
  const addresses = { listen: [`127.0.0.1:${nginxPort}`], upstreams: [`127.0.0.1:${site.port}`] };
  const config = siteConfig({ ...options, webRoot: site.webRoot });
  const nginx = await startNginx(generateNginx(config, { form: 'whole', ...addresses }));
  atEnd(() => nginx.stop());
  return { site, nginxPort };
}

/** Returns an answer of nginx or Node without what is about the connection. */
function essence({ status, headers: all, body }: RawResponse) {
  const { date, connection, server, 'keep-alive': keepAlive, 'x-powered-by': poweredBy, ...rest } = all;
  return { status, headers: rest, body: body.toString('latin1') };
}

describe.each([
  ['default options', {}],
  ['declared headers', { headers }],
  ['a declared Cache-Control', { headers: { 'Cache-Control': 'public, max-age=60' } }],
  ['one that allows browsers no time', { headers: { 'Cache-Control': 'public, max-age=0' } }],
])('with %s, nginx and Node answer alike', (_, options) => {
  let pair: Pair;
  const atEnd = afterAllTests();
  beforeAll(async () => {
    pair = await startPair(options, atEnd);
  });

  test.each(['/', '/long', '/feed.xml', '/api/posts', '/caf%C3%A9'])('for %s', async (target) => {
    const { site, nginxPort } = pair;
    expect((await site.visit(target)).outcome).toBe('stored');
    const tag = (await rawRequest(nginxPort, bytesOf({ target }))).headers.etag;
    const requests = [
      {},
      { method: 'HEAD' },
      { headers: ['Accept-Encoding: gzip'] },
      { headers: ['Accept-Encoding: gzip;q=0, identity'] },
      { headers: [`If-None-Match: ${tag}`] },
      { headers: [`If-None-Match: ${tag}`, 'Accept-Encoding: gzip'] },
      { headers: ['If-None-Match: "other"'] },
      { headers: ['If-Modified-Since: Fri, 31 Dec 2049 00:00:00 GMT'] },
    ];
    for (const request of requests) {
      const bytes = bytesOf({ target, ...request });
      const [byNginx, byNode] = [await rawRequest(nginxPort, bytes), await rawRequest(site.port, bytes)];
      expect(byNginx.headers['cache-status']).toBe(HIT);
      expect([request, essence(byNginx)]).toEqual([request, essence(byNode)]);
    }
  });
});

test('a page made by a request through nginx is served by nginx until it is deleted', async () => {
  const { site, nginxPort } = await startPair();
  const status = async () =>
    (await rawRequest(nginxPort, bytesOf({ target: '/long' }))).headers['cache-status'];
  const stored = site.logger.waitFor(({ message }) => message === 'page stored');
  expect(await status()).toBe('staticgenerator; fwd=uri-miss');
  await stored;
  expect(await status()).toBe(HIT);
  await site.pages.quickDelete('/long');
  expect(await status()).toBe('staticgenerator; fwd=uri-miss');
});
