import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { knownExtensions } from '../../../src/page/grammar.js';
import { defaultTypes } from '../../../src/page/response/types.js';
import { HIT as EMBEDDED_HIT } from '../../../src/request/cache-status.js';
import { entityTag } from '../../../src/store/content-hash.js';
import { bytesOf } from '../../cases/requests.js';
import { installedNginx } from '../../helpers/servers/nginx.js';
import { type Exchange, MODIFIED_SECONDS } from '../setup/front.js';
import { type Front, frontOfTest, HIT, startFront } from '../setup/nginx-front.js';

const get = (target: string, ...headers: string[]) => bytesOf({ target, headers });
const BODY = '<p>text</p>'.repeat(300);
const { brotliModule } = installedNginx();

let plain: Front;
let withBrotli: Front;
beforeAll(async () => {
  plain = await startFront();
  withBrotli = brotliModule === null ? plain : await startFront({ nginx: { brotli: true, brotliModule } });
});
afterAll(async () => {
  for (const front of new Set([plain, withBrotli])) await front.stop();
});

/** Removes the pages that the last test has left in a shared server. */
function emptied(front: Front): Front {
  for (const name of readdirSync(front.webRoot)) rmSync(join(front.webRoot, name), { recursive: true });
  return front;
}

describe('a hit', () => {
  test('has the headers that the embedded server sends, and no others', async () => {
    const front = emptied(plain);
    front.place('blog.page.html', BODY);
    const { response } = await front.ask(get('/blog'));
    const { date, ...headers } = response.headers;
    expect(date).toBeDefined();
    expect(headers).toEqual({
      server: 'nginx',
      connection: 'keep-alive',
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(BODY.length),
      etag: entityTag(MODIFIED_SECONDS, BODY.length),
      'cache-control': 'no-cache',
      'cache-status': EMBEDDED_HIT,
      vary: 'Accept-Encoding',
    });
  });

  test('has the type that the site gives the extension, to the letter', async () => {
    const types = { xml: 'application/rss+xml', txt: 'text/plain; charset=iso-8859-1', svg: 'image/svg+xml' };
    const front = await frontOfTest({ site: { types } });
    for (const extension of knownExtensions) {
      front.place(`a.${extension}`, BODY);
      const { response } = await front.ask(get(`/a.${extension}`));
      expect(response.headers['content-type']).toBe(front.config.types[extension]);
    }
  });

  test('has the type that the site gives many paths by a star, to the letter', async () => {
    const types = {
      '/tag/*/rss/': 'application/rss+xml; charset=utf-8',
      '/tag/one/rss/': 'text/x-one',
      '/café x/*-*.data': 'text/x-script',
      '/*': 'text/x-any',
    } as const;
    const front = await frontOfTest({ site: { types } });
    for (const [path, file, type] of [
      ['/tag/two/rss/', 'tag/two/rss/index.html', 'application/rss+xml; charset=utf-8'],
      ['/tag/caf%C3%A9%20x/rss/', 'tag/café x/rss/index.html', 'application/rss+xml; charset=utf-8'],
      ['/tag/one/rss/', 'tag/one/rss/index.html', 'text/x-one'],
      ['/caf%C3%A9%20x/a-b.data', 'café x/a-b.data.page.html', 'text/x-script'],
      ['/any', 'any.page.html', 'text/x-any'],
      ['/feed.xml', 'feed.xml', 'text/x-any'],
      ['/tag/a/b/rss/', 'tag/a/b/rss/index.html', 'text/html; charset=utf-8'],
      ['/caf%C3%A9%20x/ab.data', 'café x/ab.data.page.html', 'text/html; charset=utf-8'],
    ] as const) {
      expect((await front.ask(get(path))).seen.map(({ target }) => target)).toEqual([path]);
      front.place(file, BODY);
      const { response, seen } = await front.ask(get(path));
      expect([path, seen]).toEqual([path, []]);
      expect(response.headers).toMatchObject({ 'content-type': type, 'cache-status': EMBEDDED_HIT });
      expect(front.config.typesOfPaths.get(path)).toBe(type.startsWith('text/html') ? undefined : type);
      for (const bytes of [get(`/${path}`), get(`${path}?a=1`), get(path, 'Cookie: sid=1')])
        expect((await front.ask(bytes)).seen).toHaveLength(1);
    }
    // The pattern is fast for a long name, although it has many stars.
    const long = `/caf%C3%A9%20x/${'-a'.repeat(3000)}.datb`;
    expect((await front.ask(get(long))).seen).toHaveLength(1);
  });

  test('has the type that the site gives the path, to the letter', async () => {
    const types = {
      '/rss/': 'application/rss+xml; charset=utf-8',
      '/feed': 'application/atom+xml',
      '/robots.txt': 'text/plain',
      '/café$(1)': 'text/x-script',
    } as const;
    const front = await frontOfTest({ site: { types } });
    const places = [
      ['/rss/', 'rss/index.html'],
      ['/feed', 'feed.page.html'],
      ['/robots.txt', 'robots.txt'],
      ['/caf%C3%A9$(1)', 'café$(1).page.html'],
    ] as const;
    for (const [[path, file], type] of places.map(
      (place, at) => [place, Object.values(types)[at]] as const,
    )) {
      const missing = await front.ask(get(path));
      expect(missing.seen.map(({ target }) => target)).toEqual([path]);
      front.place(file, BODY);
      front.place(`${file}.gz`, gzipSync(BODY));
      for (const [bytes, length, coding] of [
        [get(path), BODY.length, undefined],
        [get(path, 'Accept-Encoding: gzip'), gzipSync(BODY).length, 'gzip'],
      ] as const) {
        const { response, seen } = await front.ask(bytes);
        expect(seen).toEqual([]);
        expect(response.headers).toMatchObject({ 'content-type': type, 'content-length': String(length) });
        expect(response.headers['content-encoding']).toBe(coding);
        expect(response.headers).toMatchObject({ 'cache-control': 'no-cache', 'cache-status': EMBEDDED_HIT });
        expect(response.headers).not.toHaveProperty('last-modified');
      }
      for (const bytes of [
        get(`/${path}`),
        get(`${path}?a=1`),
        get(path, 'Cookie: sid=1'),
        get(path, 'Range: bytes=0-1'),
      ])
        expect((await front.ask(bytes)).seen).toHaveLength(1);
    }
    // The other form of the path is another page, with the type of its extension.
    front.place('rss.page.html', BODY);
    expect((await front.ask(get('/rss'))).response.headers['content-type']).toBe(defaultTypes.html);
    // A path with a type of its own is never served as JSON.
    front.place('other.page.json', BODY);
    expect((await front.ask(get('/other'))).response.headers['content-type']).toBe(defaultTypes.json);
    front.place('feed.page.json', '{}');
    rmSync(join(front.webRoot, 'feed.page.html'));
    expect((await front.ask(get('/feed'))).seen).toHaveLength(1);
  });

  test('repeats the headers that the site declares, whatever is in them', async () => {
    const headers = {
      'Content-Security-Policy': `default-src 'self'; script-src "x" \\n \\\\ \\" {a;b} #c`,
      'X-Trailing-Backslash': 'a\\',
      'Cache-Control': 'public, max-age=60',
    };
    const front = await frontOfTest({ site: { headers } });
    front.place('blog.page.html', BODY);
    for (const condition of [[], ['If-None-Match: *']]) {
      const { response } = await front.ask(get('/blog', ...condition));
      for (const [name, value] of Object.entries(headers)) {
        expect(response.rawHeaders.filter(([one]) => one === name)).toEqual([[name, value]]);
      }
    }
  });

  test('to HEAD has the headers of GET, and no body', async () => {
    const front = emptied(plain);
    front.place('blog.page.html', BODY);
    const [got, head] = [await front.ask(get('/blog')), await front.ask(bytesOf({ method: 'HEAD' }))];
    expect(withoutDate(head)).toEqual(withoutDate(got));
    expect(head.response.body).toHaveLength(0);
  });

  test('is JSON where only that is stored, HTML where both are', async () => {
    const front = emptied(plain);
    front.place('api/posts.page.json', '[]');
    const json = await front.ask(get('/api/posts'));
    expect(json.response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json.response.body.toString()).toBe('[]');
    front.place('api/posts.page.html', 'html');
    expect((await front.ask(get('/api/posts'))).response.body.toString()).toBe('html');
  });
});

