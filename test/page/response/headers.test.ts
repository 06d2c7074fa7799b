import { describe, expect, test } from 'vitest';
import {
  type DeclaredHeaders,
  differingHeaders,
  forbidsTransforming,
  type HeaderLine,
  type HeaderValues,
  headerText,
  isRecomputed,
  replayedHeaders,
} from '../../../src/page/response/headers.js';

/** Returns declared headers as the configuration does. */
function declare(headers: Readonly<Record<string, string>>): DeclaredHeaders {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), { name, value }]));
}

describe('the text of a header', () => {
  test.each<[string | number | string[] | undefined, string | undefined]>([
    [undefined, undefined],
    ['a', 'a'],
    ['', ''],
    [42, '42'],
    [['a', 'b'], 'a, b'],
    [[], ''],
  ])('that was set to %j is %j', (value, text) => {
    expect(headerText({ 'x-a': value }, 'x-a')).toBe(text);
  });
});

/** Headers that are computed for every response, or are about one connection. */
const recomputed: HeaderValues = {
  ...{ date: 'now', etag: '"a"', 'last-modified': 'then', 'content-length': 5, connection: 'close' },
  ...{
    'keep-alive': 'timeout=5',
    'proxy-connection': 'close',
    'transfer-encoding': 'chunked',
    te: 'trailers',
    upgrade: 'h2c',
  },
  ...{
    'x-powered-by': 'Express',
    'cache-status': 'staticgenerator; fwd=uri-miss',
    'content-encoding': 'gzip',
  },
  vary: 'Accept-Encoding',
};

describe('Node replays', () => {
  test('every end-to-end header as it was set, line by line, in order', () => {
    const headers = {
      'x-b': '2',
      'content-type': 'text/html',
      'x-a': ['1', '2'],
      'x-n': 42,
      'cache-control': 'public',
      'x-empty': '',
    };
    expect(replayedHeaders(headers, new Map())).toEqual<HeaderLine[]>([
      ['x-b', '2'],
      ['content-type', 'text/html'],
      ['x-a', ['1', '2']],
      ['x-n', '42'],
      ['cache-control', 'public'],
      ['x-empty', ''],
    ]);
  });

  test('nothing that Connection says is for one connection only', () => {
    const headers = { connection: 'close, X-Hop,x-other', 'x-hop': '1', 'x-other': '2', 'x-end': '3' };
    expect(replayedHeaders(headers, new Map())).toEqual([['x-end', '3']]);
    expect(replayedHeaders({ connection: ['X-Hop', 'x-other'], 'x-other': '2' }, new Map())).toEqual([]);
  });

  test('nothing that is made anew, or was taken back', () => {
    expect(replayedHeaders({ ...recomputed, 'x-a': undefined }, new Map())).toEqual([]);
  });
});

describe('nginx repeats a response', () => {
  test.each<[string, HeaderValues]>([
    ['without headers', {}],
    ['with a Content-Type, which has been judged before', { 'content-type': 'text/html' }],
    ['with headers that are made anew', recomputed],
    ['with a header that was taken back', { 'x-a': undefined }],
  ])('%s', (_, headers) => {
    expect(differingHeaders(headers, declare({}))).toEqual([]);
  });

  test('with declared headers of the declared values', () => {
    const declared = declare({ 'X-Frame-Options': 'DENY', 'X-Count': '2', 'X-List': 'a, b' });
    const headers = { 'x-frame-options': 'DENY', 'x-count': 2, 'x-list': ['a', 'b'] };
    expect(differingHeaders(headers, declared)).toEqual([]);
  });
});

describe('nginx does not repeat a response', () => {
  test('with a header that is not declared', () => {
    expect(differingHeaders({ 'x-a': '1', 'x-b': '2', 'x-c': '3' }, declare({ 'X-B': '2' }))).toEqual([
      'x-a',
      'x-c',
    ]);
  });

  test.each(['', 'deny', 'DENY ', 'SAMEORIGIN'])('with another value than the declared one: %j', (value) => {
    expect(differingHeaders({ 'x-frame-options': value }, declare({ 'X-Frame-Options': 'DENY' }))).toEqual([
      'x-frame-options',
    ]);
  });

  test('without a header that it would add', () => {
    const declared = declare({ 'X-Frame-Options': 'DENY' });
    expect(differingHeaders({}, declared)).toEqual(['x-frame-options']);
    expect(differingHeaders({ 'x-frame-options': undefined }, declared)).toEqual(['x-frame-options']);
  });

  test.each([
    ...[
      'content-security-policy',
      'access-control-allow-origin',
      'strict-transport-security',
      'location',
      'link',
    ],
    ...['content-language', 'refresh', 'expires', 'pragma', 'cache-control', 'content-disposition', 'server'],
  ])('with %s', (name) => {
    expect(differingHeaders({ [name]: 'x' }, declare({}))).toEqual([name]);
  });
});

describe('a header', () => {
  test.each(Object.keys(recomputed))('%s is made anew for every answer', (name) => {
    expect(isRecomputed(name)).toBe(true);
  });

  test.each(['content-type', 'cache-control', 'x-a', 'set-cookie', 'link'])('%s is not', (name) => {
    expect(isRecomputed(name)).toBe(false);
  });
});

describe('another coding than the app\u2019s', () => {
  test.each<[string, string | string[]]>([
    ['cache-control', 'no-transform'],
    ['cache-control', 'public, No-Transform'],
    ['cache-control', ['public', 'no-transform, max-age=60']],
    ['repr-digest', 'sha-256=:abc=:'],
    ['content-digest', 'sha-256=:abc=:'],
    ['digest', 'sha-256=abc='],
    ['content-md5', 'abc='],
  ])('is forbidden by %s: %j', (name, value) => {
    expect(
      forbidsTransforming([
        ['x-a', '1'],
        [name, value],
      ]),
    ).toBe(true);
  });

  test.each<[string, string]>([
    ['cache-control', 'public'],
    ['cache-control', 'no-transforms'],
    ['x-cache-control', 'no-transform'],
  ])('is not forbidden by %s: %j', (name, value) => {
    expect(forbidsTransforming([[name, value]])).toBe(false);
    expect(forbidsTransforming([])).toBe(false);
  });
});

test.each([
  ...['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'x-rate-limit-remaining'],
  ...['ratelimit', 'ratelimit-policy', 'ratelimit-remaining', 'x-response-time', 'server-timing'],
  ...['x-request-id', 'x-correlation-id', 'x-runtime', 'traceparent'],
])('%s is about one request, and not repeated unless the site declares it', (name) => {
  const headers = { [name]: '1', 'x-a': '2' };
  expect(replayedHeaders(headers, new Map())).toEqual([['x-a', '2']]);
  const declared = new Map([[name, { name, value: '1' }]]);
  expect(replayedHeaders(headers, declared)).toEqual([
    [name, '1'],
    ['x-a', '2'],
  ]);
});

test.each(['x-rate', 'x-limit', 'rate', 'x-pirate-limits', 'x-request', 'request-ids'])(
  '%s is not',
  (name) => {
    expect(replayedHeaders({ [name]: '1' }, new Map())).toEqual([[name, '1']]);
  },
);
