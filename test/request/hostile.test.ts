import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type NextFunction, type Request, type Response } from 'express';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type StaticGenerator, staticGenerator } from '../../src/static-generator.js';
import { effort } from '../helpers/effort.js';
import { RecordingLogger } from '../helpers/recording-logger.js';
import { rawRequest } from '../helpers/servers/raw-http.js';
import { startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

/** The functions of the site that an app calls while it renders, here with values that the visitor has sent. */
type Told = Pick<StaticGenerator, 'tag' | 'skip' | 'untracked'>;

const alone: Told = { tag: () => undefined, skip: () => undefined, untracked: (work) => work() };

interface Asked {
  readonly value: unknown;
  readonly body: unknown;
}

/** The mistakes of a careless handler before it ends the response. */
const careless: Readonly<Record<string, (response: Response, asked: Asked, pages: Told) => unknown>> = {
  skip: (_response, { value }, pages) => pages.skip(value as string),
  status: (response, { value }) => response.writeHead(Number(value)),
  message: (response, { value }) => Object.assign(response, { statusMessage: String(value) }),
  header: (response, { value }) => response.setHeader('X-Value', value as string),
  head: (response, { value }) => response.writeHead(200, { 'X-Value': value as string, Vary: [] }),
  location: (response, { value }) => response.setHeader('Location', encodeURI(String(value))),
  date: (response) => response.setHeader('Expires', new Date(0) as unknown as string),
  write: (response, { body }) => response.write(body as string),
};

/** The ways in which the handler ends the response. */
const ends: Readonly<Record<string, (response: Response, asked: Asked, next: NextFunction) => unknown>> = {
  end: (response, { body }) => response.end(body),
  redirect: (response, { value }) => response.redirect(303, encodeURI(String(value))),
  async: (response, _asked, next) => Promise.resolve().then(() => response.end('later'), next),
  next: (_response, _asked, next) => next(),
};

/** Creates an app that uses every part of a request carelessly. */
function carelessApp(pages: Told): express.Express {
  const app = express();
  app.set('env', 'test');
  app.disable('etag');
  app.use(express.json({ strict: false, limit: '1mb' }));
  app.use('/throws', (request) => {
    throw new Error(request.url);
  });
  app.use((request: Request, response: Response, next: NextFunction) => {
    pages.untracked(() => pages.tag(`url:${request.url}`, Reflect.get(request.query, 'tag') as string));
    const asked = { value: request.query.value, body: request.body as unknown };
    const how = String(request.query.how);
    careless[how]?.(response, asked, pages);
    const end = ends[how] ?? (() => response.end(`${request.method} ${request.path}`));
    end(response, asked, next);
  });
  return app;
}

async function serve(app: http.RequestListener): Promise<number> {
  const server = http.createServer({ maxHeaderSize: 65_536 }, app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const nasty = fc.oneof(
  fc.constantFrom(
    '/',
    '/a',
    '/%',
    '/%0a',
    '/a%0A',
    '/%ff',
    '/%00',
    '//',
    '//x',
    '/..',
    '/a/../b',
    '/\\',
    '*',
  ),
  fc.constantFrom(
    'http://[',
    'http://x/a',
    'javascript:1',
    `/${'a'.repeat(600)}`,
    '/caf%C3%A9',
    '/%ED%A0%80',
  ),
  fc.constantFrom(
    `/${'%C3%A9'.repeat(3000)}`,
    `/${'a/'.repeat(9000)}`,
    '/throws',
    '/__proto__',
    '/constructor',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }).map((text) => `/${encodeURIComponent(text)}`),
  fc.webPath(),
);
const nastyValue = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '99',
    '200',
    '204',
    '304',
    '999',
    '1e3',
    'é',
    '\n',
    '\u0100',
    'x'.repeat(600),
    '__proto__',
  ),
  fc.constantFrom('/a', '//x', 'http://[', 'a:b', '\u{1f600}', 'a,b', '*', '"', '%'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const query = fc.record({
  how: fc.constantFrom(
    ...['skip', 'status', 'message', 'header', 'head', 'location', 'date', 'write', 'end', 'redirect'],
    ...['async', 'next', 'plain'],
  ),
  key: fc.constantFrom('value', 'value[]', 'value[a]'),
  value: nastyValue,
  tag: nastyValue,
});
const header = fc.tuple(
  fc.constantFrom(
    ...[
      'Cookie',
      'Range',
      'If-None-Match',
      'Accept-Encoding',
      'Origin',
      'Referer',
      'X-Staticgenerator',
      'Via',
    ],
    ...['Authorization', 'X-Forwarded-Host', 'Accept-Language', 'If-Match', 'Prefer', 'Purpose'],
  ),
  fc.oneof(
    fc.constantFrom(
      '',
      '*',
      ';',
      ',',
      '=',
      'a=b',
      'bytes=0-',
      'W/"x"',
      'gzip;q=x',
      'br',
      `${'a=b;'.repeat(5000)}`,
    ),
    fc.string({
      unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
      maxLength: 40,
    }),
  ),
);
const request = fc.record({
  method: fc.constantFrom('GET', 'GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'),
  version: fc.constantFrom('1.1', '1.1', '1.0'),
  path: nasty,
  query: fc.option(query, { nil: undefined }),
  host: fc.constantFrom(
    'localhost',
    'localhost',
    '127.0.0.1',
    '',
    '[',
    'a b',
    'x:99999',
    'localhost:0',
    'user@x',
  ),
  headers: fc.array(header, { maxLength: 3 }),
  body: fc.option(fc.constantFrom('1', 'null', '"text"', '{"a":', '[]', 'true', '""'), { nil: undefined }),
});
type HostileRequest = typeof request extends fc.Arbitrary<infer Made> ? Made : never;

function bytesOf({ method, version, path, query: asked, host, headers, body }: HostileRequest): Buffer {
  const parameters =
    asked === undefined
      ? ''
      : `?how=${asked.how}&${asked.key}=${encodeURIComponent(asked.value)}&tag=${encodeURIComponent(asked.tag)}`;
  const lines = [
    `${method} ${path}${parameters} HTTP/${version}`,
    `Host: ${host}`,
    'Connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`, 'latin1');
}

/** Returns the status, or how the connection ended if there was no response. */
async function outcomeOf(port: number, bytes: Buffer): Promise<number | string> {
  try {
    return (await rawRequest(port, bytes)).status;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/:.*/s, '') : 'unknown';
  }
}

test('whatever a visitor sends, the app answers with the status that it has without the middleware', async () => {
  const logger = new RecordingLogger();
  // Every URL may be a page, whatever its query, so that the code for pages is tested most.
  const pages = staticGenerator({
    ...{ urls: [/^\//], webRoot: join(await temporaryFolder(), 'pages'), logger },
    ...{ ignoreQuery: ['*'], bypassCookies: [], ignoreCookies: ['*'] },
  });
  onTestFinished(() => pages.close());
  const withPages = express();
  withPages.use(pages.middleware, carelessApp(pages));
  const ports = await Promise.all([serve(withPages), serve(carelessApp(alone))]);
  const thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  onTestFinished(() => {
    process.off('uncaughtException', note).off('unhandledRejection', note);
  });
  await fc.assert(
    fc.asyncProperty(request, async (made) => {
      const bytes = bytesOf(made);
      const [ours, theirs] = await Promise.all(ports.map((port) => outcomeOf(port, bytes)));
      expect(thrown).toEqual([]);
      expect(ours).toBe(theirs);
    }),
    { numRuns: effort({ usual: 120, long: 30_000 }) },
  );
  expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test.each<[string, unknown, string]>([
  ['too long', 'x'.repeat(513), `"${'x'.repeat(100)}…" (string)`],
  ['with a control character', 'post:a\n', '"post:a\\n" (string)'],
  ['with half a character', 'post:😀'.slice(0, -1), '"post:\\ud83d" (string)'],
  ['empty', '', '"" (string)'],
  ['a number', 42, '42 (number)'],
  ['nothing', undefined, 'undefined (undefined)'],
  ['a list', ['post:1'], '[object Array] (object)'],
  ['an object without a prototype', Object.create(null), '[object Object] (object)'],
  [
    'an object that throws',
    new Proxy({}, { get: () => expect.fail('asked') }),
    'what cannot be shown (object)',
  ],
])('a page with a tag that is %s is answered and not stored', async (_, tag, detail) => {
  const site = await startSite((app, pages) => {
    app.get('/page', async (_request, response) => {
      await Promise.resolve();
      Reflect.apply(pages.tag, undefined, ['good', tag]);
      response.send('page');
    });
  });
  for (const _ of [1, 2]) {
    expect(await site.visit('/page')).toMatchObject({
      ...{ status: 200, body: 'page', outcome: 'bad-tag' },
      cache: 'staticgenerator; fwd=uri-miss; detail=bad-tag',
    });
    expect(site.logger.lines.at(-1)?.fields.detail).toBe(detail);
  }
  const warnings = site.logger.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toMatchObject([{ fields: { reason: 'bad-tag', detail } }]);
});

test.each<[string, unknown, string]>([
  ['an error', new Error('it is a draft'), 'it is a draft'],
  ['a number', 42, '42'],
  ['null', null, 'null'],
  ['a long text', 'x'.repeat(1000), 'x'.repeat(500)],
])('skip() takes %s as its reason', async (_, reason, detail) => {
  const site = await startSite((app, pages) => {
    app.get('/page', (_request, response) => {
      Reflect.apply(pages.skip, undefined, [reason]);
      response.send('page');
    });
  });
  expect(await site.visit('/page')).toMatchObject({ status: 200, outcome: 'skipped' });
  expect(site.logger.lines.at(-1)?.fields.detail).toBe(detail);
});

/** Removes the socket, as adapters do that create a request and a response of their own. */
const detach = (request: IncomingMessage) =>
  Object.defineProperty(request, 'socket', { value: null, configurable: true });

test('an adapter may take the socket away when the response has ended', async () => {
  const site = await startSite((app) => app.get('/page', (_request, response) => response.send('page')), {
    before: (app) =>
      app.use((request, response, next) => {
        response.once('finish', () => detach(request));
        next();
      }),
  });
  expect(await site.visit('/page')).toMatchObject({ status: 200, outcome: 'stored' });
  expect((await site.request('/page')).cache).toBe('staticgenerator; hit');
});

test('an adapter may have no socket: nobody vouches for the host then', async () => {
  const site = await startSite((app) => app.get('/page', (_request, response) => response.send('page')), {
    before: (app) =>
      app.use((request, _response, next) => {
        detach(request);
        next();
      }),
  });
  expect(await site.visit('/page')).toMatchObject({ status: 200, outcome: 'stored' });
  const headers = { 'x-staticgenerator': 'made-up', host: 'evil.example' };
  expect((await site.request('/page', { headers })).cache).toBe('staticgenerator; fwd=bypass; detail=host');
});

test('a request that waits for the render of another one may lose its socket', async () => {
  const waiting: IncomingMessage[] = [];
  const site = await startSite(
    (app) =>
      app.get('/page', async (_request, response) => {
        if (waiting.length < 2) await once(site.app, 'two');
        response.send('page');
      }),
    {
      before: (app) =>
        app.use((request, _response, next) => {
          next();
          waiting.push(request);
          if (waiting.length < 2) return;
          detach(request);
          site.app.emit('two');
        }),
    },
  );
  const answers = await Promise.all([site.request('/page'), site.request('/page')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
});

test('a request that something before has answered passes', async () => {
  const seen: boolean[] = [];
  const site = await startSite(
    (app) =>
      app.use((_request: IncomingMessage, response: ServerResponse) => seen.push(response.headersSent)),
    {
      before: (app) =>
        app.use((_request, response, next) => {
          response.status(503).send('too late');
          next();
        }),
    },
  );
  for (const method of ['GET', 'POST']) expect((await site.request('/', { method })).status).toBe(503);
  expect(seen).toEqual([true, true]);
});

test.each<[string, (response: Response) => unknown]>([
  ['a status message', (response) => Object.assign(response, { statusMessage: 'caf\u0100' }).end()],
  ['a status message in the call', (response) => response.writeHead(200, 'caf\u0100').end()],
  ['a status', (response) => response.writeHead(42).end()],
  ['a header', (response) => response.writeHead(200, { 'X-Value': undefined }).end()],
  ['a last chunk', (response) => response.end(42)],
  ['a chunk', (response) => response.write({})],
  ['no chunk', (response) => response.write(null)],
])('%s that Node refuses is refused at once though the answer is held', async (_, answer) => {
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => response.send('page'));
    app.post('/page', (_request, response) => answer(response));
    app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      response.statusMessage = '';
      response.status(500).send(error instanceof Error ? 'caught' : 'unknown');
    });
  });
  await site.visit('/page');
  expect(await site.request('/page', { method: 'POST' })).toMatchObject({ status: 500, body: 'caught' });
});

test('an encoding that Node does not know is refused at once though the answer is held', async () => {
  const caught: unknown[] = [];
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => response.send('page'));
    app.post('/page', (request, response) => {
      try {
        Reflect.apply(response.end, response, ['x', 'bogus']);
      } catch (error) {
        caught.push(error);
        request.socket.destroy();
      }
    });
  });
  await site.visit('/page');
  await expect(site.request('/page', { method: 'POST' })).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(caught).toMatchObject([{ code: 'ERR_UNKNOWN_ENCODING' }]);
});

test.each<[string, (response: Response) => unknown]>([
  ['a second answer', (response) => response.send('two')],
  ['a second head', (response) => response.writeHead(200)],
  ['a header', (response) => response.setHeader('X-Late', '1')],
  ['a further header', (response) => response.appendHeader('X-Late', '1')],
  ['a header less', (response) => response.removeHeader('Location')],
])('%s after the end of a held answer is what Node makes of it, and changes nothing', async (_, late) => {
  const caught: unknown[] = [];
  const site = await startSite((app) => {
    app.get('/page', (_request, response) => response.send('page'));
    app.post('/page', (_request, response) => {
      response.redirect(303, '/page');
      try {
        late(response);
      } catch (error) {
        caught.push(error);
      }
      response.statusCode = 500;
    });
  });
  await site.visit('/page');
  const answer = await site.request('/page', { method: 'POST' });
  expect(answer).toMatchObject({ status: 303, headers: { location: '/page' } });
  expect(caught).toMatchObject([{ code: 'ERR_HTTP_HEADERS_SENT' }]);
});
