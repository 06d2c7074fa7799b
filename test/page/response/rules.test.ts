import { describe, expect, test } from 'vitest';
import type { Extension } from '../../../src/page/grammar.js';
import { type PagePath, parsePagePath } from '../../../src/page/layout.js';
import { bypassHeadersOf, defaultBypassHeaders } from '../../../src/page/request/bypass-headers.js';
import type { HeaderValues } from '../../../src/page/response/headers.js';
import { decideResponse, type Storable, undoableCodings } from '../../../src/page/response/rules.js';
import { defaultTypes } from '../../../src/page/response/types.js';

const HTML = 'text/html; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);

interface Given {
  readonly path?: string;
  readonly status?: number;
  readonly declared?: Readonly<Record<string, string>>;
  readonly types?: Partial<Record<Extension, string>>;
  readonly typesOfPaths?: Readonly<Record<string, string>>;
}

function decide(
  headers: HeaderValues,
  { path = '/blog', status = 200, declared = {}, types = {}, typesOfPaths = {} }: Given = {},
) {
  const options = {
    types: { ...defaultTypes, ...types },
    typesOfPaths: new Map(Object.entries(typesOfPaths)),
    headers: new Map(Object.entries(declared).map(([name, value]) => [name.toLowerCase(), { name, value }])),
    bypassHeaders: bypassHeadersOf(defaultBypassHeaders),
  };
  return decideResponse(pageAt(path), { status, headers, at: NOW }, options);
}

function pageAt(path: string): PagePath {
  const page = parsePagePath(path);
  if (page === undefined) throw new Error(`${path} is not canonical`);
  return page;
}

/** Returns what is stored of an HTML page with these headers. Throws if the page is refused. */
function stored(headers: HeaderValues = {}, given?: Given): Storable {
  const decision = decide({ 'content-type': HTML, ...headers }, given);
  if ('refusal' in decision)
    throw new Error(`refused: ${decision.refusal.reason} ${decision.refusal.detail}`);
  return decision.store;
}

/** Returns the reason of the refusal, or which server serves the page. */
function outcomeOf(headers: HeaderValues, given?: Given): string {
  const decision = decide({ 'content-type': HTML, ...headers }, given);
  if ('refusal' in decision) return decision.refusal.reason;
  return decision.store.nodeOnly.length === 0 ? 'nginx' : 'node';
}

test('what varies by headers that bypass is Node’s, which says so', () => {
  const varied = stored({ vary: 'Accept-Encoding, Origin, rsc, NEXT-URL' });
  expect(varied.nodeOnly).toEqual(['vary']);
  expect(varied.headers).toContainEqual(['vary', 'Origin, rsc, NEXT-URL']);
  expect(stored({ vary: 'HX-Request, HX-Target' }).nodeOnly).toEqual(['vary']);
  expect(stored({ vary: 'Accept-Encoding' }).headers).toEqual([['content-type', HTML]]);
});

test('what varies by just the names that the site has declared is nginx’s', () => {
  const given = { declared: { Vary: 'RSC, Next-Url' } };
  for (const vary of ['rsc, next-url', 'Accept-Encoding, Next-URL, RSC', ['rsc', 'next-url, rsc']])
    expect(outcomeOf({ vary }, given)).toBe('nginx');
  for (const vary of ['rsc', 'rsc, next-url, next-action', '', undefined, 'Accept-Encoding'])
    expect(outcomeOf({ vary }, given)).toBe('node');
  expect(outcomeOf({ vary: 'rsc, next-url, Cookie' }, given)).toBe('vary');
});

