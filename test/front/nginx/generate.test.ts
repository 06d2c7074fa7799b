import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Options } from '../../../src/config.js';
import type { Front } from '../../../src/front/front.js';
import { generateNginx, type NginxOptions, printNginx } from '../../../src/front/nginx/generate.js';
import type { OwnOptions } from '../../../src/front/nginx/options.js';
import { bytesOf } from '../../cases/requests.js';
import { installedNginx, keepApart } from '../../helpers/servers/nginx.js';
import { described } from '../setup/description.js';
import { frontOfTest } from '../setup/nginx-front.js';
import { siteConfig } from '../setup/site-config.js';

const folder = new URL('../../../nginx/', import.meta.url);
const examples = [
  ['staticgenerator.conf', 'default'],
  ['http.conf', 'http'],
  ['server.conf', 'server'],
  ['nginx.conf.example', 'whole'],
] as const;

/**
 * To write these files again:
 * UPDATE_GOLDEN=1 npx vitest run --config test/vitest.config.ts test/front/nginx/generate.test.ts
 */
test.each(examples)('nginx/%s is what the default options give', (name, form) => {
  const generated = generateNginx(siteConfig(), { form });
  const file = new URL(name, folder);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, generated);
  expect(readFileSync(file, 'utf8')).toBe(generated);
});

const { nginx, brotliModule } = installedNginx();
const brotli: NginxOptions = brotliModule === null ? {} : { brotli: true, brotliModule };

