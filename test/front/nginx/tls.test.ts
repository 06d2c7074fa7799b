import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { generateNginx, type NginxOptions } from '../../../src/front/nginx/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { freePort } from '../../helpers/servers/ports.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { type Front, frontOfTest, HIT } from '../setup/nginx-front.js';
import { siteConfig } from '../setup/site-config.js';

const tls = { tlsCertificate: '/tls/cert.pem', tlsKey: '/tls/key.pem' };
const printed = (options: NginxOptions) => generateNginx(siteConfig(), { ...tls, ...options });

describe('an nginx with a certificate', () => {
  test.each(['whole', 'default'] as const)(
    'speaks HTTP/2 and HTTP/1.1 over TLS, in the %s form',
    async (form) => {
      const { front } = await startTls(form);
      front.place('blog.page.html', 'page');
      for (const get of [getHttp1, getHttp2]) {
        expect(await get(front.port, '/blog')).toMatchObject({ status: 200, body: 'page', cache: HIT });
        expect(await get(front.port, '/missing')).toMatchObject({ status: 200, cache: undefined });
        expect(front.app.seen.at(-1)?.headers).toMatchObject({
          host: [`localhost:${front.port}`],
          'x-forwarded-proto': ['https'],
        });
      }
    },
  );

  test('sends visitors of http to https, with their path and query as they were', async () => {
    const { front, httpPort } = await startTls('whole');
    const { status, headers } = await rawRequest(httpPort, bytesOf({ target: '/a%2Fb/?c=d%20e' }));
    expect([status, headers.location]).toEqual([301, `https://localhost:${front.port}/a%2Fb/?c=d%20e`]);
    expect(front.app.seen).toEqual([]);
  });

  test('speaks HTTP/1.1 alone where that is wanted', async () => {
    const { front } = await startTls('whole', { http2: false });
    await expect(getHttp2(front.port, '/')).rejects.toThrow();
    expect((await getHttp1(front.port, '/')).status).toBe(200);
  });
});

describe('the configuration', () => {
  test('listens on 443, and redirects from 80', () => {
    const text = printed({});
    expect(text).toMatch(/listen 443 default_server ssl http2;/);
    expect(text).toMatch(/listen 80 default_server;/);
    expect(text).toMatch(/return 301 https:\/\/\$host\$request_uri;/);
  });

  test.each([
    [undefined, 'listen 443 default_server ssl http2;', false],
    ['1.22.1', 'listen 443 default_server ssl http2;', false],
    ['1.25.0', 'listen 443 default_server ssl http2;', false],
    ['1.25.1', 'listen 443 default_server ssl;', true],
    ['1.31.0', 'listen 443 default_server ssl;', true],
    ['2.0.0', 'listen 443 default_server ssl;', true],
  ])('asks nginx %s for HTTP/2 with what it reads: %s', (nginxVersion, line, hasDirective) => {
    const text = printed(nginxVersion === undefined ? {} : { nginxVersion });
    expect(text).toContain(line);
    expect(text.includes('http2 on;')).toBe(hasDirective);
  });

  test('has no server for http where none is wanted', () => {
    expect(printed({ redirectFrom: [] })).not.toMatch(/listen 80|return 301/);
  });

  test('speaks QUIC at the same addresses, and says so with pages, assets and answers of the app', () => {
    const config = siteConfig({ assets: { root: '/srv/static' } });
    const text = generateNginx(config, { ...tls, http3: true, listen: ['443', '[::]:443', 'unix:/run/a'] });
    expect(text.match(/listen \S+ quic.*;/g)).toEqual([
      'listen 443 quic default_server reuseport;',
      'listen "[::]:443" quic default_server reuseport;',
    ]);
    expect(text.match(/add_header Alt-Svc "h3=\\":443\\"; ma=86400" always;/g)).toHaveLength(3);
  });

  test('of a site beside another does not ask for a socket of its own, which only one can', () => {
    expect(printed({ name: 'shop', http3: true })).toContain('listen 443 quic;');
  });
});

let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem';
  const { status, stderr } = spawnSync('openssl', words.split(' '), { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl made no certificate: ${stderr}`);
});

afterAll(() => rmSync(folder, { recursive: true }));

async function startTls(
  form: 'whole' | 'default',
  options: NginxOptions = {},
): Promise<{ readonly front: Front; readonly httpPort: number }> {
  const httpPort = await freePort();
  const front = await frontOfTest({
    compose: (config, addresses) => {
      const text = generateNginx(config, {
        ...{ form, ...addresses, redirectFrom: [`127.0.0.1:${httpPort}`] },
        ...{ tlsCertificate: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem'), ...options },
      });
      return form === 'whole' ? text : `events {} http { ${text} }`;
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
  const sent = request({
    port,
    path,
    host: '127.0.0.1',
    headers: { host: `localhost:${port}` },
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
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  onTestFinished(() => session.destroy());
  await once(session, 'connect');
  const stream = session.request({ ':path': path, ':authority': `localhost:${port}` });
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  const cache = headers['cache-status'];
  return { status: Number(headers[':status']), cache: cache === undefined ? undefined : String(cache), body };
}
