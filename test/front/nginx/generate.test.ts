import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Options } from '../../../src/config.js';
import { generateNginx, type NginxOptions } from '../../../src/front/nginx/generate.js';
import { bytesOf } from '../../cases/requests.js';
import { installedNginx, keepApart } from '../../helpers/nginx.js';
import { frontOfTest, siteConfig } from './front.js';

const folder = new URL('../../../nginx/', import.meta.url);
const examples = [
  ['staticgenerator.conf', 'default'],
  ['http.conf', 'http'],
  ['server.conf', 'server'],
  ['nginx.conf.example', 'whole'],
] as const;

/** To write them anew: UPDATE_GOLDEN=1 npx vitest run --config test/vitest.config.ts test/front/nginx/generate.test.ts */
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
  ['types of its own', { types: { xml: 'application/rss+xml', txt: 'a/b!#&^.+-_' } }, {}],
  [
    'several addresses',
    {},
    { listen: ['8081', '127.0.0.1:8082'], upstreams: ['127.0.0.1:1', 'unix:/tmp/x.sock'] },
  ],
  ['an odd folder', {}, { webRoot: `/srv/it's "odd"; #{1} \\t` }],
  ['brotli', {}, brotli],
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

test('nothing but the constructs that are safe with any request', () => {
  const text = generateNginx(siteConfig(), { form: 'whole' }).replace(/^ *#.*$/gm, '');
  expect(text).not.toMatch(/\b(?:alias|rewrite|set|internal|sub_filter)\b|\$\d/);
  expect(text.match(/\bif \(.*\) \{\n\s*return 404;\n\s*\}/g)).toHaveLength(1);
  expect(text.match(/\bif\b/g)).toHaveLength(1);
  expect(text).toMatch(/proxy_pass http:\/\/staticgenerator_app;/);
});

/** What `nginx -t` says of a configuration, warnings included; nothing is the best. */
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