describe('a condition', () => {
  test.each([
    ['If-None-Match: TAG', 304],
    ['If-None-Match: W/TAG', 304],
    ['If-None-Match: "x", TAG', 304],
    ['If-None-Match: *', 304],
    ['If-None-Match: "x"', 200],
    ['If-Modified-Since: Fri, 31 Dec 2049 00:00:00 GMT', 200],
    ['If-Modified-Since: Fri, 13 Feb 2009 23:31:30 GMT', 200],
  ])('%s is answered %d', async (condition, status) => {
    const front = emptied(plain);
    front.place('blog.page.html', BODY);
    const tag = entityTag(MODIFIED_SECONDS, BODY.length);
    const exchange = await front.ask(get('/blog', condition.replace('TAG', tag)));
    expect(exchange.response.status).toBe(status);
    expect(exchange.response.headers).toMatchObject({
      etag: tag,
      'cache-control': 'no-cache',
      'cache-status': HIT,
    });
    expect(exchange.response.headers['last-modified']).toBeUndefined();
  });
});

describe('a page with codings', () => {
  test.each([
    ['gzip', 'gzip'],
    ['gzip;q=0.5', 'gzip'],
    ['gzip;q=0', undefined],
    ['identity', undefined],
    [undefined, undefined],
  ])('for Accept-Encoding: %s is sent as %s', async (accepted, coding) => {
    const front = emptied(plain);
    placeCodings(front);
    const { response } = await front.ask(get('/blog', ...acceptEncoding(accepted)));
    expect(response.headers['content-encoding']).toBe(coding);
    expect(response.headers.vary).toBe('Accept-Encoding');
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.headers.etag).toBe(entityTag(MODIFIED_SECONDS, response.body.length));
    expect((coding === undefined ? response.body : gunzipSync(response.body)).toString()).toBe(BODY);
  });

  test('is sent through proxies too', async () => {
    const front = emptied(plain);
    placeCodings(front);
    const { response } = await front.ask(get('/blog', 'Accept-Encoding: gzip', 'Via: 1.1 cdn'));
    expect(response.headers['content-encoding']).toBe('gzip');
  });

  test('answers 304 to the tag of the coding, with Vary', async () => {
    const front = emptied(plain);
    placeCodings(front);
    const first = await front.ask(get('/blog', 'Accept-Encoding: gzip'));
    const again = get('/blog', 'Accept-Encoding: gzip', `If-None-Match: ${first.response.headers.etag}`);
    const { response } = await front.ask(again);
    expect(response.status).toBe(304);
    expect(response.headers.vary).toBe('Accept-Encoding');
  });

  test('that is not there leaves Vary: the next render of the page may have one', async () => {
    const front = emptied(plain);
    front.place('blog.page.html', BODY);
    const { response } = await front.ask(get('/blog', 'Accept-Encoding: gzip, br'));
    expect(response.headers.vary).toBe('Accept-Encoding');
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(response.body.toString()).toBe(BODY);
  });

  test('is no page when only the codings are there', async () => {
    const front = emptied(plain);
    front.place('blog.page.html.gz', gzipSync(BODY));
    const { response } = await front.ask(get('/blog', 'Accept-Encoding: gzip'));
    expect(response.headers['x-app']).toBe('reached');
  });

  test.skipIf(brotliModule === null).each([
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', undefined],
  ])('and the brotli module, for Accept-Encoding: %s is sent as %s', async (accepted, coding) => {
    const front = emptied(withBrotli);
    placeCodings(front);
    const { response } = await front.ask(get('/blog', `Accept-Encoding: ${accepted}`));
    expect(response.headers['content-encoding']).toBe(coding);
    expect(response.headers.vary).toBe('Accept-Encoding');
    expect(decode(response.body, coding)).toBe(BODY);
  });

  // A cache may give an answer without Vary to everyone, so brotli must never come without Vary.
  test.skipIf(brotliModule === null)('of brotli only has Vary when that is sent', async () => {
    const front = emptied(withBrotli);
    front.place('blog.page.html', BODY);
    front.place('blog.page.html.br', brotliCompressSync(BODY));
    const { response } = await front.ask(get('/blog', 'Accept-Encoding: br'));
    expect(response.headers['content-encoding']).toBe('br');
    expect(response.headers.vary).toBe('Accept-Encoding');
    expect((await front.ask(get('/blog'))).response.body.toString()).toBe(BODY);
  });
});

function placeCodings(front: Front): void {
  front.place('blog.page.html', BODY);
  front.place('blog.page.html.gz', gzipSync(BODY));
  front.place('blog.page.html.br', brotliCompressSync(BODY));
}

function acceptEncoding(accepted: string | undefined): string[] {
  return accepted === undefined ? [] : [`Accept-Encoding: ${accepted}`];
}

function decode(body: Buffer, coding: string | undefined): string {
  if (coding === 'br') return brotliDecompressSync(body).toString();
  return (coding === 'gzip' ? gunzipSync(body) : body).toString();
}

function withoutDate({ response }: Exchange): object {
  const { date, ...headers } = response.headers;
  return headers;
}
