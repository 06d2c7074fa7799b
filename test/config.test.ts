import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaults, defineConfig, type Options, type ResolvedConfig, resolveConfig } from '../src/config.js';
import { StaticGeneratorError } from '../src/errors.js';
import { silentLogger } from '../src/log.js';
import type { OptionProblem } from '../src/option-reader.js';
import { knownExtensions } from '../src/page/grammar.js';
import {
  bypassHeadersOf,
  defaultBypassHeaders,
  unanswerableHeaders,
} from '../src/page/request/bypass-headers.js';
import { defaultBypassCookies, defaultIgnoreCookies } from '../src/page/request/default-cookies.js';
import { defaultBodyMarkers } from '../src/page/response/markers.js';
import { defaultTypes } from '../src/page/response/types.js';
import { RecordingLogger } from './helpers/recording-logger.js';

const minimal: Options = { webRoot: '/var/www/blog', urls: [/^\//] };

/** Resolves options as a program without types might pass them. */
function resolve(options: unknown, environment: NodeJS.ProcessEnv = {}): ResolvedConfig {
  return Reflect.apply(resolveConfig, undefined, [options, environment]);
}

function errorOf(options: unknown, environment: NodeJS.ProcessEnv = {}): StaticGeneratorError {
  try {
    resolve(options, environment);
  } catch (error) {
    if (error instanceof StaticGeneratorError) return error;
    throw error;
  }
  throw new Error('the options were accepted');
}

function problemsOf(options: unknown, environment?: NodeJS.ProcessEnv): readonly OptionProblem[] {
  return errorOf(options, environment).fields.problems as readonly OptionProblem[];
}

/** Returns the problems of one option, in addition to the required ones. */
function messagesOf(option: Readonly<Record<string, unknown>>): string[] {
  return problemsOf({ ...minimal, ...option }).map(({ message }) => message);
}

describe('the defaults', () => {
  const config = resolve(minimal);

  test('are as documented', () => {
    expect(config).toMatchObject({
      webRoot: '/var/www/blog',
      hosts: [],
      ignoreQuery: [],
      bypassCookies: defaultBypassCookies,
      ignoreCookies: defaultIgnoreCookies,
      bypassHeaders: bypassHeadersOf(defaultBypassHeaders),
      headers: new Map(),
      types: defaultTypes,
      maxBodyBytes: 5_242_880,
      bodyMarkers: defaultBodyMarkers,
      version: '',
      app: undefined,
    });
    expect(config.rules.match('/anything')).toBe('page');
    for (const method of ['debug', 'info', 'warn', 'error'] as const)
      expect(config.logger[method]).toBeTypeOf('function');
  });

  test('stand in for what is undefined', () => {
    const names = [
      'excludeUrls',
      'hosts',
      'ignoreQuery',
      'bypassCookies',
      'headers',
      'types',
      'maxBodyBytes',
      'logger',
      'app',
    ];
    const options = { ...minimal, ...Object.fromEntries(names.map((name) => [name, undefined])) };
    expect(resolve(options)).toMatchObject({ hosts: [], maxBodyBytes: 5_242_880, app: undefined });
  });

  test('cannot be changed afterwards', () => {
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.types)).toBe(true);
  });
});

