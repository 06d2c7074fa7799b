import { readdir, readFile, stat } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { mapConcurrently } from '../../../src/concurrency.js';
import { effort } from '../../helpers/effort.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { takes } from './openapi.js';
import { type ApiSite, bearer, startApiSite, TOKEN } from './site.js';

const REQUESTS = effort({ usual: 1_500, long: 10_000 });
const SEED = 20_261_130;

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Random numbers that are the same each time (mulberry32). */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  text(): string {
    return Array.from({ length: this.below(12) }, () =>
      this.of([
        '/',
        '*',
        '..',
        '%',
        '%2e',
        '{',
        '[',
        '"',
        '\\',
        '\u0000',
        'é',
        '😀',
        '\ud800',
        'a',
        'posts',
        ' ',
      ]),
    ).join('');
  }

  value(depth = 0): unknown {
    const kind = this.below(depth > 3 ? 6 : 8);
    if (kind === 0) return null;
    if (kind === 1) return this.below(2) === 1;
    if (kind === 2) return this.of([0, -1, 1.5, 1e308, 2 ** 53]);
    if (kind < 6) return this.text();
    if (kind === 6) return Array.from({ length: this.below(4) }, () => this.value(depth + 1));
    const names = ['targets', 'tags', 'all', 'host', '__proto__', 'constructor', 'toString', this.text()];
    return Object.fromEntries(
      Array.from({ length: this.below(4) }, () => [this.of(names), this.value(depth + 1)]),
    );
  }
}

const writing = ['/delete', '/regenerate', '/publish'];
const reading = ['/pages', '/why', '/stats', '/openapi.json'];
const json = { 'content-type': 'application/json' };

