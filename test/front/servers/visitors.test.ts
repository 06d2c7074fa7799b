import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { FrontOptions } from '../../../src/front/options/options.js';
import { bytesOf } from '../../cases/requests.js';
import { freePort } from '../../helpers/servers/ports.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import type { OtherServer } from '../../helpers/servers/web-server.js';
import { HIT } from '../setup/nginx-front.js';
import { type ServerFront, serverFrontOfTest, servers } from '../setup/server-front.js';

const told = ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https'];
const self = { address: '127.0.0.1', scheme: 'http' };
const visitor = { address: '203.0.113.7', scheme: 'https' };
const trust = ['10.0.0.0/8', '127.0.0.1'];

interface Case {
  readonly options: FrontOptions;
  readonly headers?: readonly string[];
  readonly address: string;
  readonly scheme: string;
}

/** The tests connect from 127.0.0.1. */
const cases: readonly (readonly [string, Case])[] = [
  ['nobody is believed without the option', { options: {}, headers: told, ...self }],
  ['a trusted proxy is believed', { options: { trust }, headers: told, ...visitor }],
  ['others are not believed', { options: { trust: ['10.0.0.0/8'] }, headers: told, ...self }],
  ['a trusted proxy may say nothing', { options: { trust }, ...self }],
  [
    'of a chain of proxies, the last address that is none of theirs counts',
    {
      options: { trust },
      headers: ['X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3'],
      ...visitor,
      scheme: 'http',
    },
  ],
  [
    'the address of a visitor may be a private one',
    { options: { trust }, headers: ['X-Forwarded-For: 192.168.1.1'], address: '192.168.1.1', scheme: 'http' },
  ],
  ['a list of schemes is none', { options: { trust }, headers: ['X-Forwarded-Proto: https, http'], ...self }],
  ['an unknown scheme is none', { options: { trust }, headers: ['X-Forwarded-Proto: evil'], ...self }],
];

const believers = servers.filter((server) => server === 'apache2');

describe.each(believers)('with %s', (server) => {
  test.each(cases)('%s', async (_, { options, headers = [], address, scheme }) => {
    const front = await serverFrontOfTest(server, { options });
    front.place('blog.page.html', 'page');
    const { seen } = await front.ask(bytesOf({ target: '/missing', headers }));
    expect(seen[0]?.headers).toMatchObject({ 'x-forwarded-for': [address], 'x-forwarded-proto': [scheme] });
    const hit = await front.ask(bytesOf({ headers }));
    expect(hit.response.headers['cache-status']).toBe(HIT);
  });
});

describe.each(servers)('with a certificate, %s', (server) => {
  test('speaks HTTP/2 and HTTP/1.1 over TLS', async () => {
    const { front } = await startTls(server);
    front.place('blog.page.html', 'page');
    front.place('a/b.page.json', '{}');
    for (const get of [getHttp1, getHttp2]) {
      expect(await get(front.port, '/blog')).toMatchObject({ status: 200, body: 'page', cache: HIT });
      expect(await get(front.port, '/a/b')).toMatchObject({ status: 200, body: '{}', cache: HIT });
      expect(await get(front.port, '/missing%2F')).toMatchObject({ status: 200, cache: undefined });
      expect(front.app.seen.at(-1)).toMatchObject({
        target: '/missing%2F',
        headers: { host: [`localhost:${front.port}`], 'x-forwarded-proto': ['https'] },
      });
    }
  });

  test('sends visitors of http to https, with their path and query as they were', async () => {
    const { front, httpPort } = await startTls(server);
    const { status, headers } = await rawRequest(httpPort, bytesOf({ target: '/a%2Fb/?c=d%20e' }));
    expect([status, headers.location]).toEqual([301, `https://localhost:${front.port}/a%2Fb/?c=d%20e`]);
    expect(front.app.seen).toEqual([]);
  });

  test('speaks HTTP/1.1 alone where that is wanted', async () => {
    const { front } = await startTls(server, { http2: false });
    await expect(getHttp2(front.port, '/')).rejects.toThrow();
    expect((await getHttp1(front.port, '/')).status).toBe(200);
  });
});

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem';
  const { status, stderr } = spawnSync('openssl', words.split(' '), { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
  // A server may run as the user nobody.
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'key.pem'), 0o644);
});

afterAll(() => rmSync(folder, { recursive: true }));

async function startTls(
  server: OtherServer,
  options: FrontOptions = {},
): Promise<{ readonly front: ServerFront; readonly httpPort: number }> {
  const httpPort = await freePort();
  const front = await serverFrontOfTest(server, {
    options: {
      ...{ redirectFrom: [`127.0.0.1:${httpPort}`], ...options },
      ...{ tlsCertificate: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') },
    },
  });
  return { front, httpPort };
}

interface Got {
  readonly status: number | undefined;
  readonly cache: string | undefined;
  readonly body: string;
}

async function getHttp1(port: number, path: string): Promise<Got> {
  const headers = { host: `localhost:${port}` };
  const sent = request({
    ...{ port, path, headers, host: '127.0.0.1', servername: 'localhost' },
    rejectUnauthorized: false,
  });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  const cache = response.headers['cache-status'];
  return { status: response.statusCode, cache: cache === undefined ? undefined : String(cache), body };
}

async function getHttp2(port: number, path: string): Promise<Got> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    servername: 'localhost',
  });
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  const stream = session.request({ ':path': path, ':authority': `localhost:${port}` });
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  const cache = headers['cache-status'];
  return { status: Number(headers[':status']), cache: cache === undefined ? undefined : String(cache), body };
}
