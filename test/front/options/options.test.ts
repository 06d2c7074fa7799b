import { maxHeaderSize } from 'node:http';
import { describe, expect, test } from 'vitest';
import { StaticGeneratorError } from '../../../src/errors.js';
import { type FrontOptions, resolveFrontOptions } from '../../../src/front/options/options.js';

const site = { webRoot: '/var/www/pages', hosts: [] };
const resolve = (options: FrontOptions, hosts: readonly string[] = []) =>
  resolveFrontOptions({ ...site, hosts }, options, { name: 'nginx', problems: [] });

const tls = { tlsCertificate: '/tls/cert', tlsKey: '/tls/key' };

/** Returns the messages of the one error that lists all problems. */
function problemsOf(options: FrontOptions, hosts: readonly string[] = []): readonly string[] {
  try {
    resolve(options, hosts);
  } catch (error) {
    if (!(error instanceof StaticGeneratorError)) throw error;
    expect(error.code).toBe('ERR_OPTIONS');
    return error.message.split('\n  ').slice(1);
  }
  return [];
}

test('the defaults are those of a site on this machine', () => {
  expect(resolve({})).toEqual({
    listen: ['80'],
    upstreams: ['127.0.0.1:3000'],
    tls: undefined,
    accessLog: undefined,
    hosts: [{ name: 'localhost', hostHeaders: ['localhost'] }],
    webRoot: '/var/www/pages',
    staticRoot: undefined,
    maxHeaderBytes: maxHeaderSize,
    maxBodyBytes: undefined,
    trust: [],
    proxyProtocol: false,
  });
});

test("the names are the site's hosts where nothing else is said", () => {
  expect(resolve({}, ['a.example', 'b.example']).hosts.map(({ name }) => name)).toEqual([
    'a.example',
    'b.example',
  ]);
});