const sites: readonly (readonly [string, Partial<Options>, NginxOptions])[] = [
  ['default options', {}, {}],
  ['several hosts', { hosts: ['a.example', 'b.example', 'default'] }, {}],
  ['one host', { hosts: ['a.example'] }, { serverNames: ['a.example:8443'] }],
  ['parameters to ignore', { ignoreQuery: ['utm_*', 'fbclid'] }, {}],
  ['no cookies that matter', { bypassCookies: [] }, {}],
  ['cookies of all characters', { bypassCookies: ["a!#$%&'*+.^`|~-", '*'] }, {}],
  ['declared headers', { headers: { 'X-A': 'a "b" \\ {c} ; #', 'Cache-Control': 'max-age=1' } }, {}],
  ['types of paths', { types: { '/rss/': 'application/rss+xml; charset=utf-8', '/café$(1)': 'a/b' } }, {}],
  [
    'types of many paths',
    { types: { '/tag/*/rss/': 'application/rss+xml; charset=utf-8', '/a b/*-*.data': 'a/b' } },
    {},
  ],
  ['types of its own', { types: { xml: 'application/rss+xml', txt: 'a/b!#&^.+-_' } }, {}],
  [
    'several addresses',
    {},
    { listen: ['8081', '127.0.0.1:8082'], upstreams: ['127.0.0.1:1', 'unix:/tmp/x.sock'] },
  ],
  ['proxies in front', {}, { trust: ['10.0.0.0/8', '2001:db8::/32', 'unix:'] }],
  ['proxies of the PROXY protocol', {}, { trust: ['10.0.0.0/8'], proxyProtocol: true }],
  ['a name of its own, and a log', {}, { name: 'shop', accessLog: '/dev/null' }],
  ['an odd folder', {}, { webRoot: `/srv/it's "odd"; #{1} \\t` }],
  ['brotli', {}, brotli],
  ['reports of hits', { countHits: true }, {}],
  ['reports of every hit, and a log', { countHits: { oneIn: 1 } }, { accessLog: '/dev/null' }],
  ['assets', { assets: { root: '/srv/a b/static' } }, { ...brotli, staticRoot: `/srv/it's "odd"/static` }],
  [
    'assets with all options',
    {
      assets: {
        root: '/srv/static',
        url: 'https://cdn.example/a/static/',
        ...{ index: true, symlinks: true, rootFiles: ['favicon.ico', 'a/b.txt'], allowOrigin: 'none' },
        ...{ immutable: /^a\/"{2}[^x]\.js$/im, headers: { 'X-A': 'a "b" ; {' }, types: { foo: 'a/b' } },
      },
    },
    {},
  ],
];

describe.each(sites)('with %s', (_, site, options) => {
  const unprivileged = { listen: ['8081'], ...options };
  const generate = (form: NginxOptions['form']) => {
    return generateNginx(siteConfig(site), { ...unprivileged, ...(form === undefined ? {} : { form }) });
  };
  const module = options.brotliModule === undefined ? '' : `load_module "${options.brotliModule}";`;

  test('nginx accepts the whole', () => {
    expect(complaintsOf({ 'nginx.conf': generate('whole') })).toBe('');
  });

  test('nginx accepts what is for conf.d', () => {
    const config = `${module} pid nginx.pid; events {} http { include conf.d; }`;
    expect(complaintsOf({ 'nginx.conf': keepApart(config), 'conf.d': generate('default') })).toBe('');
  });

  test('nginx accepts the pair', () => {
    const server = 'server { listen 8081; include server.conf; }';
    const config = `${module} pid nginx.pid; events {} http { include http.conf; ${server} }`;
    const files = {
      'nginx.conf': keepApart(config),
      'http.conf': generate('http'),
      'server.conf': generate('server'),
    };
    expect(complaintsOf(files)).toBe('');
  });
});

describe('what is decided otherwise is printed otherwise', () => {
  const options: OwnOptions = {
    ...{ form: 'whole', name: 'staticgenerator', defaultServer: true, nginxVersion: undefined },
    ...{ brotli: false, brotliModule: undefined, openFiles: undefined },
  };
  const front = described();
  const { gate, layout, answers, app, limits } = front;
  const someShape = { end: undefined, usual: undefined, suffixes: ['_b', '.c'] };

  test.each<[string, Partial<Front>, string]>([
    ['listen', { listen: ['8080'] }, 'listen 8080 default_server;'],
    ['methods', { gate: { ...gate, methods: ['QUERY'] } }, '"QUERY|" $request_uri;'],
    [
      'bypass headers',
      { gate: { ...gate, bypassHeaders: ['x-a-b'] } },
      '$http_x_a_b" $staticgenerator_target {',
    ],
    ['Accept', { gate: { ...gate, accept: 'a/b' } }, '"~\\A(?:a/b)\\z" "";'],
    ['the scheme', { gate: { ...gate, scheme: 'https' } }, 'map $scheme $staticgenerator_other_scheme {'],
    ['rules', { gate: { ...gate, rules: ['(?:a)', 'b'] } }, '(?!.*?(?:(?:a)|b))" "";'],
    ['vouchers', { gate: { ...gate, vouchers: { known: 'A', unknown: 'B' } } }, 'default B;'],
    ['the root', { layout: { ...layout, root: '/a b' } }, 'root "/a b";'],
    ['paths', { layout: { ...layout, path: '/a' } }, `"~\\A/a\\z" $uri;`],
    [
      'files',
      { layout: { ...layout, shapes: [{ ...someShape, shape: 'extension', end: '/a' }] } },
      `"~/a\\z" "\${uri}_b";`,
    ],
    [
      'other files',
      { layout: { ...layout, shapes: [{ ...someShape, shape: 'extensionless' }] } },
      `"~_b\\z" $uri.c;`,
    ],
    [
      'usual paths',
      { layout: { ...layout, shapes: [{ ...someShape, shape: 'directory', usual: '/a*+' }] } },
      `"~\\A/a*+\\z" "\${uri}_b";`,
    ],
    ['headers', { answers: { ...answers, headers: [['X-A', '1']] } }, 'add_header X-A 1;'],
    ['withheld headers', { answers: { ...answers, withheld: ['X-A'] } }, 'add_header X-A "";'],
    ['dates', { answers: { ...answers, ifModifiedSince: 'exact' } }, 'if_modified_since exact;'],
    ['ranges', { answers: { ...answers, rangeParts: 3 } }, 'max_ranges 3;'],
    ['Vary', { answers: { ...answers, vary: 'with-codings' } }, 'gzip_vary on;'],
    ['types', { answers: { ...answers, types: { a: 'b/c', d: 'b/c' } } }, 'b/c a d;'],
    ['upgrades', { app: { ...app, upgrades: ['other'] } }, 'other upgrade;'],
    [
      'overwritten headers',
      { app: { ...app, overwritten: [['X-A', 'scheme']] } },
      'proxy_set_header X-A $scheme;',
    ],
    ['kept headers', { app: { ...app, keptHeaders: ['X-A'] } }, 'proxy_pass_header X-A;'],
    [
      'instructions',
      { app: { ...app, instructions: ['redirect'] } },
      'proxy_ignore_headers X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;',
    ],
    [
      'open files',
      { limits: { ...limits, openFilesOfWhole: 7, openFileIdleSeconds: 8 } },
      'open_file_cache max=7 inactive=8s;',
    ],
    ['trust', { limits: { ...limits, openFileTrustedSeconds: 9 } }, 'open_file_cache_valid 9;'],
    ['connections', { limits: { ...limits, appConnections: 6 } }, 'keepalive 6;'],
    ['idle time', { limits: { ...limits, appIdleSeconds: 3 } }, 'keepalive_timeout 3s;'],
    ['usual heads', { limits: { ...limits, usualHeadBytes: 8_192 } }, 'client_header_buffer_size 8k;'],
    [
      'heads of requests',
      { limits: { ...limits, requestHeadBytes: 5_000 } },
      'large_client_header_buffers 2 5000;',
    ],
    ['heads of answers', { limits: { ...limits, answerHeadBytes: 16_384 } }, 'proxy_buffer_size 16k;'],
    ['bodies', { limits: { ...limits, requestBodyBytes: 2_048 } }, 'client_max_body_size 2k;'],
    ['pauses', { limits: { ...limits, requestPauseSeconds: 7 } }, 'client_body_timeout 7s;'],
    ['patience', { limits: { ...limits, idleSeconds: 7 } }, 'proxy_read_timeout 7s;'],
    ['connecting', { limits: { ...limits, connectSeconds: 7 } }, 'proxy_connect_timeout 7s;'],
    [
      'a rest for upstreams',
      {
        app: { ...app, upstreams: ['a:1', 'b:1'] },
        limits: { ...limits, upstreamFailures: 7, upstreamRestSeconds: 8 },
      },
      'server a:1 max_fails=7 fail_timeout=8s;',
    ],
    [
      'attempts',
      { app: { ...app, upstreams: ['a:1', 'b:1'] }, limits: { ...limits, upstreamAttempts: 7 } },
      'proxy_next_upstream_tries 7;',
    ],
    ['reports', { hits: { port: 7, oneIn: 8 } }, '12.5% 1;'],
    ['reports of all', { hits: { port: 7, oneIn: 1 } }, 'access_log syslog:server=127.0.0.1:7,'],
    ['workers', { limits: { ...limits, workerConnections: 5 } }, 'worker_connections 5;'],
    ['descriptors', { limits: { ...limits, workerDescriptors: 4 } }, 'worker_rlimit_nofile 4;'],
  ])('%s', (_, decided, line) => {
    const print = (changed: Partial<Front>) => printNginx({ ...front, ...changed }, options);
    expect(print({})).not.toContain(line);
    expect(print(decided)).toContain(line);
  });
});

test('a folder with an odd name is served from', async () => {
  const odd = mkdtempSync(join(tmpdir(), `it's "odd"; #{1} \\t`));
  onTestFinished(() => rmSync(odd, { recursive: true }));
  chmodSync(odd, 0o755);
  const front = await frontOfTest({ nginx: { webRoot: odd } });
  writeFileSync(join(odd, 'blog.page.html'), 'page');
  expect((await front.ask(bytesOf({}))).response.body.toString()).toBe('page');
});

test('the whole keeps what it writes to the folder given with -p', () => {
  const prefix = folderWith({
    'nginx.conf': generateNginx(siteConfig(), { form: 'whole', listen: ['8081'] }),
  });
  expect(testNginx(prefix).status).toBe(0);
  expect(existsSync(join(prefix, 'client_body_temp'))).toBe(true);
});

test.each(['default', 'whole', 'http', 'server'] as const)(
  'what the %s form defines has names of its own',
  (form) => {
    const text = generateNginx(siteConfig({ hosts: ['a.example', 'b.example'] }), { form });
    const defined = [...text.matchAll(/^ *(?:map .* (\$\w+)|upstream (\w+)|location @(\w+)) \{$/gm)];
    expect(defined.length).toBeGreaterThan(0);
    for (const [, ...names] of defined) expect(names.join('')).toMatch(/^\$?staticgenerator_\w+$/);
  },
);

test('the pattern of a canonical path stands in it once', () => {
  const text = generateNginx(siteConfig({ ignoreQuery: ['utm_*'] }), { form: 'whole' });
  const lines = text.split('\n').filter((line) => line.includes('%F4%8[0-9A-F]'));
  expect(lines).toHaveLength(1);
});

test('nothing but the constructs that are safe with any request', () => {
  const text = generateNginx(siteConfig(), { form: 'whole' }).replace(/^ *#.*$/gm, '');
  expect(text).not.toMatch(/\b(?:alias|rewrite|set|internal|sub_filter)\b|\$\d/);
  expect(text.match(/\bif \(.*\) \{\n\s*return 404;\n\s*\}/g)).toHaveLength(1);
  expect(text.match(/\bif\b/g)).toHaveLength(1);
  expect(text).toMatch(/proxy_pass http:\/\/staticgenerator_app;/);
});

/** Returns what `nginx -t` reports about a configuration, including warnings. Empty if there are no complaints. */
function complaintsOf(files: Readonly<Record<string, string>>): string {
  const { stderr } = testNginx(folderWith(files));
  const lines = stderr.split('\n').filter((line) => !/syntax is ok|test is successful|^$/.test(line));
  return lines.join('\n');
}

function folderWith(files: Readonly<Record<string, string>>): string {
  const prefix = mkdtempSync(join(tmpdir(), 'nginx-test-'));
  onTestFinished(() => rmSync(prefix, { recursive: true }));
  mkdirSync(join(prefix, 'logs'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(prefix, name), text);
  return prefix;
}

function testNginx(prefix: string) {
  return spawnSync(nginx, ['-t', '-p', prefix, '-c', join(prefix, 'nginx.conf'), '-e', 'stderr'], {
    encoding: 'utf8',
  });
}

test.each<[string, NginxOptions, string, string | undefined]>([
  ['a file of conf.d keeps few files open', {}, '200', undefined],
  ['a whole nginx.conf more', { form: 'whole' }, '4000', '10000'],
  ['as many as are asked for', { openFiles: 5_000 }, '5000', undefined],
  ['in a whole nginx.conf with descriptors for them', { form: 'whole', openFiles: 50_000 }, '50000', '56000'],
])('%s', (_, options, files, descriptors) => {
  const text = generateNginx(siteConfig(), options);
  expect(/open_file_cache max=(\d+) /.exec(text)?.[1]).toBe(files);
  expect(/worker_rlimit_nofile (\d+);/.exec(text)?.[1]).toBe(descriptors);
});
