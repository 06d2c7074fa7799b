import { describe, expect, test } from 'vitest';
import type { RequestReason } from '../../../src/page/reasons.js';
import {
  bypassHeadersOf,
  defaultBypassHeaders,
  unanswerableHeaders,
} from '../../../src/page/request/bypass-headers.js';
import { defaultBypassCookies, defaultIgnoreCookies } from '../../../src/page/request/default-cookies.js';
import {
  compileRequestGate,
  type GateOptions,
  hostName,
  type RequestView,
  UNVOUCHED,
  VOUCHER_HEADER,
} from '../../../src/page/request/gate.js';
import { compileRules } from '../../../src/page/rules.js';
import { foreignHeaders } from '../../cases/cookies.js';
import {
  bytesOf,
  ignoredParameters,
  queryCases,
  type RequestCase,
  requestCases,
} from '../../cases/requests.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { listen } from '../../helpers/site/site.js';

const FINGERPRINT = 'a1b2c3d4e5f6a7b8';

const defaults: GateOptions = {
  rules: compileRules([/^\//], [/^\/private/]),
  hosts: [],
  ignoreQuery: [],
  bypassCookies: defaultBypassCookies,
  ignoreCookies: defaultIgnoreCookies,
  bypassHeaders: bypassHeadersOf(defaultBypassHeaders),
  fingerprint: () => FINGERPRINT,
};

const plain: RequestView = {
  method: 'GET',
  httpVersion: '1.1',
  target: '/blog',
  headers: { host: 'localhost' },
  local: true,
  localPort: 3000,
};

/** Returns a request with these headers in addition to its Host, or instead of it. */
function withHeaders(
  headers: RequestView['headers'],
  others: Partial<RequestView> = {},
): Partial<RequestView> {
  return { headers: { host: 'localhost', ...headers }, ...others };
}

function ask(request: Partial<RequestView> = {}, options: Partial<GateOptions> = {}) {
  return compileRequestGate({ ...defaults, ...options })({ ...plain, ...request });
}

/**
 * Returns the outcome of a request in a word: the reason of its bypass, `capture`, or why it may be served but not
 * captured.
 */
function outcomeOf(request: Partial<RequestView> = {}, options: Partial<GateOptions> = {}): string {
  const decision = ask(request, options);
  if (decision.outcome === 'bypass') return decision.reason;
  return decision.captureRefusal === undefined ? 'capture' : `serve: ${decision.captureRefusal}`;
}

test('a plain GET is answered from its page, or makes it', () => {
  expect(ask()).toEqual({
    outcome: 'page',
    page: { path: '/blog', decoded: '/blog', shape: 'extensionless' },
    host: '',
    captureRefusal: undefined,
    isForNobody: false,
  });
});

describe('a page that is rendered for nobody', () => {
  const rules = compileRules([/^\/private/, { match: /^\/blog/, as: 'nobody' }, { match: '^/' }], []);

  test.each([
    ['/blog', {}, 'capture'],
    ['/blog', { cookie: '_ga=1' }, 'capture'],
    ['/blog', { cookie: 'connect.sid=1' }, 'serve: cookie-present'],
    ['/blog', { cookie: 'cart=2' }, 'serve: cookie-present'],
    ['/blog', { authorization: 'Basic YTpi' }, 'request-header'],
    ['/blog', { 'hx-request': 'true' }, 'bypass-header'],
    ['/blog?a=1', {}, 'query'],
    ['/about', { cookie: 'connect.sid=1' }, 'cookie'],
    ['/private/blog', { cookie: 'connect.sid=1' }, 'cookie'],
  ])('%s with %j: %s', (target, headers, outcome) => {
    expect(outcomeOf({ target, headers: { host: 'localhost', ...headers } }, { rules })).toBe(outcome);
  });

  test('of several patterns the first decides', () => {
    const other = compileRules([/^\/blog/, { match: /^\/blog/, as: 'nobody' }], []);
    expect(other.isForNobody('/blog')).toBe(false);
    expect([rules.isForNobody('/blog'), rules.isForNobody('/about')]).toEqual([true, false]);
    expect(rules.sources).not.toEqual(compileRules([/^\/private/, /^\/blog/, '^/'], []).sources);
    expect(rules.explain('/blog').includedBy).toBe('/^\\/blog/ as nobody');
  });
});

describe('every request of the table that nginx is tested with', () => {
  /**
   * Sends the cases as bytes to a server that reports the decision of the gate. Returns the cases that it decides
   * differently.
   */
  async function decidedOtherwise(
    cases: readonly RequestCase[],
    options: Partial<GateOptions>,
  ): Promise<string[]> {
    const gate = compileRequestGate({ ...defaults, rules: compileRules([/^\//], []), ...options });
    const port = await listen(({ method = '', httpVersion, url: target = '', headers }, response) => {
      const decision = gate({
        method,
        target,
        headers,
        local: true,
        httpVersion,
        localPort: undefined,
      });
      response.setHeader('x-decision', decision.outcome === 'page' ? 'page' : 'app').end();
    });
    const wrong: string[] = [];
    for (const one of cases) {
      const { headers } = await rawRequest(port, bytesOf(one));
      if (headers['x-decision'] !== one.answer) wrong.push(`${one.name}: ${headers['x-decision']}`);
    }
    return wrong;
  }

  test('is decided as the table says', async () => {
    expect(await decidedOtherwise(requestCases, {})).toEqual([]);
    expect(requestCases.length).toBeGreaterThan(100);
  });

  test('is decided as the table says where parameters are ignored', async () => {
    expect(await decidedOtherwise(queryCases, { ignoreQuery: ignoredParameters })).toEqual([]);
    expect(queryCases.length).toBeGreaterThan(20);
  });
});

test('HTTP/1.0, which knows no trailers, is answered from the page and makes none', () => {
  for (const httpVersion of ['0.9', '1.0']) expect(outcomeOf({ httpVersion })).toBe('serve: http-version');
  expect(outcomeOf({ httpVersion: '2.0' })).toBe('capture');
});

describe('the method', () => {
  test('HEAD is answered from the page and makes none', () => {
    expect(outcomeOf({ method: 'HEAD' })).toBe('serve: head');
  });

  test.each([
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PURGE',
    'PROPFIND',
    'QUERY',
    'get',
    '',
  ])('%j bypasses', (method) => {
    expect(outcomeOf({ method })).toBe('method');
  });
});

describe('the target', () => {
  test.each([
    '/a//b',
    '/../a',
    '/.env',
    '/a%2Fb',
    '/caf%c3%a9',
    '/a;b',
    '/index.html',
    '*',
    '',
    'http://localhost/blog',
    '/a#b',
  ])('%j bypasses, since it is not canonical', (target) => {
    expect(outcomeOf({ target })).toBe('not-canonical');
  });

  test('bypasses where no rule names it, or one excludes it', () => {
    const rules = compileRules([/^\/$/, /^\/posts\//], [/^\/posts\/draft/]);
    expect(outcomeOf({ target: '/about' }, { rules })).toBe('no-rule');
    expect(outcomeOf({ target: '/posts/draft-1' }, { rules })).toBe('excluded');
    expect(outcomeOf({ target: '/posts/1' }, { rules })).toBe('capture');
  });

  test('is compared with the rules in its decoded form', () => {
    expect(outcomeOf({ target: '/caf%C3%A9' }, { rules: compileRules(['^/café$'], []) })).toBe('capture');
    expect(outcomeOf({ target: '/caf%C3%A9' }, { rules: compileRules(['%C3'], []) })).toBe('no-rule');
  });
});

describe('the query', () => {
  const ignoreQuery = ['utm_*', 'fbclid'];

  test.each(['/blog?', '/blog?page=2', '/blog?utm_source=x', '/?a', '/blog??'])(
    'bypasses where nothing is ignored: %s',
    (target) => {
      expect(outcomeOf({ target })).toBe('query');
    },
  );

  test.each(['/blog?utm_source=x', '/blog?fbclid=1&utm_medium=y', '/blog?fbclid'])(
    'shares the page of its path, and makes none, where all of it is ignored: %s',
    (target) => {
      expect(ask({ target }, { ignoreQuery })).toMatchObject({
        outcome: 'page',
        page: { path: '/blog' },
        captureRefusal: 'ignored-query',
      });
    },
  );

  test.each([
    '/blog?',
    '/blog?page=2',
    '/blog?fbclid=1&page=2',
    '/blog?fbclid=1&',
    '/blog?fbclid=1?page=2#x',
  ])('bypasses where some of it is not ignored: %s', (target) => {
    expect(outcomeOf({ target }, { ignoreQuery })).toBe('query');
  });

  test('is not part of what the rules see', () => {
    expect(
      outcomeOf(
        { target: '/blog?utm_x=private' },
        { ignoreQuery, rules: compileRules([/^\/blog$/], [/private/]) },
      ),
    ).toBe('serve: ignored-query');
  });
});

describe('a header of the gate', () => {
  test('is one of those that a page cannot answer', () => {
    expect([...unanswerableHeaders].sort()).toEqual([
      ...[
        'authorization',
        'content-length',
        'if-match',
        'if-unmodified-since',
        'range',
        'transfer-encoding',
        'upgrade',
      ],
    ]);
  });

  test.each<[string, string]>([
    ['authorization', 'Basic YTpi'],
    ['upgrade', 'websocket'],
    ['range', 'bytes=0-1'],
    ['if-match', '"a"'],
    ['if-match', '*'],
    ['if-unmodified-since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['content-length', '0'],
    ['content-length', '5'],
    ['transfer-encoding', 'chunked'],
  ])('%s: %s bypasses, with GET and HEAD', (name, value) => {
    expect(outcomeOf(withHeaders({ [name]: value }))).toBe('request-header');
    expect(outcomeOf(withHeaders({ [name]: value }, { method: 'HEAD' }))).toBe('request-header');
    expect(outcomeOf(withHeaders({ [name]: [value] }))).toBe('request-header');
  });

  test.each([...unanswerableHeaders, ...bypassHeadersOf(defaultBypassHeaders)])(
    '%s counts as absent where it is empty',
    (name) => {
      expect(outcomeOf(withHeaders({ [name]: '' }))).toBe('capture');
      expect(outcomeOf(withHeaders({ [name]: [] }))).toBe('capture');
      expect(outcomeOf(withHeaders({ [name]: undefined }))).toBe('capture');
    },
  );

  test.each(defaultBypassHeaders.map((name) => name.toLowerCase()))(
    '%s, which scripts send, bypasses',
    (name) => {
      expect(outcomeOf(withHeaders({ [name]: '1' }))).toBe('bypass-header');
      expect(outcomeOf(withHeaders({ [name]: '1' }, { method: 'HEAD' }))).toBe('bypass-header');
      expect(outcomeOf(withHeaders({ [name]: '1' }), { bypassHeaders: bypassHeadersOf([]) })).toBe('capture');
    },
  );

  test('is one that the site names, whatever its case', () => {
    const options = { bypassHeaders: bypassHeadersOf(['X-Fragment']) };
    expect(outcomeOf(withHeaders({ 'x-fragment': '1' }), options)).toBe('bypass-header');
    expect(outcomeOf(withHeaders({ authorization: 'x' }), options)).toBe('request-header');
  });

  test.each<[string, string]>([
    ['accept', 'application/json'],
    ['accept-language', 'fr'],
    ['accept-encoding', 'br'],
    ['user-agent', 'x'],
    ['referer', 'http://localhost/'],
    ['x-forwarded-host', 'evil.example'],
    ['x-forwarded-for', '1.2.3.4'],
    ['sec-purpose', 'prefetch;prerender'],
    ['hx-target', 'list'],
    ['cache-control', 'no-cache'],
    ['cache-control', 'max-age=0, x-no-store, no-stores'],
    ['pragma', 'no-cache'],
    ['if-none-match', '"a"'],
    ['if-modified-since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['if-range', '"a"'],
    ['dnt', '1'],
    ['connection', 'keep-alive'],
  ])('is none that changes nothing: %s', (name, value) => {
    expect(outcomeOf(withHeaders({ [name]: value }))).toBe('capture');
  });
});

test.each(['no-store', 'No-Store', 'no-cache,no-store', 'max-age=0, no-store', ' no-store ', 'no-store;x'])(
  'Cache-Control: %s makes no page, and is served one',
  (value) => {
    expect(outcomeOf(withHeaders({ 'cache-control': value }))).toBe('serve: no-store');
    expect(outcomeOf(withHeaders({ 'cache-control': ['no-cache', value] }))).toBe('serve: no-store');
  },
);

describe('a cookie', () => {
  test.each([
    'connect.sid=s%3Aabc',
    'CONNECT.SID=1',
    'theme=dark; sid=1',
    'theme=dark;sid=1',
    'theme=dark ;  sid=1',
    'theme=dark;\tsid=1',
    'sid =1',
    'sid',
    '_ga=1; __Host-x=1',
    'a=1, token=2',
  ])('of bypassCookies bypasses: %j', (cookie) => {
    expect(outcomeOf(withHeaders({ cookie }))).toBe('cookie');
    expect(outcomeOf(withHeaders({ cookie }, { method: 'HEAD' }))).toBe('cookie');
  });

  test.each(['_ga=GA1.1.1', '_ga=1; _gid=2', '_ga=1;_fbp=x ; CookieConsent=yes', '_GA=1', '', ';', ' ; '])(
    'of ignoreCookies makes no difference: %j',
    (cookie) => {
      expect(outcomeOf(withHeaders({ cookie }))).toBe('capture');
    },
  );

  test.each(Object.entries(foreignHeaders))('of %s makes no difference: %j', (_, cookie) => {
    expect(outcomeOf(withHeaders({ cookie }))).toBe('capture');
  });

  test.each(['theme=dark', '_ga=1; theme=dark', 'theme', '=dark', '_ga=1; =x', 'colour=red; _ga=1'])(
    'that is neither is served a page, and makes none: %j',
    (cookie) => {
      expect(outcomeOf(withHeaders({ cookie }))).toBe('serve: cookie-present');
    },
  );

  test('is found in any line of the header', () => {
    expect(outcomeOf(withHeaders({ cookie: ['_ga=1', 'sid=1'] }))).toBe('cookie');
    expect(outcomeOf(withHeaders({ cookie: ['_ga=1', 'theme=1'] }))).toBe('serve: cookie-present');
    expect(outcomeOf(withHeaders({ cookie: ['_ga=1', '_gid=1'] }))).toBe('capture');
  });

  test('is judged by the names that the site gives', () => {
    const options = { bypassCookies: ['basket'], ignoreCookies: ['theme'] };
    expect(outcomeOf(withHeaders({ cookie: 'basket=1' }), options)).toBe('cookie');
    expect(outcomeOf(withHeaders({ cookie: 'theme=1' }), options)).toBe('capture');
    expect(outcomeOf(withHeaders({ cookie: 'sid=1' }), options)).toBe('serve: cookie-present');
  });

  test('never bypasses where no name is given', () => {
    expect(outcomeOf(withHeaders({ cookie: 'sid=1' }), { bypassCookies: [] })).toBe('serve: cookie-present');
    expect(outcomeOf(withHeaders({ cookie: '_ga=1' }), { ignoreCookies: [] })).toBe('serve: cookie-present');
  });
});

describe('without hosts, the Host', () => {
  test.each([
    ...[
      'localhost',
      'localhost:3000',
      'LOCALHOST',
      '127.0.0.1',
      '127.0.0.1:8080',
      '127.1.2.3',
      '[::1]',
      '[::1]:3000',
    ],
  ])('%s is the site', (host) => {
    expect(ask({ headers: { host } })).toMatchObject({ outcome: 'page', host: '' });
  });

  test('in capital letters is served pages, and makes none', () => {
    for (const host of ['LOCALHOST', 'Localhost:3000'])
      expect(outcomeOf({ headers: { host } })).toBe('serve: host-spelling');
  });

  test.each([
    ...[
      'www.example.com',
      'localhost.example.com',
      'xlocalhost',
      'localhost.',
      'localhost:',
      'localhost:x',
      '127.0.0.1.nip.io',
    ],
    ...[
      '127.0.0',
      '1127.0.0.1',
      '0.0.0.0',
      '[::2]',
      '::1',
      '192.168.0.1',
      '',
      'localhost:123456',
      'localhost, evil.example',
    ],
  ])('%j bypasses', (host) => {
    expect(outcomeOf({ headers: { host } })).toBe('host');
  });

  test('that is absent bypasses', () => {
    expect(outcomeOf({ headers: {} })).toBe('host');
  });
});

describe('without hosts, the header in which nginx vouches', () => {
  const vouched = (voucher: string, others: Partial<RequestView> = {}) =>
    outcomeOf({ headers: { host: 'www.example.com', [VOUCHER_HEADER]: voucher }, ...others });

  test('makes any host the site, on a connection from this machine', () => {
    expect(vouched(FINGERPRINT)).toBe('capture');
  });

  test('is worth nothing from elsewhere', () => {
    expect(vouched(FINGERPRINT, { local: false })).toBe('host');
  });

  test('is worth nothing from elsewhere with a loopback name either', () => {
    expect(outcomeOf(withHeaders({ [VOUCHER_HEADER]: FINGERPRINT }, { local: false }))).toBe('host');
  });

  test('says that nginx does not know the host', () => {
    expect(vouched(UNVOUCHED)).toBe('host');
    expect(outcomeOf(withHeaders({ [VOUCHER_HEADER]: UNVOUCHED }))).toBe('host');
  });

  test('counts as absent where it is empty', () => {
    expect(vouched('')).toBe('host');
    expect(outcomeOf(withHeaders({ [VOUCHER_HEADER]: '' }))).toBe('capture');
  });
});

describe('with one host', () => {
  const hosts = ['www.example.com'];

  test.each(['www.example.com', 'www.example.com:3000', 'WWW.Example.COM'])(
    '%s has its pages in WEB_ROOT itself',
    (host) => {
      expect(ask({ headers: { host } }, { hosts })).toMatchObject({
        outcome: 'page',
        host: '',
        captureRefusal: /[A-Z]/.test(host) ? 'host-spelling' : undefined,
      });
    },
  );

  test.each([
    'example.com',
    'www.example.com.',
    'www.example.com.evil.example',
    'localhost',
    '',
    'xwww.example.com',
  ])('%j bypasses', (host) => {
    expect(outcomeOf({ headers: { host } }, { hosts })).toBe('host');
  });

  test('needs no voucher, and heeds nginx where it refuses a host', () => {
    const withVoucher = (host: string, voucher: string, local: boolean) =>
      outcomeOf({ headers: { host, [VOUCHER_HEADER]: voucher }, local }, { hosts });
    expect(withVoucher('www.example.com', '', false)).toBe('capture');
    expect(withVoucher('www.example.com', FINGERPRINT, false)).toBe('capture');
    expect(withVoucher('www.example.com', UNVOUCHED, true)).toBe('host');
    expect(withVoucher('evil.example', FINGERPRINT, true)).toBe('host');
  });

  test('has pages at the port that the request came to, and at none that somebody made up', () => {
    const atPort = (host: string, more: object = {}) => outcomeOf({ headers: { host }, ...more }, { hosts });
    expect(atPort('www.example.com:3000')).toBe('capture');
    expect(atPort('www.example.com:1337')).toBe('host');
    const vouched = { host: 'www.example.com:8443', [VOUCHER_HEADER]: FINGERPRINT };
    expect(atPort('', { headers: vouched, local: true })).toBe('capture');
    expect(atPort('', { headers: vouched, local: false })).toBe('host');
  });

  test.each([
    ...['x', 'vouched', '1', UNVOUCHED, FINGERPRINT.toUpperCase(), `${FINGERPRINT}0`, FINGERPRINT.slice(1)],
    ...[
      ` ${FINGERPRINT}`,
      `${FINGERPRINT}, ${FINGERPRINT}`,
      `x, ${FINGERPRINT}`,
      `${FINGERPRINT}\0`,
      'undefined',
    ],
    [FINGERPRINT, FINGERPRINT],
  ])('has no pages at a port for which %j vouches, through whatever proxy it came', (voucher) => {
    const headers = { host: 'www.example.com:1337', [VOUCHER_HEADER]: voucher };
    expect(outcomeOf({ headers, local: true }, { hosts })).toBe('host');
  });

  test('has no pages at a port that nobody can vouch for', () => {
    const gate = compileRequestGate({ ...defaults, hosts, fingerprint: undefined });
    for (const voucher of ['undefined', '']) {
      const headers = { host: 'www.example.com:1337', [VOUCHER_HEADER]: voucher };
      expect(gate({ ...plain, headers, local: true }).outcome).toBe('bypass');
    }
  });
});

describe('with several hosts', () => {
  const hosts = ['a.example', 'b.example', '[::1]'];

  test.each([
    ['a.example', 'a.example'],
    ['B.EXAMPLE:3000', 'b.example'],
    ['[::1]:3000', '[::1]'],
  ])('%s has its pages in the folder %s', (host, folder) => {
    expect(ask({ headers: { host } }, { hosts })).toMatchObject({ outcome: 'page', host: folder });
  });

  test.each(['c.example', 'localhost', '', 'a.example, b.example'])('%j bypasses', (host) => {
    expect(outcomeOf({ headers: { host } }, { hosts })).toBe('host');
  });
});

describe('the name in a Host header', () => {
  test.each([
    ['Example.COM', 'example.com'],
    ['example.com:80', 'example.com'],
    ['example.com:', 'example.com'],
    ['[::1]:80', '[::1]'],
    ['[::1]', '[::1]'],
    ['', ''],
  ])('of %j is %j', (header, name) => {
    expect(hostName(header)).toBe(name);
  });
});

test('a request with several reasons has the first, in the order of the gate', () => {
  // Each step removes one reason.
  const steps: [RequestReason, Partial<RequestView>][] = [
    [
      'method',
      { method: 'POST', target: '/private//?x', headers: { host: 'x', range: 'y', cookie: 'sid=1' } },
    ],
    ['not-canonical', { target: '/private//?x', headers: { host: 'x', range: 'y', cookie: 'sid=1' } }],
    ['excluded', { target: '/private?x', headers: { host: 'x', range: 'y', cookie: 'sid=1' } }],
    ['query', { target: '/blog?x', headers: { host: 'x', range: 'y', cookie: 'sid=1' } }],
    ['request-header', { headers: { host: 'x', range: 'y', cookie: 'sid=1' } }],
    ['cookie', { headers: { host: 'x', cookie: 'sid=1' } }],
    ['host', { headers: { host: 'x' } }],
  ];
  expect(steps.map(([, request]) => outcomeOf(request))).toEqual(steps.map(([reason]) => reason));
});

test('one gate answers one request like the other', () => {
  const gate = compileRequestGate({ ...defaults, rules: compileRules([/^\/blog/g], []), ignoreQuery: ['a'] });
  const request = { ...plain, target: '/blog?a=1', headers: { host: 'localhost', cookie: 'theme=1' } };
  const first = gate(request);
  for (let again = 0; again < 3; again += 1) expect(gate(request)).toEqual(first);
});
