import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/front/fingerprint.js';
import { bytesOf } from '../../cases/requests.js';
import { freePort } from '../../helpers/servers/ports.js';
import type { RawResponse } from '../../helpers/servers/raw-http.js';
import { listen } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { APP_BODY } from '../setup/echo-app.js';
import { type Front, frontOfTest } from '../setup/nginx-front.js';

async function seenOf(front: Front, request: Parameters<typeof bytesOf>[0]) {
  const { seen } = await front.ask(bytesOf(request));
  expect(seen).toHaveLength(1);
  return seen[0];
}

describe('the app gets', () => {
  test('the Host header as it was sent, and the truth about the client', async () => {
    const front = await frontOfTest();
    const forged = ['X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: evil.example'];
    const host = `LOCALHOST:${front.port}`;
    expect((await seenOf(front, { host, headers: forged }))?.headers).toMatchObject({
      host: [host],
      'x-forwarded-for': ['127.0.0.1'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-host': [host],
    });
  });

  test('every other header, as it was sent', async () => {
    const front = await frontOfTest();
    const headers = [
      'Authorization: Bearer x',
      'Range: bytes=0-1',
      'If-Match: "x"',
      'Cookie: sid=x; a="b c"',
      'Accept: */*',
    ];
    const seen = await seenOf(front, { headers });
    const sent = headers.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 2),
    ]);
    for (const [name = '', value] of sent) expect(seen?.headers[name]).toEqual([value]);
    expect(Object.keys(seen?.headers ?? {}).sort()).toEqual(
      [
        ...sent.map(([name]) => name),
        ...['host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-staticgenerator'],
      ].sort(),
    );
  });

  test.each([
    ['with a length', (body: Buffer) => [`Content-Length: ${body.length}`, body] as const],
    [
      'in chunks',
      (body: Buffer) =>
        [
          'Transfer-Encoding: chunked',
          Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]),
        ] as const,
    ],
    [
      'after a 100 Continue',
      (body: Buffer) => [`Expect: 100-continue\r\nContent-Length: ${body.length}`, body] as const,
    ],
  ])('a body sent %s, and the method', async (_, frame) => {
    const front = await frontOfTest();
    front.place('blog.page.html', 'page');
    const body = randomBytes(900_000);
    const [header, framed] = frame(body);
    const { seen } = await front.ask(Buffer.concat([bytesOf({ method: 'POST', headers: [header] }), framed]));
    expect(seen.map(({ method, target }) => [method, target])).toEqual([['POST', '/blog']]);
    expect(seen[0]?.body.equals(body)).toBe(true);
  });

  test('targets as long as nginx takes them', async () => {
    const front = await frontOfTest();
    for (const target of [
      `/${'a'.repeat(8000)}`,
      '/a'.repeat(4000),
      `/${'%C3%A9'.repeat(1300)}`,
      `/a?${'utm_a&'.repeat(1300)}`,
    ]) {
      expect((await seenOf(front, { target }))?.target).toBe(target);
    }
  });

  test('requests over connections that are used again', async () => {
    const front = await frontOfTest({
      edit: (text) => text.replace('worker_processes auto', 'worker_processes 1'),
    });
    for (let count = 0; count < 5; count += 1) await seenOf(front, { target: '/missing' });
    expect(front.app.connections()).toBe(1);
  });

  test('WebSockets', async () => {
    const front = await frontOfTest();
    const headers = ['Upgrade: websocket', 'Connection: keep-alive, Upgrade', 'Sec-WebSocket-Key: x'];
    const { response, seen } = await front.ask(bytesOf({ target: '/socket', headers }));
    expect(response.status).toBe(101);
    expect(response.headers['x-app']).toBe('reached');
    expect(seen[0]?.headers).toMatchObject({ upgrade: ['websocket'], connection: ['upgrade'] });
  });

  test('no other upgrade, which would be a way past nginx', async () => {
    const front = await frontOfTest();
    const { response, seen } = await front.ask(bytesOf({ headers: ['Upgrade: h2c', 'Connection: Upgrade'] }));
    expect(response.status).toBe(200);
    expect(seen[0]?.headers.connection).toBeUndefined();
  });
});

test('the name of the server is sent, and vouched for, where the client sent none', async () => {
  const front = await frontOfTest();
  const voucher = fingerprintOf(front.config);
  const seen = await seenOf(front, { host: null, version: '1.0' });
  expect(seen?.headers).toMatchObject({ host: ['localhost'], 'x-staticgenerator': [voucher] });
});

describe("the app's answer", () => {
  test('has its Date, which its Age counts from', async () => {
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT';
    const { headers } = await answerWith({ Date: date, Age: '60' });
    expect(headers).toMatchObject({ date, age: '60' });
  });

  test('has no Date where the app sends none', async () => {
    expect((await answerWith({})).headers.date).toBeUndefined();
  });

  test('has the Location that the app gave, whatever it names', async () => {
    const location = 'http://staticgenerator_app/a';
    expect((await answerWith({ Location: location })).headers.location).toBe(location);
  });

  test.each([
    ['X-Accel-Redirect', '/static/secret.txt'],
    ['X-Accel-Redirect', '@staticgenerator_assets'],
    ['X-Accel-Redirect', '/closed'],
    ['X-Accel-Limit-Rate', '1'],
    ['X-Accel-Charset', 'koi8-r'],
    ['X-Accel-Expires', '60'],
  ])('is not changed by %s: %s, which no visitor sees', async (name, value) => {
    const { status, headers, body } = await answerWith({ [name]: value });
    expect([status, body.toString(), headers['x-app'], headers['content-type']]).toEqual([
      200,
      APP_BODY,
      'reached',
      'text/plain',
    ]);
    expect(headers[name.toLowerCase()]).toBeUndefined();
  });

  /**
   * Returns the answer to a visitor if the app sends these headers. A file and a location exist to which a header could
   * lead.
   */
  async function answerWith(headers: Readonly<Record<string, string>>): Promise<RawResponse> {
    const staticRoot = await temporaryFolder();
    chmodSync(staticRoot, 0o755);
    writeFileSync(join(staticRoot, 'secret.txt'), 'secret');
    const app = await listen((_request, response) => {
      response.sendDate = false;
      response.writeHead(200, { 'Content-Type': 'text/plain', 'X-App': 'reached', ...headers }).end(APP_BODY);
    });
    const front = await frontOfTest({
      site: { assets: { root: staticRoot } },
      nginx: { upstreams: [`127.0.0.1:${app}`] },
      edit: (text) =>
        text.replace('location / {', 'location = /closed { internal; return 403; } location / {'),
    });
    return (await front.ask(bytesOf({}))).response;
  }
});

test('of several upstreams, those that are there answer', async () => {
  const dead = `127.0.0.1:${await freePort()}`;
  const front = await frontOfTest({
    edit: (text) => text.replace(/(server 127\.0\.0\.1:\d+;)/, `server ${dead};\n$1`),
  });
  for (let count = 0; count < 4; count += 1) await seenOf(front, { target: '/missing' });
});
