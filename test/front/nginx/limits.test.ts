import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../../cases/requests.js';
import { type RawResponse, rawRequest } from '../../helpers/servers/raw-http.js';
import { LONGER_MS, startDemandingApp } from '../setup/demanding-app.js';
import { frontOfTest } from '../setup/nginx-front.js';

/** A server whose administrator has set shorter times for everything that the configuration leaves open. */
const IMPATIENT =
  'proxy_read_timeout 1s; proxy_send_timeout 1s; send_timeout 1s; client_body_timeout 1s; client_max_body_size 1k;';
const MEGABYTE = 1_000_000;

const long = (length: number) => 'x'.repeat(length);

/** Requests that both ways to the app answer alike: the table of limits in docs/guide/nginx-in-production.md. */
const cases: readonly (readonly [string, Buffer, status: number])[] = [
  ['an address of 10 kB', bytesOf({ target: `/${long(10_000)}` }), 200],
  ['an address of 16 kB', bytesOf({ target: `/${long(16_000)}` }), 200],
  ['an address of 20 kB', bytesOf({ target: `/${long(20_000)}` }), 431],
  ['a cookie of 10 kB', bytesOf({ headers: [`Cookie: a=${long(10_000)}`] }), 200],
  ['a header of 16 kB', bytesOf({ headers: [`X-Long: ${long(16_200)}`] }), 200],
  ['headers of 20 kB', bytesOf({ headers: [`X-A: ${long(10_000)}`, `X-B: ${long(10_000)}`] }), 431],
  ['300 headers', bytesOf({ headers: Array.from({ length: 300 }, (_, n) => `X-${n}: ${long(30)}`) }), 200],
  ['an upload of 3 MB', withBody(Buffer.alloc(3 * MEGABYTE, 'x')), 200],
  ['an upload of 3 MB in chunks', inChunks(Buffer.alloc(3 * MEGABYTE, 'x')), 200],
  ['an answer with a Link of 6 kB', bytesOf({ target: '/link?6000' }), 200],
  ['an answer with a Link of 15 kB', bytesOf({ target: '/link?15000' }), 200],
  ['an answer with three cookies of 2.5 kB', bytesOf({ target: '/cookies' }), 200],
  ['an answer of 2 MB', bytesOf({ target: `/body?${2 * MEGABYTE}` }), 200],
];

describe('the app alone and the app behind nginx give the same answer to', () => {
  test.each(cases)('%s', async (_, bytes, status) => {
    const { app, front } = await startBoth();
    const [alone, behind] = [await rawRequest(app, bytes), await rawRequest(front, bytes)];
    expect(alone.status).toBe(status);
    expect(essence(behind)).toEqual(essence(alone));
  });
});

test("an app of a larger --max-http-header-size gets what it takes, and nginx's own limits are the options'", async () => {
  const app = await startDemandingApp();
  const front = await frontOfTest({
    nginx: { upstreams: [`127.0.0.1:${app}`], maxHeaderBytes: 65_536, maxBodyBytes: MEGABYTE },
  });
  const statusOf = async (bytes: Buffer) => (await rawRequest(front.port, bytes)).status;
  expect(await statusOf(bytesOf({ target: '/link?60000' }))).toBe(200);
  expect(await statusOf(withBody(Buffer.alloc(MEGABYTE)))).toBe(200);
  expect(await statusOf(withBody(Buffer.alloc(MEGABYTE + 1)))).toBe(413);
  expect(await statusOf(inChunks(Buffer.alloc(2 * MEGABYTE)))).toBe(413);
});

test.each(['/', '/static/upload'])(
  'an upload to %s is streamed: the app sees its first byte before the last is sent',
  async (target) => {
    const { front } = await startBoth();
    const client = await connected(front);
    client.write(bytesOf({ method: 'POST', target, headers: ['Content-Length: 6', 'X-Report: first'] }));
    client.write('abc');
    expect(await received(client, /reported/)).toContain('abc');
    client.write('def');
    await received(client, /6 bytes/);
  },
);

test.each(['/events', '/pieces'])('pieces of an answer to %s arrive one by one', async (target) => {
  const { front } = await startBoth();
  const client = await connected(front);
  client.write(bytesOf({ target }));
  expect(await received(client, /data: 1/)).not.toContain('data: 2');
  await received(client, /data: 2/);
});

describe('nothing is cut short by the habits of the server around:', () => {
  test('an app that thinks for long', async () => {
    const { front } = await startBoth();
    const response = await rawRequest(front, bytesOf({ target: '/slow' }));
    expect([response.status, response.body.toString()]).toEqual([200, 'slow']);
  });

  test('a body that pauses', async () => {
    const { front } = await startBoth();
    const client = await connected(front);
    client.write(bytesOf({ method: 'POST', headers: ['Content-Length: 6'] }));
    client.write('abc');
    await delay(LONGER_MS);
    client.write('def');
    await received(client, /6 bytes/);
  });

  test('a WebSocket that is idle', async () => {
    const { front } = await startBoth();
    const client = await connected(front);
    const headers = ['Upgrade: websocket', 'Connection: Upgrade'];
    client.write(bytesOf({ target: '/socket', headers }));
    await received(client, /101 Switching/);
    await delay(LONGER_MS);
    client.write('ping');
    await received(client, /pong/);
  });
});

test('100 Continue comes before the body is sent, and connections are used again', async () => {
  const { front } = await startBoth();
  const client = await connected(front);
  client.write(bytesOf({ method: 'POST', headers: ['Content-Length: 3', 'Expect: 100-continue'] }));
  await received(client, /^HTTP\/1\.1 100 Continue/);
  client.write('abc');
  await received(client, /3 bytes/);
  client.write(bytesOf({ target: '/body?4' }));
  await received(client, /\r\nxxxx/);
});

/** Starts an app, and nginx in front of it, in a server with short times. */
async function startBoth(): Promise<{ readonly app: number; readonly front: number }> {
  const app = await startDemandingApp();
  const front = await frontOfTest({
    nginx: { upstreams: [`127.0.0.1:${app}`] },
    site: { assets: { root: '/srv/static' } },
    edit: (text) => text.replace('http {', `http { ${IMPATIENT}`),
  });
  return { app, front: front.port };
}

function withBody(body: Buffer): Buffer {
  return Buffer.concat([bytesOf({ method: 'POST', headers: [`Content-Length: ${body.length}`] }), body]);
}

function inChunks(body: Buffer): Buffer {
  return Buffer.concat([
    bytesOf({ method: 'POST', headers: ['Transfer-Encoding: chunked'] }),
    ...[Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')],
  ]);
}

/** Returns an answer without what is about the connection, the software, and the text of an error. */
function essence({ status, headers, body }: RawResponse): object {
  const {
    server,
    date,
    connection,
    'keep-alive': _,
    'transfer-encoding': __,
    'content-length': ___,
    ...rest
  } = headers;
  return { status, headers: rest, body: status < 400 ? body.toString() : '' };
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
