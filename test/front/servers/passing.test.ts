import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { UNVOUCHED, VOUCHER_HEADER } from '../../../src/page/request/gate.js';
import { bytesOf } from '../../cases/requests.js';
import { freePort } from '../../helpers/servers/ports.js';
import { afterAllTests, temporaryFolder } from '../../helpers/temporary.js';
import { startDemandingApp } from '../setup/demanding-app.js';
import { HIT } from '../setup/nginx-front.js';
import { type ServerFront, serverFrontOfTest, servers, startServerFront } from '../setup/server-front.js';

async function seenOf(front: ServerFront, request: Parameters<typeof bytesOf>[0]) {
  const { seen } = await front.ask(bytesOf(request));
  expect(seen).toHaveLength(1);
  return seen[0];
}

describe.each(servers)('from %s, the app gets', (server) => {
  let front: ServerFront;
  beforeAll(async () => {
    front = await startServerFront(server);
    front.place('blog.page.html', 'page');
  });
  afterAll(() => front.stop());

  test('the Host header as it was sent, and the truth about the client', async () => {
    const forged = ['X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: evil.example'];
    const host = `localhost:${front.port}`;
    const seen = await seenOf(front, { target: '/missing', host, headers: forged });
    expect(seen?.headers).toMatchObject({
      host: [host],
      'x-forwarded-for': ['127.0.0.1'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-host': [host],
    });
  });

  test('every other header, as it was sent, and none besides', async () => {
    const headers = [
      ...['Authorization: Bearer x', 'Range: bytes=0-1', 'If-Match: "x"', 'Cookie: sid=x; a="b c"'],
      ...['Accept: */*', 'User-Agent: test', 'If-Modified-Since: Fri, 13 Feb 2009 23:31:30 GMT'],
      ...['Accept-Encoding: gzip;q=0.5', 'X-Own: 1'],
    ];
    const seen = await seenOf(front, { headers });
    const sent = headers.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 2),
    ]);
    for (const [name = '', value] of sent) expect(seen?.headers[name]).toEqual([value]);
    const { connection, ...others } = seen?.headers ?? {};
    expect(Object.keys(others).sort()).toEqual(
      [
        ...sent.map(([name]) => name),
        ...['host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-staticgenerator'],
      ].sort(),
    );
  });

  test('no header that the client did not send', async () => {
    const seen = await seenOf(front, { target: '/missing' });
    const { connection, ...others } = seen?.headers ?? {};
    expect(Object.keys(others).sort()).toEqual(
      ['host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-staticgenerator'].sort(),
    );
  });

  test('the fingerprint of the configuration, whatever the client says', async () => {
    for (const forged of ['forged', UNVOUCHED, '']) {
      const own = await seenOf(front, { target: '/missing', headers: [`X-StaticGenerator: ${forged}`] });
      expect(own?.headers[VOUCHER_HEADER]).toEqual([fingerprintOf(front.config)]);
      const headers = [`X-StaticGenerator: ${fingerprintOf(front.config)}`];
      const foreign = await seenOf(front, { host: 'evil.example', headers });
      expect(foreign?.headers[VOUCHER_HEADER]).toEqual([UNVOUCHED]);
    }
  });

  test.each([
    ['with a length', (body: Buffer) => [`Content-Length: ${body.length}`, body] as const],
    ['in chunks', (body: Buffer) => ['Transfer-Encoding: chunked', chunked(body)] as const],
    [
      'after a 100 Continue',
      (body: Buffer) => [`Expect: 100-continue\r\nContent-Length: ${body.length}`, body] as const,
    ],
  ])('a body sent %s, and the method', async (_, frame) => {
    const body = randomBytes(900_000);
    const [header, framed] = frame(body);
    const { seen } = await front.ask(Buffer.concat([bytesOf({ method: 'POST', headers: [header] }), framed]));
    expect(seen.map(({ method, target }) => [method, target])).toEqual([['POST', '/blog']]);
    expect(seen[0]?.body.equals(body)).toBe(true);
  });

  test('targets as long as the app takes them', async () => {
    for (const target of [
      `/${'a'.repeat(8000)}`,
      '/a'.repeat(4000),
      `/${'%C3%A9'.repeat(1300)}`,
      `/a?${'utm_a&'.repeat(1300)}`,
    ])
      expect((await seenOf(front, { target }))?.target).toBe(target);
  });

  test('WebSockets, and no other upgrade', async () => {
    const headers = ['Upgrade: websocket', 'Connection: keep-alive, Upgrade', 'Sec-WebSocket-Key: x'];
    const { response, seen } = await front.ask(bytesOf({ target: '/socket', headers }));
    expect([response.status, response.headers['x-app']]).toEqual([101, 'reached']);
    expect(seen[0]?.headers.upgrade).toEqual(['websocket']);
  });

  test('no upgrade that would be a way past the server', async () => {
    const { response, seen } = await front.ask(bytesOf({ headers: ['Upgrade: h2c', 'Connection: Upgrade'] }));
    expect(response.status).toBe(200);
    expect(seen[0]?.headers.upgrade).toBeUndefined();
  });
});

