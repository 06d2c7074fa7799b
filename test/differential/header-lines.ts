import { createHmac } from 'node:crypto';
import type { Random } from './random.js';
import { SESSION_SECRET } from './site/middleware.js';

/** Returns a session cookie as express-session signs it. */
function sessionCookie(visitor: string): string {
  const id = `session-of-${visitor}`;
  const signature = createHmac('sha256', SESSION_SECRET).update(id).digest('base64').replace(/=+$/, '');
  return `connect.sid=${encodeURIComponent(`s:${id}.${signature}`)}`;
}

const cookies = [
  ...[
    'theme=dark',
    'seen=1',
    'seen=2; _ga=1',
    'ab=b; theme=light',
    'last=7',
    '_ga=GA1.2.3',
    '_ga=1; _gid=2',
    '_ga=1; theme=blue',
    'basket=3',
    '',
    '=',
    'a',
    ';;',
    '=theme',
  ],
  ...[
    'session_name=Ann',
    'a=b; session_name=Bo',
    'a=b;session_name=Cy',
    'a=b, session_name=Di',
    ' session_name=Ed',
  ],
  ...[
    'session_name="Flo"',
    'a="; session_name=Gus"',
    'SESSION_NAME=Hal',
    'session_name',
    'sid=1',
    'x.sid=1',
    'sidney=1',
  ],
  ...[
    '__Host-a=1',
    'jwt=eyJ',
    'csrftoken=1',
    'XSRF-TOKEN=1',
    'remember_me=1',
    'i18next=de',
    '_ga=1; i18next=de',
    '__Host-psifi.x-csrf-token=forged.x',
    ...[
      'cart=2',
      'cart=0; _ga=1',
      'preview=1',
      'logged_in=yes',
      'wordpress_logged_in_ab12=ann',
      'ghost-members-ssr=ann',
    ],
    ...[
      '__cf_bm=x',
      'AWSALB=x; AWSALBCORS=y',
      'ph_abc_posthog=x',
      '_dd_s=x',
      '_hjSession_1=x',
      '__cf_bm=x; cart=1',
    ],
    ...['currency=EUR', 'my_lang=de', 'user-token=x', '_gat=1; preview=2', 'ajs_user_id=7'],
    'caf\xe9=1',
    'a=\xe9; session_name=Ida',
  ],
  ...[
    sessionCookie('ann'),
    sessionCookie('bob'),
    `theme=dark; ${sessionCookie('ann')}`,
    'connect.sid=s%3Aforged.x',
  ],
  'theme=light\r\nCookie: session_name=Joe',
  'theme=light\r\nCookie: basket=2',
] as const;

const encodings = [
  ...[
    'gzip',
    'br',
    'gzip, deflate, br',
    'gzip, deflate, br, zstd',
    'identity',
    '*',
    '',
    'deflate',
    'gzip;q=0',
  ],
  ...[
    'br;q=0, gzip',
    'gzip;q=0.5, br;q=0.1',
    '*;q=0',
    'identity;q=0, gzip',
    'GZIP',
    'gzip ;q=1',
    'x-gzip',
    'gzip;q=2',
  ],
  ...['gzip,,br', 'br;q=0.001', 'notgzip', 'gzipped', 'gzip;level=9', 'br\r\nAccept-Encoding: gzip'],
] as const;

const conditions = (tag: string) => [
  ...[
    tag,
    `W/${tag}`,
    `"x", ${tag}`,
    `${tag},"y"`,
    '*',
    '"x"',
    '',
    tag.slice(1),
    tag.toUpperCase(),
    `${tag}x`,
  ].map((value) => `If-None-Match: ${value}`),
  ...['Sat, 01 Jan 2000 00:00:00 GMT', 'Fri, 31 Dec 2100 00:00:00 GMT', 'nonsense', ''].map(
    (value) => `If-Modified-Since: ${value}`,
  ),
  `If-Range: ${tag}`,
  `If-None-Match: "x"\r\nIf-None-Match: ${tag}`,
];

