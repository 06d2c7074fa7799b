import { accepts } from './accepts.js';
import { foreignHeaders, personalHeaders } from './cookies.js';

/**
 * Which requests the page `/blog` (or the page of `target`) may answer, and which must reach the app: one table for the
 * code and for nginx. Both get the same bytes.
 */
export interface RequestCase {
  readonly name: string;
  readonly method?: string;
  readonly target?: string;
  /** `null`: no Host header. Default: localhost. */
  readonly host?: string | null;
  readonly version?: '1.0';
  /** Header lines other than Host, as sent, one character for each byte (latin1). */
  readonly headers?: readonly string[];
  readonly body?: string;
  /** What the code decides. */
  readonly answer: 'page' | 'app';
  /**
   * A different decision of nginx, and why it is right. A number is nginx's own error status, with the cache and
   * without.
   */
  readonly nginx?: Otherwise;
  readonly apache2?: Otherwise;
  readonly caddy?: Otherwise;
}

interface Otherwise {
  readonly answer: 'page' | 'app' | number;
  readonly why: string;
}

/** Returns a request as the bytes that are sent. */
export function bytesOf(request: Omit<RequestCase, 'name' | 'answer'>): Buffer {
  const {
    method = 'GET',
    target = '/blog',
    host = 'localhost',
    version = '1.1',
    headers = [],
    body = '',
  } = request;
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    ...headers,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

const page = (name: string, request: Partial<RequestCase> = {}): RequestCase => ({
  name,
  answer: 'page',
  ...request,
});
const app = (name: string, request: Partial<RequestCase> = {}): RequestCase => ({
  name,
  answer: 'app',
  ...request,
});
const withHeader = (answer: 'page' | 'app', ...headers: string[]): RequestCase => ({
  name: JSON.stringify(headers.join(', ')),
  answer,
  headers,
});
const cookie = (answer: 'page' | 'app', value: string): RequestCase => withHeader(answer, `Cookie: ${value}`);
const ownError = (status: number, why = 'nginx answers this by itself') => ({
  nginx: { answer: status, why },
});
const everyServers = (status: number) => ({
  ...ownError(status),
  apache2: { answer: status, why: 'Apache answers this by itself' },
});
const apacheRefuses = {
  apache2: { answer: 400, why: 'a fragment is no part of a target (RFC 9112 §3.2)' },
} as const;

/**
 * nginx's variables treat an empty header as absent, but its filters treat it as present. No client sends such a
 * header.
 */
const emptyCondition = ownError(
  412,
  'no tag matches an empty list (RFC 9110 §13.1.1), and no date an empty one',
);

const methods: readonly RequestCase[] = [
  page('GET'),
  page('HEAD', { method: 'HEAD' }),
  page('GET in HTTP/1.0', { version: '1.0' }),
  page('HEAD in HTTP/1.0', { method: 'HEAD', version: '1.0' }),
  app('POST without a body', { method: 'POST', headers: ['Content-Length: 0'] }),
  app('POST', { method: 'POST', headers: ['Content-Length: 5'], body: 'a=b&c' }),
  app('PUT', { method: 'PUT', headers: ['Content-Length: 5'], body: 'a=b&c' }),
  app('PATCH', { method: 'PATCH', headers: ['Content-Length: 5'], body: 'a=b&c' }),
  app('DELETE', { method: 'DELETE' }),
  app('OPTIONS', { method: 'OPTIONS' }),
  app('PROPFIND', { method: 'PROPFIND' }),
  app('PURGE', { method: 'PURGE' }),
  app('REPORT', { method: 'REPORT' }),
  app('M-SEARCH', { method: 'M-SEARCH' }),
  app('TRACE', { method: 'TRACE', ...everyServers(405) }),
];

/** Headers that scripts send, and headers that only look like them. */
const scripts: readonly RequestCase[] = [
  withHeader('app', 'X-Requested-With: XMLHttpRequest'),
  withHeader('app', 'x-requested-with:x'),
  withHeader('app', 'Origin: https://other.example'),
  withHeader('app', 'Origin: null'),
  withHeader('app', 'HX-Request: true', 'HX-Target: list'),
  withHeader('app', 'Turbo-Frame: list'),
  withHeader('app', 'X-PJAX: true'),
  withHeader('app', 'X-Inertia: true'),
  withHeader('app', 'X-Up-Version: 3.8.0'),
  withHeader('app', 'RSC: 1'),
  withHeader('app', 'rsc: |||'),
  withHeader('app', 'Next-Router-State-Tree: %5B%22%22%5D'),
  withHeader('app', 'Next-Router-Prefetch: 1'),
  withHeader('app', 'Next-Router-Segment-Prefetch: /_tree'),
  withHeader('app', 'Next-Url: /blog'),
  withHeader('app', 'Next-Action: 7f'),
  withHeader('app', 'X-Nextjs-Data: 1'),
  withHeader('app', 'X-Middleware-Prefetch: 1'),
  withHeader('app', 'Origin: https://a.example', 'Origin: https://b.example'),
  withHeader('page', 'RSC:'),
  withHeader('page', 'Origin:  '),
  withHeader('page', 'X-RSC: 1'),
  withHeader('page', 'RSC-More: 1'),
  withHeader('page', 'Sec-Purpose: prefetch;prerender', 'Purpose: prefetch'),
  withHeader('page', 'X-Turbo-Request-Id: 7f'),
];

const headers: readonly RequestCase[] = [
  withHeader('app', 'Authorization: Basic YTpi'),
  withHeader('app', 'authorization: bearer'),
  withHeader('app', 'AUTHORIZATION:x'),
  withHeader('app', 'Authorization: |||||||||'),
  withHeader('page', 'Authorization:'),
  withHeader('page', 'Authorization:  '),
  withHeader('page', 'X-Authorization: x'),
  withHeader('page', 'Proxy-Authorization: Basic YTpi'),
  withHeader('app', 'Range: bytes=0-3'),
  withHeader('app', 'Range: bytes=-1'),
  withHeader('app', 'Range: nonsense'),
  withHeader('page', 'Range:'),
  { ...withHeader('page', 'If-Match:'), ...emptyCondition },
  { ...withHeader('page', 'If-Unmodified-Since:'), ...emptyCondition },
  withHeader('page', 'If-Range: "x"'),
  withHeader('app', 'If-Match: "x"'),
  withHeader('app', 'If-Match: *'),
  withHeader('app', 'If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT'),
  withHeader('page', 'If-None-Match: "x"'),
  withHeader('page', 'If-None-Match: W/"x", "y"'),
  withHeader('page', 'If-Modified-Since: Sat, 01 Jan 2050 00:00:00 GMT'),
  withHeader('app', 'Upgrade: websocket', 'Connection: Upgrade'),
  withHeader(
    'app',
    'Upgrade: h2c',
    'Connection: Upgrade, HTTP2-Settings',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
  ),
  withHeader('app', 'Upgrade: anything'),
  withHeader('page', 'Connection: Upgrade'),
  withHeader('page', 'Connection: keep-alive, Authorization'),
  withHeader('page', 'Cache-Control: no-cache', 'Pragma: no-cache'),
  withHeader('page', 'Cache-Control: only-if-cached'),
  withHeader('page', 'Cache-Control: no-store'),
  withHeader('page', 'Accept: application/json'),
  withHeader('page', 'Accept-Language: ja'),
  page('Accept-Encoding, for a page without codings', {
    target: '/docs/v1.2',
    headers: ['Accept-Encoding: gzip, br'],
  }),
  withHeader('page', 'TE: trailers'),
  ...scripts,
  withHeader('page', 'X-HTTP-Method-Override: DELETE'),
  withHeader('page', 'X-Original-URL: /admin', 'X-Rewrite-URL: /admin'),
  withHeader('page', 'X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Host: evil.example'),
  withHeader('page', 'Forwarded: for=1.2.3.4;host=evil.example'),
];

const unseenChunks = {
  caddy: { answer: 'page', why: 'before version 2.9, no matcher of Caddy sees this header' },
} as const;

const bodies: readonly RequestCase[] = [
  app('a GET with a body', { headers: ['Content-Length: 3'], body: 'a=b' }),
  app('a GET with an empty body', { headers: ['Content-Length: 0'] }),
  app('a HEAD with a body', { method: 'HEAD', headers: ['Content-Length: 3'], body: 'a=b' }),
  app('a GET with chunks', {
    headers: ['Transfer-Encoding: chunked'],
    body: '3\r\na=b\r\n0\r\n\r\n',
    ...unseenChunks,
  }),
  app('a GET with no chunks', {
    headers: ['Transfer-Encoding: chunked'],
    body: '0\r\n\r\n',
    ...unseenChunks,
  }),
  app('a POST with chunks', {
    method: 'POST',
    headers: ['Transfer-Encoding: chunked'],
    body: '3\r\na=b\r\n0\r\n\r\n',
  }),
];

const cookies: readonly RequestCase[] = [
  ...['connect.sid=x', 'sid=x', 'my.sid=x', 'PHPSESSID=x', 'phpsessid=x', 'express:sess=x', 'session=x'].map(
    (one) => cookie('app', one),
  ),
  ...['my_session_id=x', 'auth=x', 'authToken=x', 'csrf_token=x', '_csrf=x', 'XSRF-TOKEN=x', 'jwt=x'].map(
    (one) => cookie('app', one),
  ),
  ...['remember_me=x', '__Host-id=x', '__Secure-id=x', 'access_token=x'].map((one) => cookie('app', one)),
  ...['theme=dark', '_ga=GA1.2.3', 'sidney=x', 'sid2=x', 'a=sid', 'a="sid=x"', 'connect_sid=x'].map((one) =>
    cookie('page', one),
  ),
  ...['', ' ', ';', '=', 'a', 'a=', ';;;', 'a=caf\xe9', '\xe9=x'].map((one) => cookie('page', one)),
  cookie('app', 'a=b; sid=x'),
  cookie('app', 'a=b;sid=x'),
  cookie('app', 'a=b ;  sid=x'),
  cookie('app', 'a=b;\tsid=x'),
  cookie('app', 'a=b; sid =x'),
  cookie('app', 'a=b, sid=x'),
  cookie('app', 'a=b,sid=x'),
  cookie('app', 'sid'),
  cookie('app', 'a= sid'),
  cookie('app', '; ;sid=x;'),
  cookie('app', 'SID=x'),
  cookie('app', '  sid=x'),
  ...personalHeaders.map((one) => cookie('app', one)),
  ...Object.values(foreignHeaders).map((one) => cookie('page', one)),
  withHeader('app', 'Cookie:sid=x'),
  withHeader('app', 'cookie: sid=x'),
  withHeader('app', 'Cookie: a=b', 'Cookie: sid=x'),
  withHeader('app', 'Cookie: sid=x', 'Cookie: a=b'),
  withHeader('page', 'Cookie: a=b', 'Cookie: c=d'),
  withHeader('page', 'Cookie2: sid=x'),
  withHeader('page', 'Set-Cookie: sid=x'),
];

const onlyExact = { answer: 'app', why: 'the server vouches for the exact names of the site only' } as const;
const exactHost = { nginx: onlyExact, apache2: onlyExact, caddy: onlyExact };
const ownName = { answer: 'page', why: 'the server sends the app its own name instead' } as const;

const hosts: readonly RequestCase[] = [
  page('the host in capitals', { host: 'LocalHost' }),
  page('another loopback name', { host: '127.0.0.1', ...exactHost }),
  page('another port', { host: 'localhost:1', ...exactHost }),
  app('an unknown host', { host: 'evil.example' }),
  app('an unknown host that ends in a known one', { host: 'evil.localhost' }),
  app('an unknown host that begins with a known one', { host: 'localhost.evil.example' }),
  app('a host with a final dot', { host: 'localhost.' }),
  app('no Host in HTTP/1.0', {
    host: null,
    version: '1.0',
    nginx: ownName,
    apache2: ownName,
    caddy: ownName,
  }),
  app('the absolute form', {
    target: 'http://localhost/blog',
    nginx: { answer: 'page', why: 'nginx sends the app the origin form' },
  }),
  app('the absolute form for another host', {
    target: 'http://evil.example/blog',
    nginx: { answer: 'page', why: 'the Host header, which is what the app is sent, names ours' },
  }),
  app('the absolute form with another Host', { target: 'http://localhost/blog', host: 'evil.example' }),
];

const targets: readonly RequestCase[] = [
  page('a folder', { target: '/blog/' }),
  page('a file', { target: '/a.html' }),
  page('the root', { target: '/' }),
  ...['//blog', '/blog?', '/blog?a=1', '/./blog', '/a/../blog', '/%62log', '/b%6Cog', '/blog%2F'].map(
    (target) => app(`the target ${target}`, { target }),
  ),
  ...[
    '/index.html',
    '/blog.page.html',
    '/blog/index.html',
    '/a.html.gz',
    '/.staticgenerator/marker.json',
  ].map((target) => app(`the target ${target}`, { target })),
  app('a fragment', { target: '/blog#frag', ...apacheRefuses }),
  app('above the root', { target: '/../blog', ...everyServers(400) }),
  app('another app method on a strange target', {
    method: 'POST',
    target: '//x/../y?z#w',
    headers: ['Content-Length: 0'],
    ...apacheRefuses,
  }),
];

/** Cases for a site with default options, whose host is localhost. */
export const requestCases: readonly RequestCase[] = [
  ...methods,
  ...headers,
  ...bodies,
  ...cookies,
  ...hosts,
  ...targets,
];

/** The option `ignoreQuery` of the site of {@link queryCases}. Two of the names overlap on purpose. */
export const ignoredParameters: readonly string[] = ['utm_*', 'utm_source', 'fbclid', 'x.y'];

const query = (answer: 'page' | 'app', target: string): RequestCase => ({ name: target, target, answer });

export const queryCases: readonly RequestCase[] = [
  query('page', '/blog'),
  query('page', '/blog?utm_source=x'),
  query('page', '/blog?utm_source'),
  query('page', '/blog?utm_source='),
  query('page', '/blog?utm_=1'),
  query('page', '/blog?utm_a.b-c~d=1'),
  query('page', '/blog?fbclid=1&utm_medium=2&utm_source=3'),
  query('page', '/blog?utm_source=1&utm_source=2'),
  query('page', '/blog?utm_source=a=b'),
  query('page', '/blog?utm_source=a?b/c'),
  query('page', '/blog?utm_source=%zz%00;"{}'),
  query('page', '/blog?x.y=1'),
  query('page', '/?utm_source=x'),
  query('page', '/blog/?fbclid=x'),
  query('page', '/a.html?fbclid=x'),
  query('app', '/blog?'),
  query('app', '/blog?='),
  query('app', '/blog?=utm_source'),
  query('app', '/blog?&utm_source=x'),
  query('app', '/blog?utm_source=x&'),
  query('app', '/blog?utm_source=x&&fbclid=y'),
  query('app', '/blog?utm_source=x&id=1'),
  query('app', '/blog?id=1&utm_source=x'),
  query('app', '/blog?id=utm_source'),
  query('app', '/blog?xutm_source=1'),
  query('app', '/blog?fbclidx=1'),
  query('app', '/blog?xay=1'),
  query('app', '/blog?UTM_source=x'),
  query('app', '/blog?utm%5Fsource=x'),
  query('app', '/blog?utm_source[]=x'),
  { ...query('app', '/blog?utm_source=x#top'), ...apacheRefuses },
  query('app', '/blog?utm_source=x;id=1&id=2'),
  query('page', '/blog?utm_source=x;id=1'),
  query('app', '/blog??utm_source=x'),
  query('app', '/blog;utm_source=x'),
  query('app', '/blog%3Futm_source=x'),
  query('app', '//blog?utm_source=x'),
  query('app', '/index.html?utm_source=x'),
];

/**
 * Cases for a site that has pages only for https and for browsers' visits: with Accept in `bypassHeaders`, and
 * `scheme`.
 */
export const audienceCases: readonly RequestCase[] = [
  ...accepts.map(
    ([name, accept, isNavigation]): RequestCase => ({
      name,
      headers: ['X-Forwarded-Proto: https', ...(accept === null ? [] : [`Accept: ${accept}`])],
      answer: isNavigation ? 'page' : 'app',
    }),
  ),
  {
    name: 'the scheme in capital letters',
    headers: ['X-Forwarded-Proto: HTTPS', `Accept: ${accepts[0]?.[1]}`],
    answer: 'app',
    nginx: { answer: 'page', why: 'nginx knows the word in any letters, and sends the app its own' },
  },
  ...['http', 'https, http', 'ftp', ''].map(
    (scheme): RequestCase => ({
      name: `the scheme ${JSON.stringify(scheme)}`,
      headers: [`X-Forwarded-Proto: ${scheme}`, `Accept: ${accepts[0]?.[1]}`],
      answer: 'app',
    }),
  ),
  { name: 'no scheme', headers: [`Accept: ${accepts[0]?.[1]}`], answer: 'app' },
];