describe('WEB_ROOT', () => {
  test('comes from the option, else from the environment', () => {
    expect(resolve(minimal, { WEB_ROOT: '/other' }).webRoot).toBe('/var/www/blog');
    expect(resolve({ urls: [] }, { WEB_ROOT: '/other' }).webRoot).toBe('/other');
  });

  test('starts at the working directory where it is relative', () => {
    expect(resolve({ ...minimal, webRoot: 'var/www' }).webRoot).toBe(join(process.cwd(), 'var/www'));
    expect(resolve({ urls: [] }, { WEB_ROOT: './var/../www/' }).webRoot).toBe(join(process.cwd(), 'www'));
  });

  test('comes from the environment of the process unless another is given', () => {
    expect(() => resolveConfig({ urls: [] }, {})).toThrow('Expected `webRoot`');
    const webRoot = process.env.WEB_ROOT;
    expect(resolveConfig({ ...minimal, ...(webRoot === undefined ? {} : { webRoot }) }).webRoot).toBe(
      webRoot ?? '/var/www/blog',
    );
  });

  test.each<[unknown, NodeJS.ProcessEnv, string]>([
    [undefined, {}, 'nothing'],
    ['', {}, '"" (string)'],
    ['', { WEB_ROOT: '/other' }, '"" (string)'],
    [undefined, { WEB_ROOT: '' }, '"" (string)'],
    ['/var\0/www', {}, '"/var\\u0000/www" (string)'],
    [42, { WEB_ROOT: '/other' }, '42 (number)'],
    [['/var'], {}, expect.stringMatching(/^\[.*\/var.*\] \(object\)$/)],
  ])('is wrong as %j with %j', (webRoot, environment, got) => {
    const [problem, ...others] = problemsOf({ urls: [], webRoot }, environment);
    expect(others).toEqual([]);
    expect(problem?.option).toBe('webRoot');
    const [before, after] = problem?.message.split(', got ') ?? [];
    expect(before).toBe('Expected `webRoot` to be a path (or the environment variable WEB_ROOT)');
    expect(after).toEqual(got);
  });
});

