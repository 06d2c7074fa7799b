import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Options } from '../../../src/config.js';
import { directive, printStatements, raw } from '../../../src/front/caddy/directives.js';
import { type CaddyOptions, generateCaddy } from '../../../src/front/caddy/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { freePort } from '../../helpers/servers/ports.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { installed, startServer } from '../../helpers/servers/web-server.js';
import { HIT } from '../setup/nginx-front.js';
import { serverFrontOfTest } from '../setup/server-front.js';
import { siteConfig } from '../setup/site-config.js';

const isMissing = installed('caddy') === undefined;

test('a site that counts hits is told that Caddy reports none', () => {
  const said = /^\s*# This server reports no hits, .*Only nginx reports hits\.$/m;
  expect(generateCaddy(siteConfig({ countHits: true }))).toMatch(said);
  expect(generateCaddy(siteConfig())).not.toMatch(said);
});

const sites: readonly (readonly [string, Partial<Options>, CaddyOptions])[] = [
  ['default options', {}, {}],
  ['several hosts', { hosts: ['a.example', 'b.example', 'default'] }, {}],
  ['one host with a port', { hosts: ['a.example'] }, { serverNames: ['a.example:8443'] }],
  ['hits that are counted', { countHits: true }, {}],
  ['parameters to ignore', { ignoreQuery: ['utm_*', 'fbclid'] }, {}],
  ['no cookies that matter', { bypassCookies: [] }, {}],
  ['names of many stars', { bypassCookies: ['*a*b*c', 'x*.*y'], ignoreQuery: ['a*b*c', '*x*'] }, {}],
  ['cookies of all characters', { bypassCookies: ["a!#$%&'*+.^`|~-", '*'] }, {}],
  [
    'declared headers',
    { headers: { 'X-A': 'a "b" \\ {c} {path} ; # % `', 'Cache-Control': 'max-age=1' } },
    {},
  ],
  ['types of paths', { types: { '/rss/': 'application/rss+xml; charset=utf-8', '/café$(1)': 'a/b' } }, {}],
  ['pages for nobody', { urls: [{ match: /^\/posts\/[\w{}-]{1,9}$/i, as: 'nobody' }] }, {}],
  ['several addresses', {}, { listen: ['8081', '8082'] }],
  ['addresses of their own', {}, { listen: ['127.0.0.1:8082', '[::1]:8082'] }],
  ['a socket', {}, { listen: ['unix:/tmp/staticgenerator-caddy.sock'] }],
  ['several upstreams', {}, { upstreams: ['127.0.0.1:1', 'unix:/tmp/x.sock', '[::1]:3'] }],
  ['a log', {}, { accessLog: '/tmp/staticgenerator-caddy.log' }],
  ['an odd folder', {}, { webRoot: `/srv/it's "odd" % #1 t` }],
  ['a limit of bodies', {}, { maxBodyBytes: 10_000 }],
  ['assets', { assets: { root: '/srv/a b/static' } }, {}],
];

describe.skipIf(isMissing).each(sites)('with %s, Caddy accepts', (_, site, options) => {
  test.each(['whole', 'default'] as const)('the %s form, and finds it well formatted', (form) => {
    const text = generateCaddy(siteConfig(site), { listen: ['8081'], ...options, form });
    expect(complaintsOf(text)).toBe('');
  });
});

function complaintsOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'caddy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'Caddyfile');
  writeFileSync(file, text);
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder };
  const words = ['adapt', '--config', file, '--adapter', 'caddyfile', '--validate'];
  const { status, stderr } = spawnSync(installed('caddy') ?? '', words, { encoding: 'utf8', env });
  const complaints = stderr.split('\n').filter((line) => /"level":"(?:warn|error)"|not formatted/.test(line));
  return [...complaints.filter((line) => !/automatic HTTPS/.test(line)), status === 0 ? '' : stderr].join(
    '\n',
  );
}

test.skipIf(isMissing)('the blocks of several sites share a Caddyfile', async () => {
  const front = await serverFrontOfTest('caddy');
  front.place('blog.page.html', 'page');
  const ports = [await freePort(), await freePort()];
  const blocks = ports.map((port) =>
    generateCaddy(siteConfig({ webRoot: front.webRoot }), {
      ...{ listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${front.app.port}`] },
    }),
  );
  const server = await startServer('caddy', `{\n\tadmin off\n}\n${blocks.join('\n')}`);
  onTestFinished(() => server.stop());
  for (const port of ports) expect((await rawRequest(port, bytesOf({}))).headers['cache-status']).toBe(HIT);
});

test.skipIf(isMissing)('Caddy may listen at a Unix socket', async () => {
  const front = await serverFrontOfTest('caddy', {
    compose: (config, addresses) =>
      generateCaddy(config, { ...addresses, form: 'whole', listen: [`unix:${config.webRoot}.sock`] }),
  });
  onTestFinished(() => rmSync(`${front.webRoot}.sock`, { force: true }));
  front.place('blog.page.html', 'page');
  const words = ['-s', '-i', '--unix-socket', `${front.webRoot}.sock`, 'http://localhost/blog'];
  expect(spawnSync('curl', words, { encoding: 'utf8' }).stdout).toContain(HIT);
});

describe('what Caddy cannot do is refused, with what to do instead:', () => {
  test.each<[string, CaddyOptions, RegExp]>([
    [
      'ports that differ by address',
      { listen: ['127.0.0.1:1', '[::1]:2'] },
      /--listen.*every address with every port/,
    ],
    ['proxies in front', { trust: ['10.0.0.0/8'] }, /--trust.*use nginx or Apache/],
    ['the PROXY protocol', { trust: ['10.0.0.0/8'], proxyProtocol: true }, /--proxy-protocol.*use nginx/],
    ['HTTP/3 of one site', { tlsCertificate: '/a', tlsKey: '/b', http3: true }, /--whole/],
    ['a folder with a star', { webRoot: '/srv/a*' }, /--web-root/],
    ['what is wrong for every server', { upstreams: ['x'] }, /--upstream/],
  ])('%s', (_, options, message) => {
    expect(() => generateCaddy(siteConfig(), options)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTIONS', message: expect.stringMatching(message) }),
    );
  });

  test('text that no Caddyfile can hold', () => {
    expect(() => printStatements([directive('x', raw(['{', '$PATH}'].join('')))])).toThrow(
      /begins a variable/,
    );
    expect(() => printStatements([directive('x', 'a\rb')])).toThrow(/control character/);
    expect(() => printStatements([directive('x', '` \\')])).toThrow(/backquote/);
  });
});