const gate = [
  ...['Authorization: Basic YTpi', 'authorization: Bearer x', 'Authorization:', 'Authorization: |||||'],
  ...[
    'Authorization:\r\nAuthorization: Basic YTpi',
    'Range: bytes=0-3',
    'Range: bytes=-2',
    'Range: bytes=9-',
  ],
  ...[
    'Range: bytes=0-0,2-3',
    'Range: nonsense',
    'Range:',
    'Range:\r\nRange: bytes=0-3',
    'If-Match: "x"',
    'If-Match: *',
  ],
  ...['If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT', 'Upgrade: websocket\r\nConnection: Upgrade'],
  ...[
    'Upgrade: h2c\r\nConnection: Upgrade',
    'Upgrade: x',
    'Upgrade:',
    'Connection: Upgrade',
    'Content-Length: 0',
  ],
  'If-Match:\r\nIf-Match: "x"',
] as const;

const negotiation = [
  ...['Accept: application/json', 'Accept: text/html', 'Accept: */*;q=0.1', 'Accept: image/*', 'Accept:'],
  ...[
    'Accept-Language: ja',
    'Accept-Language: de, en;q=0.5',
    'Accept-Charset: utf-7',
    'Origin: https://a.example',
  ],
  ...[
    'Origin: null',
    'Access-Control-Request-Method: PUT\r\nOrigin: https://a.example',
    'Save-Data: on',
    'DNT: 1',
  ],
  ...[
    'User-Agent: curl/8',
    'User-Agent: Googlebot',
    'Sec-Fetch-Mode: navigate',
    'Prefer: return=minimal',
    'Purpose: x',
  ],
] as const;

/**
 * Headers of a library come with the header that announces it: pages may look for HX-Target, which no client sends
 * without HX-Request.
 */
const scripts = [
  ...[
    'X-Requested-With: XMLHttpRequest',
    'X-Requested-With:',
    'HX-Request: true',
    'HX-Request: true\r\nHX-Target: list',
  ],
  ...[
    'HX-Request: true\r\nHX-Boosted: true',
    'Turbo-Frame: list',
    'X-PJAX: true',
    'X-PJAX: true\r\nX-PJAX-Container: a',
    'X-Inertia: true',
  ],
  ...[
    'X-Up-Version: 3',
    'RSC: 1',
    'rsc: 1\r\nNext-Router-State-Tree: x',
    'Next-Router-Prefetch: 1',
    'Next-Url: /a',
  ],
  ...['Next-Action: x', 'X-Nextjs-Data: 1', 'X-Middleware-Prefetch: 1', 'X-Fragment: 1', 'X-Fragment:'],
  ...[
    'Purpose: prefetch',
    'Sec-Purpose: prefetch',
    'Sec-Purpose: prefetch;prerender',
    'X-Moz: prefetch',
    'X-Purpose: preview',
  ],
] as const;

const inputs = [
  ...[
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'application/activity+json',
    'text/x-component',
  ],
  ...['application/json;q=0.9, text/html;q=0.1', '*/*', 'text/*', 'nonsense', 'text/html, application/json'],
].map((value) => `Accept: ${value}`);

const freshness = [
  ...[
    'no-store',
    'No-Store',
    'max-age=5, no-store',
    'no-store-x',
    'max-stale=5',
    'min-fresh=60',
    'no-transform',
    '',
  ],
].map((value) => `Cache-Control: ${value}`);