describe.each(servers)('with %s in front', (server) => {
  test('a page is answered to the names of the site, bare or with its port', async () => {
    const front = await serverFrontOfTest(server, {
      options: { serverNames: ['a.example', 'www.a.example'] },
    });
    front.place('blog.page.html', 'page');
    const isHit = async (host: string) =>
      (await front.ask(bytesOf({ host }))).response.headers['cache-status'] === HIT;
    const { port } = front;
    for (const host of ['a.example', 'A.EXAMPLE', 'www.a.example', `WWW.a.example:${port}`])
      expect([host, await isHit(host)]).toEqual([host, true]);
    for (const host of ['b.example', 'localhost', 'x.a.example', 'a.example.', 'a.example:80', 'aXexample'])
      expect([host, await isHit(host)]).toEqual([host, false]);
  });

  test('each of several hosts has pages of its own, and no other sees them', async () => {
    const front = await serverFrontOfTest(server, { site: { hosts: ['a.example', 'b.example'] } });
    front.place('a.example/blog.page.html', 'page of a');
    front.place('b.example/blog.page.html', 'page of b');
    front.place('a.example/only.page.html', 'only of a');
    front.place('a.example/api.page.json', '{}');
    const bodyFor = async (host: string, target = '/blog') =>
      (await front.ask(bytesOf({ host, target }))).response.body.toString();
    expect(await bodyFor('a.example')).toBe('page of a');
    expect(await bodyFor('B.example')).toBe('page of b');
    expect(await bodyFor('a.example', '/only')).toBe('only of a');
    expect(await bodyFor('a.example', '/api')).toBe('{}');
    for (const target of ['/only', '/api', '/a.example/blog', '/a.example/blog.page.html'])
      expect([target, await bodyFor('b.example', target)]).toEqual([target, 'from the app']);
  });

  test('visitors with a session are answered from pages for nobody, and from no others', async () => {
    const urls = [
      /^\/posts\/mine$/,
      { match: /^\/posts\/[\w-]+$/, as: 'nobody' as const },
      /^\/about/,
      { match: /^\/(?:news|events)\/?$/i, as: 'nobody' as const },
    ];
    const front = await serverFrontOfTest(server, { site: { urls } });
    const isHit = async (target: string, cookie: string) => {
      const headers = [`Cookie: ${cookie}`];
      return (await front.ask(bytesOf({ target, headers }))).response.headers['cache-status'] === HIT;
    };
    for (const name of ['posts/mine', 'posts/hello', 'about', 'News', 'posts/caf\u00e9'])
      front.place(`${name}.page.html`, 'page');
    for (const cookie of ['connect.sid=1', 'nobody;x=1; connect.sid=1']) {
      const answered = ['/posts/hello', '/posts/mine', '/about', '/News', '/posts/caf%C3%A9'];
      const hits = await Promise.all(answered.map((target) => isHit(target, cookie)));
      expect(hits).toEqual([true, false, false, true, false]);
    }
    expect(await isHit('/about', 'theme=dark')).toBe(true);
  });

  test('without any cookie that matters, all visitors are answered', async () => {
    const front = await serverFrontOfTest(server, { site: { bypassCookies: [] } });
    front.place('blog.page.html', 'page');
    const { response } = await front.ask(bytesOf({ headers: ['Cookie: connect.sid=1'] }));
    expect(response.headers['cache-status']).toBe(HIT);
  });

  test('of two processes of the app, the one that is there answers', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const app = await startDemandingApp();
    const front = await serverFrontOfTest(server, { options: { upstreams: [dead, `127.0.0.1:${app}`] } });
    for (const method of ['GET', 'POST', 'GET', 'DELETE']) {
      const { response } = await front.ask(bytesOf({ method, target: '/body?4' }));
      expect([method, response.status, response.body.toString()]).toEqual([method, 200, 'xxxx']);
    }
  });

  test('what one process may have done already, no other is asked for', async () => {
    const asked: string[] = [];
    const ports = await Promise.all(
      ['a', 'b'].map((name) =>
        listenAt(
          createServer((request) => {
            asked.push(name);
            request.socket.destroy();
          }),
        ),
      ),
    );
    const front = await serverFrontOfTest(server, {
      options: { upstreams: ports.map((port) => `127.0.0.1:${port}`) },
    });
    const { response } = await front.ask(bytesOf({ method: 'POST' }));
    expect([502, 503]).toContain(response.status);
    expect(asked).toHaveLength(1);
  });

  test('the app may listen on a Unix socket', async () => {
    const folder = await temporaryFolder();
    chmodSync(folder, 0o755);
    const socket = join(folder, 'app.sock');
    await listenAt(
      createServer((request, response) => response.end(`${request.headers.host}${request.url}`)),
      socket,
    );
    chmodSync(socket, 0o777);
    const front = await serverFrontOfTest(server, { options: { upstreams: [`unix:${socket}`] } });
    const { response } = await front.ask(bytesOf({ target: '//a?' }));
    expect(response.body.toString()).toBe('localhost//a?');
  });

  test('requests are logged with what the cache said', async () => {
    const folder = await temporaryFolder();
    chmodSync(folder, 0o777);
    const file = join(folder, 'access.log');
    const front = await serverFrontOfTest(server, { options: { accessLog: file } });
    front.place('blog.page.html', 'page');
    await front.ask(bytesOf({}));
    await front.ask(bytesOf({ target: '/missing' }));
    await front.stop();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => [/\/blog|\/missing/.exec(line)?.[0], line.includes(HIT)])).toEqual([
      ['/blog', true],
      ['/missing', false],
    ]);
  });

  test('what the app says reaches the client as it is', async () => {
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
    const location = 'http://127.0.0.1:3000/a';
    const port = await listenAt(
      createServer((_request, response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' });
        response.setHeader('Set-Cookie', ['a=1', 'b=2']);
        response.writeHead(302, { Date: date, Age: '60', Location: location, 'X-Sendfile': '/etc/passwd' });
        response.end('answer');
      }),
    );
    const front = await serverFrontOfTest(server, { options: { upstreams: [`127.0.0.1:${port}`] } });
    const { response } = await front.ask(bytesOf({}));
    expect([response.status, response.body.toString()]).toEqual([302, 'answer']);
    expect(response.headers).toMatchObject({ date, age: '60', location, 'x-sendfile': '/etc/passwd' });
    expect(response.rawHeaders.filter(([name]) => name.toLowerCase() === 'set-cookie')).toHaveLength(2);
    expect(response.headers.via).toBeUndefined();
  });
});

