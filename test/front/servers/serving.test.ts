import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { knownExtensions } from '../../../src/page/grammar.js';
import { defaultTypes } from '../../../src/page/response/types.js';
import { bytesOf } from '../../cases/requests.js';
import type { OtherServer } from '../../helpers/servers/web-server.js';
import { HIT } from '../setup/nginx-front.js';
import { type ServerFront, serverFrontOfTest, servers, startServerFront } from '../setup/server-front.js';

const get = (target: string, ...headers: string[]) => bytesOf({ target, headers });
const BODY = '<p>text</p>'.repeat(300);
const TAG = /^(?:W\/)?"[\w-]+"$/;

const names: Readonly<Record<OtherServer, string>> = { apache2: 'Apache', caddy: 'Caddy' };

describe.each(servers)('a hit of %s', (server) => {
  let front: ServerFront;
  beforeAll(async () => {
    front = await startServerFront(server);
  });
  afterAll(() => front.stop());
  beforeEach(() => {
    for (const name of ['blog.page.html', 'blog.page.html.gz', 'blog.page.html.br', 'other', 'api'])
      rmSync(join(front.webRoot, name), { recursive: true, force: true });
    front.place('blog.page.html', BODY);
  });

  test('has the headers that the embedded server sends, and no others', async () => {
    const { response } = await front.ask(get('/blog'));
    const { date, connection, ...headers } = response.headers;
    expect(date).toBeDefined();
    expect(headers).toEqual({
      server: names[server],
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(BODY.length),
      etag: expect.stringMatching(TAG),
      'cache-control': 'no-cache',
      'cache-status': HIT,
      vary: 'Accept-Encoding',
    });
    expect(response.rawHeaders).toHaveLength(Object.keys(response.headers).length);
  });

  test('to HEAD has the headers of GET, and no body', async () => {
    const [got, head] = [await front.ask(get('/blog')), await front.ask(bytesOf({ method: 'HEAD' }))];
    const withoutDate = ({ date, ...headers }: Readonly<Record<string, string>>) => headers;
    expect(withoutDate(head.response.headers)).toEqual(withoutDate(got.response.headers));
    expect(head.response.body).toHaveLength(0);
  });

  test('is JSON where only that is stored, HTML where both are', async () => {
    front.place('api/posts.page.json', '[]');
    const json = await front.ask(get('/api/posts'));
    expect(json.response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json.response.body.toString()).toBe('[]');
    front.place('api/posts.page.html', 'html');
    expect((await front.ask(get('/api/posts'))).response.body.toString()).toBe('html');
  });

  test('of a page without content is complete', async () => {
    front.place('blog.page.html', '');
    const { response } = await front.ask(get('/blog'));
    expect([response.status, response.headers['cache-status'], response.body.length]).toEqual([200, HIT, 0]);
  });

  test.each([
    ['If-None-Match: TAG', 304],
    ['If-None-Match: W/TAG', 304],
    ['If-None-Match: "x", TAG', 304],
    ['If-None-Match: *', 304],
    ['If-None-Match: "x"', 200],
    ['If-Modified-Since: Fri, 31 Dec 2049 00:00:00 GMT', 200],
    ['If-Modified-Since: Fri, 13 Feb 2009 23:31:30 GMT', 200],
  ])('with %s is answered %d', async (condition, status) => {
    const { etag = '' } = (await front.ask(get('/blog'))).response.headers;
    const { response } = await front.ask(get('/blog', condition.replace('TAG', etag)));
    expect(response.status).toBe(status);
    expect(response.headers).toMatchObject({ etag, 'cache-control': 'no-cache', vary: 'Accept-Encoding' });
    expect(response.headers['last-modified']).toBeUndefined();
    expect(response.body.length > 0).toBe(status === 200);
  });

  test('of a type of its own has a 304 with the headers of all', async () => {
    const typed = await serverFrontOfTest(server, { site: { types: { '/feed': 'application/atom+xml' } } });
    const namesOf304 = async (path: string) => {
      typed.place(`${path}.page.html`, BODY);
      const { response } = await typed.ask(get(path, 'If-None-Match: *'));
      expect(response.status).toBe(304);
      return Object.keys(response.headers).sort();
    };
    expect(await namesOf304('/feed')).toEqual(await namesOf304('/blog'));
  });

  test('has another tag when its content differs', async () => {
    const { etag } = (await front.ask(get('/blog'))).response.headers;
    front.place('blog.page.html', `${BODY}!`);
    expect((await front.ask(get('/blog'))).response.headers.etag).not.toBe(etag);
  });

  test.each([
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.000, gzip;q=0.001', 'gzip'],
    ['gzip;q=0.5', 'gzip'],
    ['gzip ; q=1.0', 'gzip'],
    ['gzip;q=0', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['xgzip, brotli', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('with codings, for Accept-Encoding: %s is sent as %s', async (accepted, coding) => {
    placeCodings(front);
    const lines = accepted === undefined ? [] : [`Accept-Encoding: ${accepted}`];
    const { response } = await front.ask(get('/blog', ...lines));
    expect(response.headers['content-encoding']).toBe(coding);
    expect(response.headers.vary).toBe('Accept-Encoding');
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(decode(response.body, coding)).toBe(BODY);
    expect(response.headers['content-length']).toBe(String(response.body.length));
  });

  test('with codings has a tag for each, and answers 304 to it with Vary', async () => {
    placeCodings(front);
    const tags = new Set<string | undefined>();
    for (const coding of ['identity', 'gzip', 'br']) {
      const accepts = `Accept-Encoding: ${coding}`;
      const { etag } = (await front.ask(get('/blog', accepts))).response.headers;
      tags.add(etag);
      const { response } = await front.ask(get('/blog', accepts, `If-None-Match: ${etag}`));
      expect([response.status, response.headers.vary]).toEqual([304, 'Accept-Encoding']);
    }
    expect(tags.size).toBe(3);
  });

  test('is none when only the codings are there', async () => {
    front.place('other.page.html.gz', gzipSync(BODY));
    front.place('other.page.html.br', brotliCompressSync(BODY));
    const { response } = await front.ask(get('/other', 'Accept-Encoding: gzip, br'));
    expect(response.headers['x-app']).toBe('reached');
  });

  test.each(['/foo.en', '/foo.cgi', '/foo.var', '/foo.shtml', '/foo.en.html', '/foo.utf8'])(
    'has no language or handler of the name %s',
    async (target) => {
      front.place(target.endsWith('.html') ? target : `${target}.page.html`, BODY);
      const { response } = await front.ask(get(target));
      expect(response.headers).toMatchObject({ 'cache-status': HIT, 'content-type': defaultTypes.html });
      expect(response.headers['content-language']).toBeUndefined();
    },
  );
});

describe.each(servers)('%s sends what the site declares:', (server) => {
  test('headers for the CDN alone, with every answer of a page and with none of the app', async () => {
    const headers = { 'CDN-Cache-Control': 'max-age=86400', 'Surrogate-Control': 'max-age=3600' };
    const site = { hosts: ['localhost'], cdn: { service: async () => undefined, headers } };
    const front = await serverFrontOfTest(server, { site });
    front.place('blog.page.html', BODY);
    placeCodings(front);
    const ofPages = { 'cdn-cache-control': 'max-age=86400', 'surrogate-control': 'max-age=3600' };
    const { response: page } = await front.ask(get('/blog'));
    for (const request of [
      get('/blog', 'Accept-Encoding: br'),
      get('/blog', 'Accept-Encoding: gzip'),
      get('/blog', `If-None-Match: ${page.headers.etag}`),
      bytesOf({ method: 'HEAD' }),
    ])
      expect((await front.ask(request)).response.headers).toMatchObject(ofPages);
    expect(page.headers).toMatchObject({ ...ofPages, 'cache-control': 'no-cache', 'cache-status': HIT });
    // Each header must come once: a CDN that gets two values trusts neither.
    const names = page.rawHeaders.map((one) => String(one).toLowerCase());
    for (const name of Object.keys(ofPages))
      expect(names.filter((one) => one.startsWith(name))).toHaveLength(1);
    for (const request of [get('/other'), get('/blog?a=1'), bytesOf({ method: 'POST' })]) {
      const { response } = await front.ask(request);
      expect(response.headers['x-app']).toBe('reached');
      for (const name of Object.keys(ofPages)) expect(response.headers).not.toHaveProperty(name);
    }
  });

  test('types of extensions, to the letter', async () => {
    const types = { xml: 'application/rss+xml', txt: 'text/plain; charset=iso-8859-1', svg: 'image/svg+xml' };
    const front = await serverFrontOfTest(server, { site: { types } });
    for (const extension of knownExtensions) {
      front.place(`a.${extension}`, BODY);
      const { response } = await front.ask(get(`/a.${extension}`));
      expect(response.headers['content-type']).toBe(front.config.types[extension]);
    }
  });

  test('types of many paths, to the letter', async () => {
    const types = {
      '/tag/*/rss/': 'application/rss+xml; charset=utf-8',
      '/tag/one/rss/': 'text/x-one',
      '/café x/*-*.data': 'text/x-script',
      '/*': 'text/x-any',
    } as const;
    const front = await serverFrontOfTest(server, { site: { types } });
    for (const [path, file, type] of [
      ['/tag/two/rss/', 'tag/two/rss/index.html', types['/tag/*/rss/']],
      ['/tag/caf%C3%A9%20x/rss/', 'tag/café x/rss/index.html', types['/tag/*/rss/']],
      ['/tag/one/rss/', 'tag/one/rss/index.html', types['/tag/one/rss/']],
      ['/caf%C3%A9%20x/a-b.data', 'café x/a-b.data.page.html', types['/café x/*-*.data']],
      ['/any', 'any.page.html', types['/*']],
      ['/tag/a/b/rss/', 'tag/a/b/rss/index.html', defaultTypes.html],
    ] as const) {
      expect((await front.ask(get(path))).seen.map(({ target }) => target)).toEqual([path]);
      front.place(file, BODY);
      const { response, seen } = await front.ask(get(path));
      expect([path, seen, response.headers['content-type']]).toEqual([path, [], type]);
    }
    // A path with a type of its own is never served as JSON.
    front.place('none.page.json', '{}');
    expect((await front.ask(get('/none'))).seen).toHaveLength(1);
  });

  test('types of paths, to the letter', async () => {
    const types = {
      '/rss/': 'application/rss+xml; charset=utf-8',
      '/feed': 'application/atom+xml',
      '/robots.txt': 'text/plain',
      '/café$(1)': 'text/x-script',
    } as const;
    const front = await serverFrontOfTest(server, { site: { types } });
    const places = [
      ['/rss/', 'rss/index.html', types['/rss/']],
      ['/feed', 'feed.page.html', types['/feed']],
      ['/robots.txt', 'robots.txt', types['/robots.txt']],
      ['/caf%C3%A9$(1)', 'café$(1).page.html', types['/café$(1)']],
    ] as const;
    for (const [path, file, type] of places) {
      const missing = await front.ask(get(path));
      expect(missing.seen.map(({ target }) => target)).toEqual([path]);
      expect(missing.response.headers['content-type']).toBe('text/plain');
      front.place(file, BODY);
      front.place(`${file}.gz`, gzipSync(BODY));
      for (const [bytes, coding] of [
        [get(path), undefined],
        [get(path, 'Accept-Encoding: gzip'), 'gzip'],
      ] as const) {
        const { response, seen } = await front.ask(bytes);
        expect(seen).toEqual([]);
        expect(response.headers).toMatchObject({ 'content-type': type, 'cache-status': HIT });
        expect(response.headers['content-encoding']).toBe(coding);
      }
    }
    front.place('feed.page.json', '{}');
    rmSync(join(front.webRoot, 'feed.page.html'));
    expect((await front.ask(get('/feed'))).seen).toHaveLength(1);
  });

  test('headers, whatever is in them', async () => {
    // A Caddyfile cannot quote all of them at once.
    const quotes = server === 'caddy' ? '' : ' `d`';
    const headers = {
      'Content-Security-Policy': `default-src 'self'; script-src "x" \\n \\\\ \\" {a;b} {b} {path} {http.request.host} #c${quotes}`,
      'X-Backquote': '`a` "b" {c}',
      'X-Trailing-Backslash': 'a\\',
      'X-Percent': '100% %{x}e %20',
      'Cache-Control': 'public, max-age=60',
    };
    const front = await serverFrontOfTest(server, { site: { headers } });
    front.place('blog.page.html', BODY);
    const { response } = await front.ask(get('/blog'));
    expect(response.headers['cache-status']).toBe(HIT);
    for (const [name, value] of Object.entries(headers))
      expect(response.rawHeaders.filter(([one]) => one === name)).toEqual([[name, value]]);
  });
});

function placeCodings(front: ServerFront): void {
  front.place('blog.page.html', BODY);
  front.place('blog.page.html.gz', gzipSync(BODY));
  front.place('blog.page.html.br', brotliCompressSync(BODY));
}

function decode(body: Buffer, coding: string | undefined): string {
  if (coding === 'br') return brotliDecompressSync(body).toString();
  return (coding === 'gzip' ? gunzipSync(body) : body).toString();
}