describe('an option is refused', () => {
  const addresses = [
    '',
    'x',
    '0',
    '65536',
    '80 ssl',
    '1.2.3.4',
    'a:b:80',
    '80;',
    '$x:80',
    'unix:relative',
    'unix:/a;b',
  ];

  test.each(addresses)('--listen %j', (address) => {
    expect(problemsOf({ listen: [address] })).toEqual([
      `Expected \`--listen\` to be a port, address:port or unix:/path, got ${JSON.stringify(address)}`,
    ]);
  });

  test.each([...addresses, '80', '*:80'])('--upstream %j', (address) => {
    expect(problemsOf({ upstreams: [address] })).toEqual([
      `Expected \`--upstream\` to be host:port or unix:/path, got ${JSON.stringify(address)}`,
    ]);
  });

  test.each([
    '',
    'a b',
    '*.example',
    '.example',
    '~^a',
    'a..b',
    'a.example/',
    'a:b',
    'a:0',
    'a:70000',
    'a;b',
    '-a',
  ])('--server-name %j', (name) => {
    expect(problemsOf({ serverNames: [name] })).toEqual([
      `Expected \`--server-name\` to be a host name, with or without a port, got ${JSON.stringify(name)}`,
    ]);
  });

  test('--server-name that is none of the hosts', () => {
    const options = { serverNames: ['a.example:8443', 'c.example'] };
    expect(problemsOf(options, ['a.example', 'b.example'])).toEqual([
      'Expected `--server-name` to be one of `hosts` (a.example, b.example), with or without a port, got "c.example"',
    ]);
  });

  test.each(['', 'relative', '/a$b', '/a\nb', '/a\0'])('--web-root %j', (webRoot) => {
    expect(problemsOf({ webRoot })).toEqual([
      `Expected \`--web-root\` to be an absolute path without \`$\` and control characters, got ${JSON.stringify(webRoot)}`,
    ]);
  });

  test.each([0, 1_023, 2 ** 24 + 1, 2_000.5, Number.NaN])('--max-http-header-size %d', (maxHeaderBytes) => {
    expect(problemsOf({ maxHeaderBytes })).toEqual([
      `Expected \`--max-http-header-size\` to be a whole number of bytes from 1024 to 16777216, got ${maxHeaderBytes}`,
    ]);
  });

  test.each([0, -1, 2 ** 41, 1.5])('--max-body-size %d', (maxBodyBytes) => {
    expect(problemsOf({ maxBodyBytes })).toEqual([
      `Expected \`--max-body-size\` to be a whole number of bytes from 1 to 1099511627776, got ${maxBodyBytes}`,
    ]);
  });

  test.each([
    '',
    'x',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '::/0',
    '10.0.0/8',
    '::1/129',
    '10.0.0.0/8/8',
    'unix:/a',
    'fe80::1%eth0',
    '*',
  ])('--trust %j', (address) => {
    expect(problemsOf({ trust: [address] })).toEqual([
      `Expected \`--trust\` to be an address, a network such as 10.0.0.0/8, or unix:, got ${JSON.stringify(address)}`,
    ]);
  });

  test('--proxy-protocol from anybody', () => {
    expect(problemsOf({ proxyProtocol: true })).toEqual([
      'Expected `--trust` to be the addresses of the proxies that speak the PROXY protocol, got nothing',
    ]);
  });

  test.each<[FrontOptions, string]>([
    [
      { tlsCertificate: '/a' },
      '`--tls-key` to be an absolute path without `$` and control characters, got nothing',
    ],
    [{ tlsKey: '/a' }, '`--tls-cert` to be an absolute path without `$` and control characters, got nothing'],
    [
      { tlsCertificate: 'a', tlsKey: '/a' },
      '`--tls-cert` to be an absolute path without `$` and control characters, got "a"',
    ],
    [
      { tlsCertificate: '/a', tlsKey: '/a$' },
      '`--tls-key` to be an absolute path without `$` and control characters, got "/a$"',
    ],
    [{ ...tls, redirectFrom: ['x'] }, '`--redirect-from` to be a port, address:port or unix:/path, got "x"'],
    [{ redirectFrom: ['80'] }, '`--redirect-from` to be given with --tls-cert, got it without'],
    [{ http3: true }, '`--http3` to be given with --tls-cert, got it without'],
    [
      { accessLog: 'a' },
      '`--access-log` to be an absolute path without `$` and control characters, or off, got "a"',
    ],
  ])('%j', (options, problem) => {
    expect(problemsOf(options)).toEqual([`Expected ${problem}`]);
  });

  test('with all others that are wrong, in one error', () => {
    expect(
      problemsOf({ listen: [], upstreams: ['x', 'y'], serverNames: ['a b'], webRoot: 'x' }),
    ).toHaveLength(5);
  });
});

test.each([
  '80',
  '[::]:80',
  '*:80',
  '127.0.0.1:8080',
  'localhost:8080',
  '[2001:db8::1]:443',
  'unix:/run/nginx.sock',
])('--listen %s is accepted', (listen) => {
  expect(problemsOf({ listen: [listen] })).toEqual([]);
});

test.each(['127.0.0.1:3000', 'app:3000', 'my_app.internal:80', '[::1]:3000', 'unix:/run/app.sock'])(
  '--upstream %s is accepted',
  (upstream) => {
    expect(problemsOf({ upstreams: [upstream] })).toEqual([]);
  },
);

test.each(['10.0.0.0/8', '127.0.0.1', '2001:db8::/32', '::1', '192.0.2.0/32', 'unix:'])(
  '--trust %s is accepted',
  (address) => {
    expect(problemsOf({ trust: [address] })).toEqual([]);
  },
);

test('with a certificate, https is spoken on 443 and http sent there from 80', () => {
  expect(resolve(tls)).toMatchObject({
    listen: ['443'],
    tls: { certificate: '/tls/cert', key: '/tls/key', http2: true, http3: false, redirectFrom: ['80'] },
  });
});