const senders = [
  ...[
    'Referer: https://a.example/',
    'Referer: /<b>',
    'User-Agent:',
    'User-Agent: Mozilla/5.0 (compatible; bingbot/2.0)',
  ],
  ...[
    'Accept-Language: de-CH, fr;q=0.5, *;q=0.1',
    'Accept-Language: *',
    'Save-Data: on',
    'Sec-GPC: 1',
    'Date: Sat, 01 Jan 2000 00:00:00 GMT',
  ],
  ...[
    'Origin: https://site.example',
    'Origin: https://evil.example\r\nOrigin: https://b.example',
    'Sec-CH-UA-Mobile: ?1',
  ],
  ...[
    'X-Forwarded-For: 203.0.113.77, 198.51.100.9',
    'X-Request-Id: 4f1c9a7e-2b',
    'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ],
] as const;

const proxies = [
  ...[
    'X-Forwarded-For: 1.2.3.4',
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-Proto: https',
    'Via: 1.1 cdn',
  ],
  ...[
    'Forwarded: for=1.2.3.4;host=evil.example',
    'X-Original-URL: /admin',
    'X-Rewrite-URL: /admin',
    'X-Real-IP: 1.1.1.1',
  ],
  ...[
    'X-HTTP-Method-Override: DELETE',
    'X-Method-Override: POST',
    'Cache-Control: no-cache',
    'Pragma: no-cache',
  ],
  ...[
    'Cache-Control: only-if-cached',
    'Cache-Control: max-age=0',
    'X-Accel-Redirect: /admin',
    'Max-Forwards: 0',
  ],
  ...[
    'X-StaticGenerator: unvouched',
    'X-StaticGenerator:',
    'Surrogate-Capability: x',
    'Warning: 199 a "b"',
    'Age: 5',
  ],
] as const;

const odd = [
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: keep-alive, Cookie',
    'Connection: close, Host',
    'TE: trailers',
  ],
  ...[
    'Expect: 100-continue',
    'Expect: nonsense',
    'Keep-Alive: timeout=1',
    'Proxy-Connection: close',
    'X:',
    'X: \xe9\xff',
  ],
  ...[
    'Content_Length: 5',
    'Authorization : Basic YTpi',
    'X-A: b\r\n c',
    'Cookie: a=b\r\n session_name=Fold',
    'No colon',
  ],
  ...[
    'X: a\x00b',
    ': empty',
    'X\x7f: a',
    'Content-Type: text/html',
    'Transfer-Encoding: identity',
    'Trailer: X-Sum',
  ],
  ...[
    'Content-Length:',
    'Content-Length: -1',
    'Content-Length: 0\r\nContent-Length: 0',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
  ],
  ...[
    `X-Long: ${'a'.repeat(7_000)}`,
    `Cookie: theme=${'b'.repeat(5_000)}`,
    `Accept-Encoding: ${'gzip,'.repeat(900)}gzip`,
  ],
] as const;

const byKind = { script: scripts, input: inputs, freshness, sender: senders } as const;
const isOfKind = (kind: string): kind is keyof typeof byKind => kind in byKind;

/** Makes header lines. They may repeat a name, and may be lines that HTTP does not know. */
export function makeHeaderLines(random: Random, tag: string): readonly string[] {
  const count = random.weighted([
    [30, 0],
    [35, 1],
    [20, 2],
    [10, 3],
    [5, 5],
  ]);
  const made = Array.from({ length: count }, () => makeLines(random, tag));
  // Node trusts its own machine about headers that only nginx sets. Sent twice, such a header would mean something
  // else.
  const forged = made.find((lines) => lines.startsWith('X-StaticGenerator'));
  return made
    .filter((lines) => !lines.startsWith('X-StaticGenerator') || lines === forged)
    .flatMap((lines) => lines.split('\r\n'));
}

function makeLines(random: Random, tag: string): string {
  const kind = random.weighted([
    [30, 'cookie'],
    [22, 'encoding'],
    [14, 'condition'],
    [14, 'gate'],
    [12, 'negotiation'],
    [8, 'script'],
    [8, 'input'],
    [4, 'freshness'],
    [8, 'sender'],
    [10, 'proxy'],
    [8, 'odd'],
  ]);
  if (isOfKind(kind)) return random.pick(byKind[kind]);
  if (kind === 'cookie') return `Cookie: ${random.pick(cookies)}`;
  if (kind === 'encoding') return `Accept-Encoding: ${random.pick(encodings)}`;
  if (kind === 'condition') return random.pick(conditions(tag));
  if (kind === 'gate') return random.pick(gate);
  if (kind === 'negotiation') return random.pick(negotiation);
  return random.pick(kind === 'proxy' ? proxies : odd);
}