describe('stored is', () => {
  test.each<[string, string, Extension]>([
    ['/', HTML, 'html'],
    ['/blog/', HTML, 'html'],
    ['/blog', HTML, 'html'],
    ['/api/posts', JSON_TYPE, 'json'],
    ['/docs/v1.2', HTML, 'html'],
    ['/a.html', HTML, 'html'],
    ['/a.htm', HTML, 'htm'],
    ['/a.json', JSON_TYPE, 'json'],
    ['/feed.xml', 'application/xml; charset=utf-8', 'xml'],
    ['/feed.rss', 'application/rss+xml; charset=utf-8', 'rss'],
    ['/feed.atom', 'application/atom+xml; charset=utf-8', 'atom'],
    ['/robots.txt', 'text/plain; charset=utf-8', 'txt'],
    ['/a.css', 'text/css; charset=utf-8', 'css'],
    ['/a.js', 'text/javascript; charset=utf-8', 'js'],
    ['/a.svg', 'image/svg+xml; charset=utf-8', 'svg'],
    ['/a.pdf', 'application/pdf', 'pdf'],
    ['/a.png', 'image/png', 'png'],
  ])('%s as %s', (path, type, extension) => {
    expect(decide({ 'content-type': type }, { path })).toEqual({
      store: {
        extension,
        contentType: type,
        coding: undefined,
        nodeOnly: [],
        headers: [['content-type', type]],
        expiresAt: undefined,
      },
    });
  });

  test('every known extension as its own type', () => {
    for (const [extension, type] of Object.entries(defaultTypes)) {
      expect(decide({ 'content-type': type }, { path: `/a.${extension}` })).toMatchObject({
        store: { extension, nodeOnly: [] },
      });
    }
  });

  test.each([
    'text/html; charset=UTF-8',
    'Text/HTML;charset=utf-8',
    'text/html ; charset="utf-8"',
    ' text/html;  charset=utf-8 ',
  ])('a type that is only written in another way: %j', (type) => {
    expect(outcomeOf({ 'content-type': type })).toBe('nginx');
  });

  test.each([
    ['/blog', 'text/html'],
    ['/blog', 'text/html; charset=iso-8859-1'],
    ['/blog', 'text/html; charset=utf-8; x=y'],
    ['/blog', 'application/xhtml+xml; charset=utf-8'],
    ['/blog', 'text/plain; charset=utf-8'],
    ['/blog', 'application/json'],
    ['/blog/', JSON_TYPE],
    ['/rss/', 'application/rss+xml; charset=utf-8'],
    ['/posts.data', 'text/x-script'],
    ['/a.html', JSON_TYPE],
    ['/a.json', HTML],
    ['/a.xml', 'text/xml; charset=utf-8'],
    ['/a.css', HTML],
    ['/a.png', 'image/jpeg'],
    ['/robots.txt', 'text/plain'],
  ])('for Node: %s as %j, since nginx would send its file as another type', (path, type) => {
    const page = stored({ 'content-type': type }, { path });
    expect(page).toMatchObject({ extension: undefined, contentType: type, nodeOnly: ['content-type'] });
    expect(page.headers).toEqual([['content-type', type]]);
  });

  test('the type that the site gives to an extension', () => {
    const types = { xml: 'application/rss+xml; charset=utf-8' };
    expect(outcomeOf({ 'content-type': types.xml }, { path: '/feed.xml', types })).toBe('nginx');
    expect(outcomeOf({ 'content-type': defaultTypes.xml }, { path: '/feed.xml', types })).toBe('node');
  });

  test.each([
    ['/rss/', 'html'],
    ['/feed', 'html'],
    ['/robots.txt', 'txt'],
    ['/caf%C3%A9', 'html'],
  ])('the type that the site gives to the path %s', (path, extension) => {
    const given = { path, typesOfPaths: { [path]: 'application/rss+xml; charset=utf-8' } };
    const type = (name: string) => outcomeOf({ 'content-type': name }, given);
    expect(type('application/rss+xml;charset=UTF-8')).toBe('nginx');
    expect(stored({ 'content-type': 'application/rss+xml; charset=utf-8' }, given).extension).toBe(extension);
    // nginx no longer sends the default type of the extension.
    for (const other of [HTML, JSON_TYPE, defaultTypes.txt, 'application/rss+xml'])
      expect(type(other)).toBe('node');
  });

  test.each<[string, HeaderValues]>([
    ['what varies by Accept-Encoding', { vary: 'Accept-Encoding' }],
    ['what varies by it in another case', { vary: 'accept-encoding' }],
    ['what varies by it twice', { vary: ['Accept-Encoding', ' accept-encoding, '] }],
    ['what varies by nothing', { vary: '' }],
    ['what has validators', { etag: 'W/"5-x"', 'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    [
      'what Express adds',
      {
        'x-powered-by': 'Express',
        'content-length': '5',
        etag: '"a"',
        date: 'now',
        connection: 'keep-alive',
      },
    ],
    ['what is of the identity coding', { 'content-encoding': 'identity' }],
    ['what is of no coding', { 'content-encoding': '' }],
  ])('%s', (_, headers) => {
    expect(outcomeOf(headers)).toBe('nginx');
  });

  test.each([...undoableCodings, 'GZIP', ' br '])(
    'what is coded as %j, after it has been decoded',
    (coding) => {
      expect(stored({ 'content-encoding': coding })).toMatchObject({
        coding: coding.trim().toLowerCase(),
        nodeOnly: [],
      });
    },
  );
});

describe('nginx serves', () => {
  test('what has the constant headers of the site', () => {
    const declared = { 'X-Frame-Options': 'DENY', 'Cache-Control': 'no-cache' };
    expect(outcomeOf({ 'x-frame-options': 'DENY', 'cache-control': 'no-cache' }, { declared })).toBe('nginx');
  });

  test('what has a policy with a nonce of nothing', () => {
    const policy = "default-src 'self'; script-src 'self' 'sha256-nonce='";
    expect(
      outcomeOf({ 'content-security-policy': policy }, { declared: { 'Content-Security-Policy': policy } }),
    ).toBe('nginx');
  });
});

describe('only Node serves', () => {
  test.each<[string, HeaderValues, string[]]>([
    ['what has another header', { 'x-shop': '1' }, ['x-shop']],
    ['what has several', { link: ['<a>', '<b>'], 'content-language': 'de' }, ['link', 'content-language']],
    ['what has a Cache-Control that nginx does not repeat', { 'cache-control': 'public' }, ['cache-control']],
    [
      'what has a policy that is not declared',
      { 'content-security-policy': "default-src 'self'" },
      ['content-security-policy'],
    ],
    ['what is fresh for a while', { 'cache-control': 'max-age=60' }, ['cache-control']],
    ['what expires', { expires: new Date(NOW + 60_000).toUTCString() }, ['expires']],
  ])('%s, with those headers', (_, headers, nodeOnly) => {
    const store = stored(headers);
    expect(store.nodeOnly).toEqual(nodeOnly);
    const replayed = store.headers.filter(([name]) => name !== 'date');
    expect(replayed).toEqual([['content-type', HTML], ...Object.entries(headers)]);
  });

  test('what lacks a constant header of the site, or has another value', () => {
    const declared = { 'X-Frame-Options': 'DENY' };
    expect(stored({}, { declared }).nodeOnly).toEqual(['x-frame-options']);
    expect(stored({}, { declared }).headers).toEqual([['content-type', HTML]]);
    expect(stored({ 'x-frame-options': 'SAMEORIGIN' }, { declared }).nodeOnly).toEqual(['x-frame-options']);
    expect(stored({}, { declared: { 'Cache-Control': 'no-cache' } }).nodeOnly).toEqual(['cache-control']);
  });
});

describe('a page leaves the disk', () => {
  test('when its freshness ends', () => {
    expect(stored({ 'cache-control': 'max-age=60' }).expiresAt).toBe(NOW + 60_000);
    expect(stored({ 'cache-control': 'max-age=60, s-maxage=5' }).expiresAt).toBe(NOW + 5_000);
    expect(stored({ expires: new Date(NOW + 7_000).toUTCString() }).expiresAt).toBe(NOW + 7_000);
  });

  test('with the time at which its response was made, from which an age counts', () => {
    const date = ['date', new Date(NOW).toUTCString()];
    expect(stored({ 'cache-control': 'max-age=60' }).headers).toContainEqual(date);
    expect(stored({ expires: new Date(NOW + 7_000).toUTCString() }).headers).toContainEqual(date);
    expect(stored({ 'cache-control': 'public' }).headers).not.toContainEqual(date);
  });

  test('when the time that began with its Date ends', () => {
    const date = new Date(NOW - 20_000).toUTCString();
    const page = stored({ 'cache-control': 'max-age=60', date });
    expect(page.expiresAt).toBe(NOW + 40_000);
    expect(page.headers).toContainEqual(['date', date]);
  });

  test.each([
    ['public, max-age=60', NOW + 60_000],
    ['private, s-maxage=5, max-age=60', NOW + 5_000],
    ['public, max-age=0', undefined],
    ['max-age=60, s-maxage=0', undefined],
    ['private, no-store', undefined],
  ])(
    'by the time that a declared Cache-Control gives, if it gives any, and nginx serves it: %j',
    (value, expiresAt) => {
      const page = stored({ 'cache-control': value }, { declared: { 'Cache-Control': value } });
      expect(page).toMatchObject({ expiresAt, nodeOnly: [] });
    },
  );

  test('only by an invalidation where no freshness is told', () => {
    expect(stored({}).expiresAt).toBeUndefined();
    expect(stored({ 'cache-control': 'public' }).expiresAt).toBeUndefined();
  });
});

describe('refused is', () => {
  test.each([100, 201, 203, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 410, 500, 503])(
    'the status %i',
    (status) => {
      expect(outcomeOf({}, { status })).toBe('status');
    },
  );

  test.each<[string, HeaderValues, string]>([
    ['what sets a cookie', { 'set-cookie': ['a=1'] }, 'set-cookie'],
    ['what sets a cookie in one line', { 'set-cookie': 'a=1' }, 'set-cookie'],
    ['what sets an empty cookie', { 'set-cookie': '' }, 'set-cookie'],
    ['what comes from another cache', { age: '5' }, 'age'],
    ['what comes fresh from another cache', { age: 0 }, 'age'],
    ['a part', { 'content-range': 'bytes 0-1/5' }, 'content-range'],
    ['what has trailers', { trailer: 'x-checksum' }, 'trailer'],
    ['an unknown coding', { 'content-encoding': 'zstd' }, 'content-encoding'],
    ['two codings', { 'content-encoding': 'gzip, br' }, 'content-encoding'],
    ['two codings in two lines', { 'content-encoding': ['gzip', 'br'] }, 'content-encoding'],
    ['compress', { 'content-encoding': 'compress' }, 'content-encoding'],
    [
      'a digest of coded bytes',
      { 'content-encoding': 'br', 'repr-digest': 'sha-256=:a:' },
      'content-encoding',
    ],
    ['what was compressed for the way', { 'transfer-encoding': 'gzip, chunked' }, 'content-encoding'],
    ['what is private', { 'cache-control': 'private' }, 'cache-control'],
    ['what may not be stored', { 'cache-control': 'no-store' }, 'cache-control'],
    ['what is stale at once', { 'cache-control': 'max-age=0' }, 'cache-control'],
    ['what has expired', { expires: new Date(NOW).toUTCString() }, 'expires'],
    ['what expires at no time', { expires: '0' }, 'expires'],
    ['what old clients may not store', { pragma: 'no-cache' }, 'pragma'],
    ['what varies by Cookie', { vary: 'Cookie' }, 'vary'],
    ['what varies by Accept-Encoding and more', { vary: 'Accept-Encoding, Accept' }, 'vary'],
    ['what varies by more in another line', { vary: ['Accept-Encoding', 'Accept-Language'] }, 'vary'],
    ['what varies by a header that bypasses and more', { vary: 'Origin, Cookie' }, 'vary'],
    ['what varies by a name that only begins like one', { vary: 'RSC-More' }, 'vary'],
    ['what varies by everything', { vary: '*' }, 'vary'],
    ['a policy with a nonce', { 'content-security-policy': "script-src 'nonce-abc'" }, 'csp-nonce'],
    [
      'a policy with a nonce in another case',
      { 'content-security-policy': "script-src 'NONCE-abc'" },
      'csp-nonce',
    ],
    [
      'a policy with a nonce in another line',
      { 'content-security-policy': ["default-src 'self'", "script-src 'nonce-a'"] },
      'csp-nonce',
    ],
    [
      'a report-only policy with a nonce',
      { 'content-security-policy-report-only': "script-src 'nonce-abc'" },
      'csp-nonce',
    ],
  ])('%s', (_, headers, reason) => {
    expect(outcomeOf(headers)).toBe(reason);
  });

  test('a policy with a nonce, though the site has declared it constant', () => {
    const policy = "script-src 'nonce-abc'";
    expect(
      outcomeOf({ 'content-security-policy': policy }, { declared: { 'Content-Security-Policy': policy } }),
    ).toBe('csp-nonce');
  });

  test.each([
    undefined,
    '',
    'html',
    'text/html, application/json',
    'text/event-stream',
    'Text/Event-Stream; charset=utf-8',
    'multipart/mixed; boundary=x',
  ])('a type that no page has: %j', (type) => {
    const decision = decide({ 'content-type': type });
    expect(decision).toEqual({ refusal: { reason: 'content-type', detail: type ?? 'none' } });
  });

  test('with what exactly is in the way', () => {
    const detailOf = (headers: HeaderValues, given?: Given) => {
      const decision = decide({ 'content-type': HTML, ...headers }, given);
      return 'refusal' in decision ? decision.refusal.detail : 'stored';
    };
    expect(detailOf({}, { status: 404 })).toBe('404');
    expect(detailOf({ vary: ['Accept-Encoding', 'Cookie'] })).toBe('Accept-Encoding, Cookie');
    expect(detailOf({ 'content-encoding': 'ZSTD' })).toBe('zstd');
    expect(detailOf({ 'cache-control': 'public, Private' })).toBe('private');
    expect(detailOf({ 'content-security-policy': "'nonce-a'" })).toBe('content-security-policy');
  });
});