describe('urls and excludeUrls', () => {
  test('take regular expressions and their sources', () => {
    const { rules } = resolve({ ...minimal, urls: [/^\/a$/, '^/b$'], excludeUrls: ['^/a'] });
    expect(['/a', '/b', '/c'].map((path) => rules.match(path))).toEqual(['excluded', 'page', 'no-rule']);
  });

  test('may be empty', () => {
    expect(resolve({ ...minimal, urls: [], excludeUrls: [] }).rules.match('/')).toBe('no-rule');
  });

  test('urls must be given', () => {
    expect(problemsOf({ webRoot: '/a' })).toEqual([
      {
        option: 'urls',
        message: 'Expected `urls` to be an array of regular expressions or their source strings, got nothing',
      },
    ]);
  });

  test.each(['urls', 'excludeUrls'])('%s are told what is wrong with them', (option) => {
    const expected = `Expected \`${option}\` to be an array of regular expressions or their source strings, got`;
    expect(messagesOf({ [option]: '^/' })).toEqual([`${expected} "^/" (string)`]);
    expect(messagesOf({ [option]: /^\// })).toEqual([`${expected} /^\\// (object)`]);
    expect(messagesOf({ [option]: new Set([/a/]) })[0]).toContain(expected);
    expect(messagesOf({ [option]: [/a/, 42, '', undefined] })).toEqual([
      `Expected \`${option}[1]\` to be a regular expression, got 42 (number)`,
      `Expected \`${option}[2]\` to be a regular expression, got "" (string)`,
      `Expected \`${option}[3]\` to be a regular expression, got nothing`,
    ]);
    expect(messagesOf({ [option]: ['^/a(', '^/b'] })).toEqual([
      `Expected \`${option}[0]\` to be a valid regular expression (Invalid regular expression: /^/a(/: Unterminated group), got "^/a(" (string)`,
    ]);
  });

  test.each(['urls', 'excludeUrls'])('%s are no globs and no paths of routes', (option) => {
    expect(messagesOf({ [option]: ['^/a', '/posts/*', '/**', '/posts/:slug', /\/:slug/] })).toEqual([
      `Expected \`${option}[1]\` to be a regular expression such as /^\\/posts\\/[^/]+$/, not a glob, got "/posts/*" (string)`,
      `Expected \`${option}[2]\` to be a regular expression such as /^\\/.*$/, not a glob, got "/**" (string)`,
      `Expected \`${option}[3]\` to be a regular expression such as /^\\/posts\\/[^/]+$/, not the path of a route, got "/posts/:slug" (string)`,
    ]);
  });

  test.each(['urls', 'excludeUrls'])('%s decide every URL quickly', (option) => {
    const slow = (part: string) =>
      `to be a regular expression that decides every URL quickly: ${part} can match one text in so many ways that a single URL ` +
      'blocks the process for seconds or forever; let each part end where the next begins, such as `[^/]+`';
    expect(
      messagesOf({
        [option]: [/^\/p\/(a+)+$/, '^/p/a+$', '^/(?:\\w|\\d)+$', { match: '^/(b+)*$' }].slice(
          0,
          option === 'urls' ? 4 : 3,
        ),
      }),
    ).toEqual([
      `Expected \`${option}[0]\` ${slow('`(a+)+`')}, got /^\\/p\\/(a+)+$/ (object)`,
      `Expected \`${option}[2]\` ${slow('`(?:\\w|\\d)+`')}, got "^/(?:\\\\w|\\\\d)+$" (string)`,
      ...(option === 'urls'
        ? [`Expected \`urls[3].match\` ${slow('`(b+)*`')}, got "^/(b+)*$" (string)`]
        : []),
    ]);
  });
});

describe('the queries of a rule', () => {
  const messagesFor = (query: unknown, more: object = {}) =>
    messagesOf({ urls: [{ match: /^\/a$/, query }], ...more });

  test.each<[string, unknown]>([
    ['a pattern', { page: /^\d$/ }],
    ['its source', { page: '^\\d$' }],
    ['a list', { sort: ['new', 'ä b'] }],
    ['several', { page: /^\d$/, 'a.b-c_d': ['x'] }],
  ])('are %s', (_, query) => {
    expect(resolve({ ...minimal, urls: [{ match: /^\/a$/, query }] }).rules.queryNames).toEqual(
      Object.keys(query as object),
    );
  });

  const names = 'parameter names that begin with a letter and have only letters, digits, `_`, `-` and `.`';
  const object = 'an object of parameter names, each with a regular expression or a list of values';
  const value = 'a text that is not empty and has no control characters';
  test.each<[unknown, string]>([
    ['page', `Expected \`urls[0].query\` to be ${object}, got "page" (string)`],
    [{}, `Expected \`urls[0].query\` to be ${object}, got {} (object)`],
    [{ '1': ['x'] }, `Expected \`urls[0].query\` to be an object of ${names}, got "1" (string)`],
    [{ 'a[]': ['x'] }, `Expected \`urls[0].query\` to be an object of ${names}, got "a[]" (string)`],
    [{ page: 2 }, 'Expected `urls[0].query.page` to be a regular expression, got 2 (number)'],
    [{ page: [] }, `Expected \`urls[0].query.page\` to be a list of values, each ${value}, got [] (object)`],
    [{ sort: ['new', ''] }, `Expected \`urls[0].query.sort[1]\` to be ${value}, got "" (string)`],
    [{ sort: [2] }, `Expected \`urls[0].query.sort[0]\` to be ${value}, got 2 (number)`],
  ])('are not %j', (query, message) => {
    expect(messagesFor(query)).toContain(message);
  });

  test('decide every value quickly', () => {
    expect(messagesFor({ page: /(a+)+/ }).join()).toMatch(
      /`urls\[0\]\.query\.page` .* decides every URL quickly: `\(a\+\)\+`/,
    );
  });

  test('are none of the parameters that are ignored', () => {
    expect(messagesFor({ utm_page: ['x'] }, { ignoreQuery: ['utm_*'] })).toEqual([
      'Expected `urls[0].query` to be without the parameters that `ignoreQuery` names, got "utm_page" (string)',
    ]);
  });
});

describe('hosts', () => {
  test.each([
    'example.com',
    'localhost',
    'a',
    'xn--mnchen-3ya.example',
    '127.0.0.1',
    '[::1]',
    '[fe80::1]',
    'a_b.example',
    '1.example',
    `${'a'.repeat(63)}.example`,
  ])('may be %s', (host) => {
    expect(resolve({ ...minimal, hosts: [host] }).hosts).toEqual([host]);
  });

  test('are lower-cased, and each is there once', () => {
    expect(resolve({ ...minimal, hosts: ['Example.COM', 'b.example', 'example.com'] }).hosts).toEqual([
      'example.com',
      'b.example',
    ]);
  });

  test.each([
    ...[
      '',
      'example.com:80',
      'http://example.com',
      'example.com/',
      '*.example.com',
      'a..b',
      '.a',
      'a.',
      '-a',
      'a.-b',
      '..',
    ],
    ...[
      'münchen.example',
      'a b',
      'a\n',
      '::1',
      '[::1',
      '[x]',
      '[::1]:80',
      '~^a$',
      `${'a'.repeat(64)}.example`,
    ],
  ])('may not be %j', (host) => {
    expect(messagesOf({ hosts: ['a.example', host] })).toEqual([
      `Expected \`hosts[1]\` to be a host name without a port, got ${JSON.stringify(host)} (string)`,
    ]);
  });

  test('may not be a string', () => {
    expect(messagesOf({ hosts: 'example.com' })).toEqual([
      'Expected `hosts` to be an array of strings, each a host name without a port, got "example.com" (string)',
    ]);
  });
});

describe('the lists of names', () => {
  test.each([
    ['ignoreQuery', 'a parameter name, `*` for any characters', ['utm_*', 'fbclid'], 'a=b'],
    ['bypassCookies', 'a cookie name, `*` for any characters', ['basket', 'x-*'], 'a;b'],
    ['ignoreCookies', 'a cookie name, `*` for any characters', ['theme', '*'], 'a b'],
  ])('%s are read, and what is wrong with them is told', (option, expected, good, bad) => {
    expect(resolve({ ...minimal, [option]: good })).toMatchObject({ [option]: good });
    expect(resolve({ ...minimal, [option]: [] })).toMatchObject({ [option]: [] });
    expect(messagesOf({ [option]: [...good, bad, 42, ''] })).toEqual([
      `Expected \`${option}[2]\` to be ${expected}, got ${JSON.stringify(bad)} (string)`,
      `Expected \`${option}[3]\` to be ${expected}, got 42 (number)`,
      `Expected \`${option}[4]\` to be ${expected}, got "" (string)`,
    ]);
    expect(messagesOf({ [option]: 'a' })).toEqual([
      `Expected \`${option}\` to be an array of strings, each ${expected}, or { add, remove } with such arrays, got "a" (string)`,
    ]);
  });

  test.each(['ignoreQuery', 'bypassCookies', 'ignoreCookies'] as const)(
    '%s are the default ones with those that are added',
    (option) => {
      expect(resolve({ ...minimal, [option]: { add: ['one', 'two'] } })[option]).toEqual([
        ...defaults[option],
        ...['one', 'two'],
      ]);
      expect(resolve({ ...minimal, [option]: {} })[option]).toEqual(defaults[option]);
    },
  );

  test.each(['bypassCookies', 'ignoreCookies'] as const)(
    '%s are the default ones without those that are removed, whatever their case',
    (option) => {
      const [first = '', second = '', ...others] = defaults[option];
      const remove = [first, second.toUpperCase()];
      expect(resolve({ ...minimal, [option]: { add: ['one'], remove } })[option]).toEqual([...others, 'one']);
    },
  );

  test('that change the default ones are checked too', () => {
    const wrong = { add: ['a b'], remove: ['sid', 'nothing', 1], also: [] };
    expect(messagesOf({ bypassCookies: wrong })).toEqual([
      'Unknown option `bypassCookies.also`. The options are add, remove',
      'Expected `bypassCookies.remove[2]` to be a cookie name, `*` for any characters, got 1 (number)',
      'Expected `bypassCookies.remove` to be names of the default list, got "nothing" (string)',
      'Expected `bypassCookies.add[0]` to be a cookie name, `*` for any characters, got "a b" (string)',
    ]);
    expect(messagesOf({ ignoreQuery: { add: 'utm_*' } })).toEqual([
      'Expected `ignoreQuery.add` to be an array of strings, each a parameter name, `*` for any characters, got "utm_*" (string)',
    ]);
  });

  test('bypassHeaders are in lower case, beside those that no page can answer', () => {
    const { bypassHeaders } = resolve({ ...minimal, bypassHeaders: ['X-Fragment', 'range'] });
    expect(bypassHeaders).toEqual([...unanswerableHeaders, 'x-fragment']);
    const changed = resolve({
      ...minimal,
      bypassHeaders: { add: ['X-Fragment'], remove: ['origin'] },
    }).bypassHeaders;
    expect(changed).toContain('x-fragment');
    expect(changed).not.toContain('origin');
    expect(changed).toContain('x-requested-with');
  });

  test.each(['', 'X_A', 'X-*', '-a', 'a b', 'Host', 'connection', 'X-Forwarded-For', 'X-StaticGenerator'])(
    'bypassHeaders may not be %j',
    (name) => {
      expect(messagesOf({ bypassHeaders: [name] })).toEqual([
        `Expected \`bypassHeaders[0]\` to be a header that only some requests have, got ${JSON.stringify(name)} (string)`,
      ]);
    },
  );

  test('bodyMarkers are any texts', () => {
    expect(resolve({ ...minimal, bodyMarkers: ['name="_csrf"', '\n'] }).bodyMarkers).toEqual([
      'name="_csrf"',
      '\n',
    ]);
    expect(resolve({ ...minimal, bodyMarkers: [] }).bodyMarkers).toEqual([]);
    // Every body contains the empty text.
    expect(messagesOf({ bodyMarkers: ['', 1] })).toEqual([
      'Expected `bodyMarkers[0]` to be a text, got "" (string)',
      'Expected `bodyMarkers[1]` to be a text, got 1 (number)',
    ]);
  });
});

describe('headers', () => {
  test('keep their spelling, and are found by their lower-case name', () => {
    const { headers } = resolve({
      ...minimal,
      headers: { 'X-Frame-Options': 'DENY', 'Cache-Control': 'no-cache' },
    });
    expect([...headers]).toEqual([
      ['x-frame-options', { name: 'X-Frame-Options', value: 'DENY' }],
      ['cache-control', { name: 'Cache-Control', value: 'no-cache' }],
    ]);
  });

  test('may have any printable value but the dollar sign', () => {
    const value = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
      .join('')
      .replace('$', '')
      .trim();
    expect(resolve({ ...minimal, headers: { 'X-A': value } }).headers.get('x-a')?.value).toBe(value);
  });

  test.each(['', ' a', 'a ', 'a\nb', 'a\r\nX-B: c', '$host', 'é', 'a\tb', 'a\u007f', 42, null, ['a']])(
    'may not have the value %j',
    (value) => {
      const [message, ...others] = messagesOf({ headers: { 'X-A': value } });
      expect(others).toEqual([]);
      expect(message).toMatch(
        /^Expected `headers\.X-A` to be printable ASCII without `\$` and without spaces at its ends, got ./,
      );
    },
  );

  test.each(['', 'X A', 'X:A', 'X\n', 'Ä', 'X(A)', '"X"'])('may not have the name %j', (name) => {
    expect(messagesOf({ headers: { [name]: 'a' } })).toEqual([
      `Expected \`headers\` to be names of end-to-end headers that are constant, got ${JSON.stringify(name)} (string)`,
    ]);
  });

  test.each([
    ...[
      'Content-Type',
      'content-length',
      'Content-Encoding',
      'Content-Range',
      'ETag',
      'Last-Modified',
      'Date',
    ],
    ...[
      'Connection',
      'Keep-Alive',
      'Transfer-Encoding',
      'Trailer',
      'Upgrade',
      'SET-COOKIE',
      'Cache-Status',
      'Age',
      'Expires',
    ],
  ])('may not be %s, which the answer itself decides', (name) => {
    expect(messagesOf({ headers: { [name]: 'a' } })).toEqual([
      `Expected \`headers\` to be names of end-to-end headers that are constant, got ${JSON.stringify(name)} (string)`,
    ]);
  });

  test.each<[string, unknown]>([
    ['a list', [['X-A', 'a']]],
    ['a string', 'X-A: a'],
    // Their entries are not properties, so they would add no headers.
    ['a Map', new Map([['X-A', 'a']])],
    ['a Headers object', new Headers({ 'X-A': 'a' })],
  ])('may not be %s', (_, headers) => {
    const [message, ...others] = messagesOf({ headers });
    expect(others).toEqual([]);
    expect(message).toMatch(/^Expected `headers` to be an object of header names and values, got ./);
  });
});

describe('a constant Vary', () => {
  test.each(['RSC, Next-Url', 'hx-request, HX-Target', 'Accept-Encoding, Origin'])('may be %s', (Vary) => {
    expect(resolve({ ...minimal, headers: { Vary } }).headers.get('vary')?.value).toBe(Vary);
  });

  test.each(['Cookie', 'RSC, Accept-Language', '*'])('may not be %s', (Vary) => {
    expect(messagesOf({ headers: { Vary } })).toEqual([
      `Expected \`headers.Vary\` to be names of headers in \`bypassHeaders\`, got "${Vary}" (string)`,
    ]);
  });
});

describe('types', () => {
  test('replace those of the default, one by one', () => {
    const xml = 'application/rss+xml; charset=utf-8';
    expect(resolve({ ...minimal, types: { xml } }).types).toEqual({ ...defaultTypes, xml });
  });

  test.each([
    'text/html',
    'text/html; charset=utf-8',
    'text/html;charset=utf-8',
    'application/vnd.api+json',
    'a/b; c=d; e=f',
  ])('may be %s', (type) => {
    expect(resolve({ ...minimal, types: { html: type } }).types.html).toBe(type);
  });

  test.each([
    '',
    'html',
    'text/',
    'text/html;',
    'text/html; charset',
    'text/html; charset="utf-8"',
    'text/html\n',
    'text/html, a/b',
    'text/$x',
    ' text/html',
    42,
  ])('may not be %j', (type) => {
    const [message, ...others] = messagesOf({ types: { html: type } });
    expect(others).toEqual([]);
    expect(message).toMatch(/^Expected `types\.html` to be a Content-Type, got ./);
  });

  test('may not be of an unknown extension', () => {
    const expected = `Expected \`types\` to be extensions among ${knownExtensions.join(' ')}, or paths of pages such as /rss/ and /tag/*/rss/`;
    const names = ['php', '.html', '/a//b', '/index.html', '/a?b', '/.x', 'rss/', 'toString'];
    expect(messagesOf({ types: Object.fromEntries(names.map((name) => [name, 'text/html'])) })).toEqual(
      names.map((name) => `${expected}, got ${JSON.stringify(name)} (string)`),
    );
  });

  test('may be of a path, in any spelling of it', () => {
    const { types, typesOfPaths } = resolve({
      ...minimal,
      types: { '/rss/': 'application/rss+xml', '/café': 'text/plain', '/a%62': 'text/x-b', xml: 'text/xml' },
    });
    expect([...typesOfPaths]).toEqual([
      ['/rss/', 'application/rss+xml'],
      ['/caf%C3%A9', 'text/plain'],
      ['/ab', 'text/x-b'],
    ]);
    expect(types).toEqual({ ...defaultTypes, xml: 'text/xml' });
    expect(messagesOf({ types: { '/rss/': 'rss' } })).toEqual([
      'Expected `types./rss/` to be a Content-Type, got "rss" (string)',
    ]);
  });

  test('may not be anything but an object', () => {
    expect(messagesOf({ types: 'text/html' })).toEqual([
      'Expected `types` to be an object of extensions or paths, and types, got "text/html" (string)',
    ]);
    expect(messagesOf({ types: new Map() })).toHaveLength(1);
  });
});

describe('maxBodyBytes', () => {
  test.each([1, 1024, Number.MAX_SAFE_INTEGER])('may be %i', (maxBodyBytes) => {
    expect(resolve({ ...minimal, maxBodyBytes }).maxBodyBytes).toBe(maxBodyBytes);
  });

  test.each([
    [0, '0 (number)'],
    [-1, '-1 (number)'],
    [1.5, '1.5 (number)'],
    [Number.NaN, 'NaN (number)'],
    [Number.POSITIVE_INFINITY, 'Infinity (number)'],
    [2 ** 53, '9007199254740992 (number)'],
    ['1024', '"1024" (string)'],
    [1024n, '1024n (bigint)'],
    [true, 'true (boolean)'],
    [Symbol('a'), 'Symbol(a) (symbol)'],
  ])('may not be %s', (maxBodyBytes, got) => {
    expect(messagesOf({ maxBodyBytes })).toEqual([
      `Expected \`maxBodyBytes\` to be a positive whole number, got ${got}`,
    ]);
  });
});

describe('version', () => {
  test('is a string', () => {
    expect(resolve({ ...minimal, version: 'v1.2.3-4-gabcdef' }).version).toBe('v1.2.3-4-gabcdef');
    expect(messagesOf({ version: 3 })).toEqual(['Expected `version` to be a string, got 3 (number)']);
  });
});

describe('refresh', () => {
  test('is to delete or to regenerate', () => {
    expect(resolve(minimal).refresh).toBe('delete');
    for (const refresh of ['delete', 'regenerate'])
      expect(resolve({ ...minimal, refresh }).refresh).toBe(refresh);
    expect(messagesOf({ refresh: 'replace' })).toEqual([
      "Expected `refresh` to be 'delete' or 'regenerate', got \"replace\" (string)",
    ]);
    expect(messagesOf({ refresh: true })).toHaveLength(1);
  });
});

describe('logger', () => {
  test('may be any with the methods of pino, or false', () => {
    const logger = new RecordingLogger();
    expect(resolve({ ...minimal, logger }).logger).toBe(logger);
    const silent = resolve({ ...minimal, logger: false }).logger;
    expect(silent).toBe(silentLogger);
    expect(resolve(minimal).logger).toMatchObject({ level: 'info' });
  });

  test.each<[string, unknown]>([
    ['true', true],
    ['null', null],
    ['a function', () => undefined],
    ['one that lacks a method', { debug() {}, info() {}, warn() {} }],
    ['one with a method that is none', { debug() {}, info() {}, warn() {}, error: 'log' }],
  ])('may not be %s', (_, logger) => {
    const [message, ...others] = messagesOf({ logger });
    expect(others).toEqual([]);
    expect(message).toMatch(
      /^Expected `logger` to be false, or a logger with debug, info, warn and error, got ./,
    );
  });
});

describe('app', () => {
  test('is called each time it is asked for, and may answer at once', async () => {
    let calls = 0;
    const { app } = resolve({
      ...minimal,
      app: () => {
        calls += 1;
        return { calls };
      },
    });
    expect(calls).toBe(0);
    expect(await app?.()).toEqual({ calls: 1 });
    expect(await app?.()).toEqual({ calls: 2 });
  });

  test('rejects with what it throws', async () => {
    const error = new Error('no app');
    const { app } = resolve({
      ...minimal,
      app: () => {
        throw error;
      },
    });
    await expect(app?.()).rejects.toBe(error);
  });

  test('may not be the app itself, or its path', () => {
    expect(messagesOf({ app: './app.js' })).toEqual([
      'Expected `app` to be a function that imports the app, got "./app.js" (string)',
    ]);
    expect(messagesOf({ app: null })).toEqual([
      'Expected `app` to be a function that imports the app, got null (null)',
    ]);
  });
});

describe('the error', () => {
  test('tells every problem at once, in words and as data', () => {
    const error = errorOf({ url: [], excludeUrls: 5, hosts: ['a:80'], maxBodyBytes: -1, logger: true });
    expect(error.code).toBe('ERR_OPTIONS');
    const problems = error.fields.problems as readonly OptionProblem[];
    expect(problems.map(({ option }) => option)).toEqual([
      'url',
      'webRoot',
      'urls',
      'excludeUrls',
      'hosts[0]',
      'maxBodyBytes',
      'logger',
    ]);
    expect(error.message).toBe(
      ['The configuration cannot be used:', ...problems.map(({ message }) => message)].join('\n  '),
    );
    for (const { message } of problems.slice(1)) expect(message).toMatch(/^Expected `\S+` to be .+, got .+$/);
  });

  test('names an unknown option, and the one that was meant or all', () => {
    expect(messagesOf({ webroot: '/a' })).toEqual(['Unknown option `webroot`. Did you mean `webRoot`?']);
    const [message = '', ...others] = messagesOf({ zzz: '/a' });
    expect(others).toEqual([]);
    expect(message).toMatch(/^Unknown option `zzz`\. The options are webRoot, urls, excludeUrls, hosts, /);
    for (const option of Object.keys(resolve(minimal)).filter(
      (name) => !['rules', 'dimensions', 'typesOfPaths', 'bounds'].includes(name),
    ))
      expect(message).toContain(option);
  });

  test.each<[unknown, string]>([
    [undefined, 'nothing'],
    [null, 'null (null)'],
    ['/var/www', '"/var/www" (string)'],
    [[/a/], '[ /a/ ] (object)'],
    [/a/, '/a/ (object)'],
  ])('tells that %s is no set of options', (options, got) => {
    expect(problemsOf(options)[0]).toEqual({
      option: 'options',
      message: `Expected options to be an object, got ${got}`,
    });
  });

  test('cuts long values short', () => {
    const [message = ''] = messagesOf({ maxBodyBytes: 'x'.repeat(1000) });
    expect(message).toBe(
      `Expected \`maxBodyBytes\` to be a positive whole number, got "${'x'.repeat(79)} (string)`,
    );
  });

  test('shows values that cannot be written as JSON', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const value of [circular, { toJSON: () => undefined }, Object.create(null), () => undefined]) {
      expect(messagesOf({ maxBodyBytes: value })).toHaveLength(1);
    }
  });
});

test('defineConfig gives back what it was given', () => {
  expect(defineConfig(minimal)).toBe(minimal);
});

describe('bounds', () => {
  test('are none, or what is given', () => {
    expect(resolve(minimal).bounds).toBeUndefined();
    expect(resolve({ ...minimal, maxPages: 1 }).bounds).toEqual({
      maxPages: 1,
      maxBytes: undefined,
      minFreeBytes: undefined,
    });
  });

  test.each([
    ['maxPages', 0],
    ['maxPages', 1.5],
    ['maxPages', '100'],
    ['maxBytes', '10GB'],
    ['maxBytes', 4_095],
    ['minFreeBytes', -1],
    ['minFreeBytes', Number.POSITIVE_INFINITY],
  ])('%s: %j is refused, with what to write instead', (option, value) => {
    const expected =
      option === 'maxPages'
        ? /^Expected `maxPages` to be a whole number of pages, 1 or more, got /
        : /^Expected `m\w+Bytes` to be a whole number of bytes, 4096 or more, such as 10 \* 1024 \*\* 3 for 10 GiB, got /;
    expect(messagesOf({ [option]: value })).toEqual([expect.stringMatching(expected)]);
  });
});
