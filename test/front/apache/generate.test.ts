import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { redis } from '../../../src/cluster/redis/index.js';
import type { Options } from '../../../src/config.js';
import { directive, printStatements, rewriting } from '../../../src/front/apache/directives.js';
import { type ApacheOptions, generateApache } from '../../../src/front/apache/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { apacheModules, installed } from '../../helpers/servers/web-server.js';
import { HIT } from '../setup/nginx-front.js';
import { serverFrontOfTest } from '../setup/server-front.js';
import { siteConfig } from '../setup/site-config.js';

const isMissing = installed('apache2') === undefined;

test('a site of several hosts is refused, for Apache would serve its pages whoever has died', () => {
  expect(() => generateApache(siteConfig({ cluster: redis() }))).toThrow(/`cluster`.*nginx/);
});

test('a site that counts hits is told that Apache reports none', () => {
  const said = /^\s*# This server reports no hits, .*Only nginx reports hits\.$/m;
  expect(generateApache(siteConfig({ countHits: true }))).toMatch(said);
  expect(generateApache(siteConfig())).not.toMatch(said);
});

const sites: readonly (readonly [string, Partial<Options>, ApacheOptions])[] = [
  ['default options', {}, {}],
  ['several hosts', { hosts: ['a.example', 'b.example', 'default'] }, {}],
  ['one host with a port', { hosts: ['a.example'] }, { serverNames: ['a.example:8443'] }],
  ['hits that are counted', { countHits: true }, {}],
  ['parameters to ignore', { ignoreQuery: ['utm_*', 'fbclid'] }, {}],
  ['no cookies that matter', { bypassCookies: [] }, {}],
  ['cookies of all characters', { bypassCookies: ["a!#$%&'*+.^`|~-", '*'] }, {}],
  ['declared headers', { headers: { 'X-A': 'a "b" \\ {c} ; # % %{x}e', 'Cache-Control': 'max-age=1' } }, {}],
  [
    'types of many paths',
    { types: { '/tag/*/rss/': 'application/rss+xml; charset=utf-8', '/tag/one/rss/': 'a/b', '/*': 'c/d' } },
    {},
  ],
  ['types of paths', { types: { '/rss/': 'application/rss+xml; charset=utf-8', '/café$(1)': 'a/b' } }, {}],
  ['pages for nobody', { urls: [{ match: /^\/posts\/[\w-]+$/, as: 'nobody' }] }, {}],
  ['several addresses', {}, { listen: ['8081', '127.0.0.1:8082', '[::1]:8083'] }],
  ['several upstreams', {}, { upstreams: ['127.0.0.1:1', 'unix:/tmp/x.sock', '[::1]:3'] }],
  ['proxies in front', {}, { trust: ['10.0.0.0/8', '2001:db8::/32', '127.0.0.1'] }],
  ['a log', {}, { accessLog: '/dev/null' }],
  ['no log', {}, { accessLog: 'off' }],
  ['an odd folder', {}, { webRoot: `/srv/it's % %1 %{x} #{1} t` }],
  ['assets', { assets: { root: '/srv/a b/static' } }, {}],
];

describe.skipIf(isMissing).each(sites)('with %s, Apache accepts', (_, site, options) => {
  test.each(['whole', 'default'] as const)('the %s form', (form) => {
    const given = { listen: ['8081'], modules: apacheModules(), ...options };
    const text = generateApache(siteConfig(site), { ...given, form });
    expect(complaintsOf(form === 'whole' ? text : `${around(options)}\n${text}`)).toBe('');
  });
});

test('the processes that Apache starts with have no more idle threads than it keeps', () => {
  const text = generateApache(siteConfig(), {
    listen: ['8081'],
    form: 'whole',
    modules: '/usr/lib/apache2/modules',
  });
  const numberOf = (directive: string) => Number(new RegExp(`^${directive} (\\d+)$`, 'm').exec(text)?.[1]);
  // The default of MaxSpareThreads is 250.
  expect(text).not.toContain('MaxSpareThreads');
  expect(numberOf('StartServers') * numberOf('ThreadsPerChild')).toBeLessThanOrEqual(250);
});

/** Returns what includes a file of sites-available: the modules that the file needs, and others. */
function around({ trust, upstreams = [] }: ApacheOptions): string {
  const modules = [
    ...['authz_core', 'headers', 'mime', 'mpm_event', 'proxy', 'proxy_http', 'reqtimeout', 'rewrite'],
    ...(trust === undefined ? [] : ['remoteip']),
    ...(upstreams.length > 1 ? ['slotmem_shm', 'proxy_balancer', 'lbmethod_byrequests'] : []),
  ];
  const loaded = modules.map((name) => `LoadModule ${name}_module ${apacheModules()}/mod_${name}.so`);
  return `${loaded.join('\n')}\nTypesConfig /dev/null\nDefaultRuntimeDir .\nErrorLog /dev/null\nServerName x\nListen 8081`;
}

function complaintsOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'apache-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'apache.conf'), text);
  const words = ['-t', '-d', folder, '-f', join(folder, 'apache.conf')];
  const { status, stderr } = spawnSync(installed('apache2') ?? '', words, { encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}

test.skipIf(isMissing)('a folder of any name that Apache can hold has pages', async () => {
  const front = await serverFrontOfTest('apache2');
  for (const name of [`it's`, 'a b', '%{HTTP_HOST}', '%1', '#x', "(?')", 'say "x"', 'a\\b', '-f']) {
    const webRoot = join(front.webRoot, name);
    front.place(`${name}/blog.page.html`, name);
    front.place(`${name}/api.page.json`, name);
    const other = await serverFrontOfTest('apache2', { options: { webRoot } }).catch(
      (error: unknown) => error,
    );
    if (other instanceof Error) {
      expect([name, String(other)]).toEqual([name, expect.stringMatching(/web-root/)]);
      continue;
    }
    for (const target of ['/blog', '/api']) {
      const { response } = await (other as typeof front).ask(bytesOf({ target }));
      expect([name, response.headers['cache-status'], response.body.toString()]).toEqual([name, HIT, name]);
    }
  }
});

describe('what Apache cannot do is refused, with what to do instead:', () => {
  test.each<[string, ApacheOptions, RegExp]>([
    ['a socket to listen at', { listen: ['unix:/run/a.sock'] }, /--listen.*127\.0\.0\.1/],
    ['visitors through a socket', { trust: ['unix:'] }, /--trust.*socket/],
    ['the PROXY protocol', { trust: ['10.0.0.0/8'], proxyProtocol: true }, /X-Forwarded-For, or use nginx/],
    ['HTTP/3', { tlsCertificate: '/a', tlsKey: '/b', http3: true }, /--http3.*use nginx/],
    ['a limit of bodies', { maxBodyBytes: 1 }, /--max-body-size.*express\.json/],
    ['a folder with a question mark', { webRoot: '/srv/a?' }, /--web-root/],
    ['modules of nowhere', { modules: 'modules' }, /--modules.*absolute path/],
    ['what is wrong for every server', { upstreams: ['x'] }, /--upstream/],
  ])('%s', (_, options, message) => {
    expect(() => generateApache(siteConfig(), options)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTIONS', message: expect.stringMatching(message) }),
    );
  });

  test('text that no configuration can hold', () => {
    expect(() => printStatements([directive('x', ['$', '{PATH}'].join(''))])).toThrow(/begins a variable/);
    expect(() => printStatements([directive('x', 'a\nb')])).toThrow(/control character/);
    expect(() => printStatements([directive('x', rewriting(`'"`))])).toThrow(/both kinds of quotes/);
  });
});
