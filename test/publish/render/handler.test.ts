import { once } from 'node:events';
import { existsSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import http2, {
  type ClientHttp2Session,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import type { Options } from '../../../src/config.js';
import { type Handler, staticGenerator } from '../../../src/index.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { certificateOf } from '../../helpers/servers/certificate.js';
import { listen, send } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

const HTML = 'text/html; charset=utf-8';
const LONG = `<p>${'a page that is worth compressing '.repeat(100)}</p>`;
const MISS = 'staticgenerator; fwd=uri-miss';
const HIT = 'staticgenerator; hit';

async function testPages(options: Partial<Options> = {}) {
  const logger = new RecordingLogger();
  const webRoot = join(await temporaryFolder(), 'pages');
  const pages = staticGenerator({ webRoot, urls: [/^\/page/], logger, ...options });
  onTestFinished(() => pages.close());
  const stored = (from: number) => logger.waitFor(({ message }) => message === 'page stored', from);
  return { pages, logger, webRoot, stored };
}

/** Opens an HTTP/2 session with a server that uses the handler, over TLS as browsers do. */
async function connect(handler: Handler): Promise<ClientHttp2Session> {
  const server = http2.createSecureServer({ ...certificateOf('localhost'), allowHTTP1: true }, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const session = http2.connect(`https://localhost:${port}`, {
    ...{ rejectUnauthorized: false, family: 4 },
  });
  onTestFinished(async () => {
    session.close();
    server.close();
    await once(server, 'close');
  });
  return session;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly cache: string;
  readonly body: string;
  readonly trailers: IncomingHttpHeaders;
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<Answer> {
  const stream = session.request(headers);
  let trailers: IncomingHttpHeaders = {};
  stream.on('trailers', (given) => {
    trailers = given;
  });
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('latin1');
  return { headers: head, cache: String(head['cache-status']), body, trailers };
}

test('a hit does not reach the app, which renders pages ahead too', async () => {
  const { pages, stored } = await testPages();
  const app = express();
  let seen = 0;
  app.use((_request, _response, next) => {
    seen += 1;
    next();
  });
  app.get('/page', (_request, response) => response.send(LONG));
  const port = await listen(pages.handler(app));
  const written = stored(0);
  expect(await send(port, '/page')).toMatchObject({ cache: MISS, body: LONG });
  await written;
  expect(await send(port, '/page')).toMatchObject({ cache: HIT, body: LONG });
  expect(seen).toBe(1);
  expect((await send(port, '/other')).status).toBe(404);
  expect((await pages.quickPublish('/page')).stored).toMatchObject([{ path: '/page' }]);
  expect(seen).toBe(3);
});

test('an app that has the middleware too sees each request once, and stores what it stored', async () => {
  const { pages, stored } = await testPages();
  const app = express();
  app.use(pages.middleware);
  app.get('/page', (_request, response) => response.send(LONG));
  const port = await listen(pages.handler(app));
  const written = stored(0);
  expect((await send(port, '/page')).cache).toBe(MISS);
  await written;
  expect((await send(port, '/page')).cache).toBe(HIT);
});

test('after close() the app goes on', async () => {
  const { pages } = await testPages();
  const port = await listen(pages.handler((_request, response) => response.end('app')));
  await pages.close();
  expect(await send(port, '/page')).toMatchObject({ body: 'app', cache: '' });
});

test('what the app throws is thrown', async () => {
  const { pages } = await testPages();
  const broken = new Error('broken');
  const handler: RequestListener = pages.handler((): never => {
    throw broken;
  });
  const caught: unknown[] = [];
  const port = await listen((request, response) => {
    try {
      handler(request, response);
    } catch (error) {
      caught.push(error);
      response.writeHead(500).end();
    }
  });
  expect((await send(port, '/other')).status).toBe(500);
  expect(caught).toEqual([broken]);
});

test('what is no app is refused with the remedy', async () => {
  const { pages } = await testPages();
  expect(() => pages.handler(http.createServer() as never)).toThrow(
    expect.objectContaining({
      code: 'ERR_NOT_ATTACHED',
      message:
        'Expected handler() to get the app that express() returns, or another request listener, got an instance of Server; give what the server was made with',
    }),
  );
});

test('HTTP/2: a page is stored and answered as over HTTP/1.1, by the same server', async () => {
  const { pages, webRoot, stored } = await testPages({ scheme: 'https' });
  const session = await connect(
    pages.handler((_request: Http2ServerRequest, response: Http2ServerResponse) => {
      response.setHeader('Content-Type', HTML);
      response.end(LONG);
    }),
  );
  const written = stored(0);
  const miss = await ask(session, { ':path': '/page' });
  expect(miss).toMatchObject({ cache: MISS, body: LONG });
  await written;
  expect(existsSync(join(webRoot, 'page.page.html'))).toBe(true);

  const hit = await ask(session, { ':path': '/page' });
  expect(hit).toMatchObject({ cache: HIT, body: LONG });
  expect(hit.headers).toMatchObject({ ':status': 200, 'content-type': HTML, vary: 'Accept-Encoding' });
  const coded = await ask(session, { ':path': '/page', 'accept-encoding': 'br' });
  expect(coded).toMatchObject({ cache: HIT, headers: { 'content-encoding': 'br' } });
  const head = await ask(session, { ':path': '/page', ':method': 'HEAD' });
  expect(head).toMatchObject({ cache: HIT, body: '', headers: { 'content-length': `${LONG.length}` } });
  const known = await ask(session, { ':path': '/page', 'if-none-match': String(hit.headers.etag) });
  expect(known).toMatchObject({ cache: HIT, body: '', headers: { ':status': 304 } });
});

test('HTTP/2: a page with a header of its own is replayed with it', async () => {
  const { pages, stored } = await testPages({ scheme: 'https' });
  const session = await connect(
    pages.handler((_request: Http2ServerRequest, response: Http2ServerResponse) => {
      response.writeHead(200, { 'Content-Type': HTML, 'X-Own': 'yes' });
      response.end(LONG);
    }),
  );
  const written = stored(0);
  expect((await ask(session, { ':path': '/page' })).cache).toBe(MISS);
  await written;
  expect(await ask(session, { ':path': '/page' })).toMatchObject({
    cache: HIT,
    body: LONG,
    headers: { 'x-own': 'yes', ':status': 200 },
  });
});

test('HTTP/2: the answer to a POST waits until its page is deleted', async () => {
  const { pages, stored } = await testPages({ scheme: 'https' });
  let version = 0;
  const session = await connect(
    pages.handler((request: Http2ServerRequest, response: Http2ServerResponse) => {
      if (request.method === 'POST') version += 1;
      response.setHeader('Content-Type', HTML);
      response.end(`version ${version}`);
    }),
  );
  const written = stored(0);
  await ask(session, { ':path': '/page' });
  await written;
  expect(await ask(session, { ':path': '/page' })).toMatchObject({ cache: HIT, body: 'version 0' });
  const posted = await ask(session, { ':path': '/page', ':method': 'POST' });
  expect(posted).toMatchObject({ cache: 'staticgenerator; fwd=method', body: 'version 1' });
  expect(await ask(session, { ':path': '/page' })).toMatchObject({ cache: MISS, body: 'version 1' });
});

test('HTTP/2: whoever has a cookie that the app set with HttpOnly gets no page, from its next request on', async () => {
  const { pages, stored } = await testPages({ scheme: 'https' });
  const session = await connect(
    pages.handler((request: Http2ServerRequest, response: Http2ServerResponse) => {
      if (request.url === '/sign-in') response.setHeader('Set-Cookie', 'visitor=1; HttpOnly');
      response.setHeader('Content-Type', HTML);
      response.end(LONG);
    }),
  );
  const written = stored(0);
  await ask(session, { ':path': '/page' });
  await written;
  const cookie = { ':path': '/page', cookie: 'visitor=1' };
  expect((await ask(session, cookie)).cache).toBe(HIT);
  expect((await ask(session, { ':path': '/sign-in' })).headers['set-cookie']).toEqual([
    'visitor=1; HttpOnly',
  ]);
  expect((await ask(session, cookie)).cache).toBe('staticgenerator; fwd=bypass; detail=cookie');
});

test('HTTP/2: a response with trailers is not stored, however they are added', async () => {
  const { pages, logger } = await testPages({ scheme: 'https' });
  const session = await connect(
    pages.handler((request: Http2ServerRequest, response: Http2ServerResponse) => {
      response.setHeader('Content-Type', HTML);
      if (request.url === '/page/one') Reflect.get(response, 'setTrailer').call(response, 'x-sum', '1');
      else response.addTrailers({ 'x-sum': '1' });
      response.end(LONG);
    }),
  );
  for (const path of ['/page/one', '/page/all']) {
    const from = logger.lines.length;
    expect(await ask(session, { ':path': path })).toMatchObject({ body: LONG, trailers: { 'x-sum': '1' } });
    const { fields } = await logger.waitFor(({ message }) => message.startsWith('not stored'), from);
    expect(fields).toMatchObject({ path, reason: 'trailer' });
  }
});

test.each([
  ['a Host header that disagrees with :authority', { host: 'other.example' }],
  ['a scheme that is not that of the connection', { ':scheme': 'http' }],
])('HTTP/2: %s is answered by the app', async (_what, headers) => {
  const { pages } = await testPages({ hosts: ['localhost'] });
  const session = await connect(
    pages.handler((_request: Http2ServerRequest, response: Http2ServerResponse) => {
      response.setHeader('Content-Type', HTML);
      response.end(LONG);
    }),
  );
  expect((await ask(session, { ':path': '/page', ':authority': 'localhost' })).cache).toBe(MISS);
  const answer = await ask(session, { ':path': '/page', ':authority': 'localhost', ...headers });
  expect(answer).toMatchObject({ body: LONG, cache: 'staticgenerator; fwd=bypass; detail=host' });
});

test('HTTP/2: the app sees the request as it came', async () => {
  const { pages } = await testPages({ scheme: 'https' });
  const seen: (string | undefined)[] = [];
  const session = await connect(
    pages.handler((request: Http2ServerRequest, response: Http2ServerResponse) => {
      seen.push(request.headers.host, request.headers[':path'], request.authority.replace(/\d+$/, ''));
      response.end();
    }),
  );
  await ask(session, { ':path': '/page' });
  await ask(session, { ':path': '/other' });
  expect(seen).toEqual([undefined, '/page', 'localhost:', undefined, '/other', 'localhost:']);
});