/** A request whose sender is not authorized. */
function unauthorized(random: Random): Sent {
  const token = random.of([
    '',
    'Bearer',
    'Bearer ',
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
  ]);
  const header = token === '' ? {} : { authorization: random.of([token, `${token},${token}`]) };
  const path = random.of([
    ...writing,
    ...reading,
    `/${encodeURIComponent(random.of(['x', '..', '%', '//']))}`,
  ]);
  return {
    method: random.of(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE', 'PROPFIND']),
    path: `${path}${random.of(['', '?', '?url=/a', '?limit=1', `?token=${TOKEN}`, '?%'])}`,
    headers: {
      ...header,
      ...random.of([{}, json, { 'x-http-method-override': 'POST', cookie: `token=${TOKEN}` }]),
    },
    body: random.of(['', '{"all":true}', JSON.stringify(random.value())]),
  };
}

/** A request whose sender is authorized, but which the API cannot carry out. */
function misshapen(random: Random): Sent {
  const headers = { ...bearer, ...json };
  const path = random.of(writing);
  const post = { method: 'POST', path, headers };
  const kind = random.below(9);
  if (kind === 0) return { ...post, body: JSON.stringify(random.value()).slice(0, -1) };
  if (kind === 1)
    return {
      ...post,
      headers: {
        ...bearer,
        'content-type': random.of([
          'text/plain',
          'application/xml',
          'multipart/form-data; boundary=x',
          'application/json; charset=utf-16',
        ]),
      },
      body: '{"all":true}',
    };
  if (kind === 2)
    return {
      ...post,
      body: Buffer.from(Array.from({ length: random.below(64) }, () => 128 + random.below(128))),
    };
  if (kind === 3) return { ...post, method: random.of(['GET', 'PUT', 'DELETE', 'PATCH', 'TRACE']), body: '' };
  if (kind === 4)
    return {
      ...post,
      path: `/${random.of(['', 'delete/', 'Delete', '../delete', 'stats//', 'x'])}`,
      body: '{"all":true}',
    };
  if (kind === 5)
    return {
      ...post,
      body: JSON.stringify({
        targets: [random.of(['a', '!/a', '/[', 'ftp://x/', '/%', 'http://', '{']), '/a'],
      }).replace('"/%"', '"x"'),
    };
  if (kind === 6 && random.below(20) === 0)
    return { ...post, body: JSON.stringify({ targets: ['/'.repeat(2 ** 20)] }) };
  if (kind === 7)
    return {
      ...post,
      method: 'GET',
      path: random.of([
        '/pages?limit=0',
        '/pages?cursor=%00',
        '/pages?match=x',
        '/why',
        '/why?url=',
        '/pages?x=1',
        '/why?url=/a&header=%00',
      ]),
      body: '',
    };
  let value = random.value();
  while (takes(path, value)) value = random.value();
  return { ...post, body: JSON.stringify(value) };
}

test(`${REQUESTS} hostile requests get nothing but 4xx, and change nothing`, async () => {
  const site = await startApiSite();
  for (const path of ['/', '/a', '/tagged/tea/1']) await site.visit(path);
  const before = await filesOf(site);
  const random = new Random(SEED);
  const all = Array.from({ length: REQUESTS }, (_, index) =>
    (index % 2 === 0 ? unauthorized : misshapen)(random),
  );
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  onTestFinished(() => agent.destroy());
  const wrong: string[] = [];
  const work = async (sent: Sent) => {
    const status = await statusOf(site.port, sent, agent);
    if (status < 400 || status > 499) wrong.push(`${status}: ${JSON.stringify(sent).slice(0, 400)}`);
  };
  await mapConcurrently(all, work, { concurrency: 32 });
  expect(wrong).toEqual([]);
  expect(await filesOf(site)).toEqual(before);
  expect((await site.call('/stats')).document).toMatchObject({ pages: 3, invalidations: [] });
  expect(site.logger.lines.filter(({ level }) => ['warn', 'error'].includes(level))).toEqual([]);
});

test('requests that are no HTTP get 4xx, and the site goes on', async () => {
  const site = await startApiSite();
  const head = 'Host: localhost\r\nConnection: close\r\n';
  for (const bytes of [
    `POST /_pages/delete HTTP/1.1\r\n${head}Content-Length: -1\r\n\r\n`,
    `POST /_pages/delete HTTP/1.1\r\n${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST /_pages/delete HTTP/1.1\r\n${head}Authorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    `BAN /_pages/delete HTTP/1.1\r\n${head}\r\n`,
    `GET //_pages/../_pages//stats HTTP/1.1\r\n${head}\r\n`.replace('//_pages', '/_pages'),
    `GET http:///_pages/stats HTTP/1.1\r\n${head}\r\n`,
    `GET /_pages/stats HTTP/1.1\r\n${head}Authorization: Bearer \u0001\r\n\r\n`,
  ])
    expect([bytes, Math.floor((await rawRequest(site.port, bytes)).status / 100)]).toEqual([bytes, 4]);
  expect((await site.call('/stats')).status).toBe(200);
});

async function statusOf(port: number, sent: Sent, agent: http.Agent, attempts = 5): Promise<number> {
  try {
    return await statusOnce(port, sent, agent);
  } catch (error) {
    // If a request is refused before all of it has arrived, sending the rest may fail, or a reused connection may be
    // closing.
    const isBroken = ['ECONNRESET', 'EPIPE'].includes(String(Reflect.get(Object(error), 'code')));
    if (!isBroken || attempts === 1) throw error;
    return await statusOf(port, sent, agent, attempts - 1);
  }
}

function statusOnce(port: number, { method, path, headers, body }: Sent, agent: http.Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ port, host: '127.0.0.1', method, path: `/_pages${path}`, headers, agent });
    sent.setTimeout(60_000, () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
    sent.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Returns every file of a page with its content and time. */
async function filesOf({ webRoot }: ApiSite): Promise<readonly unknown[]> {
  const names = await readdir(webRoot, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.staticgenerator'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return await Promise.all(
    files.map(async (file) => [file, (await stat(file)).mtimeMs, (await readFile(file)).toString('hex')]),
  );
}