describe.each(servers)('through %s', (server) => {
  let demanding: ServerFront;
  // Hooks run in reverse, so the app stops first: Apache does not stop while a WebSocket through it is open.
  afterAll(() => demanding.stop());
  const atEnd = afterAllTests();
  beforeAll(async () => {
    const app = await startDemandingApp(atEnd);
    demanding = await startServerFront(server, { options: { upstreams: [`127.0.0.1:${app}`] } });
  });

  test.each([
    ['an address of 16 kB', bytesOf({ target: `/${'x'.repeat(16_000)}` }), 200],
    ['an address of 20 kB', bytesOf({ target: `/${'x'.repeat(20_000)}` }), 431],
    ['a header of 16 kB', bytesOf({ headers: [`X-Long: ${'x'.repeat(16_000)}`] }), 200],
    ['headers of 20 kB', bytesOf({ headers: [`A: ${'x'.repeat(10_000)}`, `B: ${'x'.repeat(10_000)}`] }), 431],
    [
      '300 headers',
      bytesOf({ headers: Array.from({ length: 300 }, (_, n) => `X-${n}: ${'x'.repeat(30)}`) }),
      200,
    ],
    ['an upload of 3 MB', withBody(Buffer.alloc(3_000_000, 'x')), 200],
    ['an answer with a Link of 15 kB', bytesOf({ target: '/link?15000' }), 200],
    ['an answer with three cookies of 2.5 kB', bytesOf({ target: '/cookies' }), 200],
    ['an answer of 2 MB', bytesOf({ target: '/body?2000000' }), 200],
  ])('%s passes as to the app alone', async (_, bytes, status) => {
    expect((await demanding.ask(bytes)).response.status).toBe(status);
  });

  test.skipIf(server === 'apache2')('longer bodies than are wanted are refused', async () => {
    const app = await startDemandingApp();
    const options = { upstreams: [`127.0.0.1:${app}`], maxBodyBytes: 1_000 };
    const front = await serverFrontOfTest(server, { options });
    const statusOf = async (bytes: Buffer) => (await front.ask(bytes)).response.status;
    expect(await statusOf(withBody(Buffer.alloc(1_000)))).toBe(200);
    expect(await statusOf(withBody(Buffer.alloc(1_001)))).toBe(413);
  });

  test('an upload is streamed: the app sees its first byte before the last is sent', async () => {
    let begin: (chunk: string) => void = () => undefined;
    const begun = new Promise<string>((resolve) => (begin = resolve));
    const port = await listenAt(
      createServer((request, response) => {
        request.once('data', (chunk) => begin(String(chunk)));
        request.on('end', () => response.end('6 bytes'));
      }),
    );
    const front = await serverFrontOfTest(server, { options: { upstreams: [`127.0.0.1:${port}`] } });
    const upload = await connected(front.port);
    upload.write(bytesOf({ method: 'POST', headers: ['Content-Length: 6'] }));
    upload.write('abc');
    expect(await begun).toBe('abc');
    upload.write('def');
    await received(upload, /6 bytes/);
  });

  test('pieces of answers arrive one by one, and WebSockets stay open', async () => {
    const { port } = demanding;
    for (const target of ['/events', '/pieces']) {
      const reader = await connected(port);
      reader.write(bytesOf({ target }));
      expect(await received(reader, /data: 1/)).not.toContain('data: 2');
      await received(reader, /data: 2/);
    }
    const socket = await connected(port);
    const headers = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: x'];
    socket.write(bytesOf({ target: '/socket', headers }));
    await received(socket, /101 Switching/);
    socket.write('ping');
    await received(socket, /pong/);
  });
});

function withBody(body: Buffer): Buffer {
  return Buffer.concat([bytesOf({ method: 'POST', headers: [`Content-Length: ${body.length}`] }), body]);
}

function chunked(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}

async function listenAt(server: Server, socket?: string): Promise<number> {
  if (socket === undefined) server.listen(0, '127.0.0.1');
  else server.listen(socket);
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return socket === undefined ? (server.address() as AddressInfo).port : 0;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Returns what arrives until it contains the pattern. */
async function received(socket: Socket, pattern: RegExp): Promise<string> {
  let text = '';
  while (!pattern.test(text)) text += String(await once(socket, 'data'));
  return text;
}

test.each(servers)(
  '%s answers any number of requests that are sent ahead on one connection',
  async (server) => {
    const front = await serverFrontOfTest(server);
    const requests = Array.from({ length: 150 }, (_, number) =>
      bytesOf({
        target: `/${number}`,
        headers: number === 149 ? ['Connection: close'] : ['Connection: keep-alive'],
      }),
    );
    const socket = connect(front.port, '127.0.0.1').setEncoding('utf8');
    socket.write(Buffer.concat(requests));
    let text = '';
    for await (const piece of socket) text += String(piece);
    expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(requests.length);
  },
);
