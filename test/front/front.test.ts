import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Options } from '../../src/config.js';
import type { FrontOptions } from '../../src/front/options/options.js';
import { described } from './setup/description.js';

const cases: readonly (readonly [string, Partial<Options>, FrontOptions])[] = [
  ['default options', {}, {}],
  ['several hosts', { hosts: ['a.example', 'b.example', 'default'] }, {}],
  ['names with ports', {}, { serverNames: ['a.example:8443', 'b.example'], listen: ['8080'] }],
  ['parameters to ignore', { ignoreQuery: ['utm_*', 'fbclid'] }, {}],
  ['no cookies that matter', { bypassCookies: [] }, {}],
  ['cookies of all characters', { bypassCookies: ["a!#$%&'*+.^`|~-", '*', 'x$1'] }, {}],
  ['declared headers', { headers: { 'X-A': 'a "b" \\ {c} ; #', 'Cache-Control': 'max-age=1' } }, {}],
  ['types of its own', { types: { xml: 'application/rss+xml' } }, {}],
  ['odd folders', { assets: { root: '/srv/static' } }, { webRoot: '/a "b"', staticRoot: '/c {d}' }],
  [
    'assets with all options',
    {
      assets: {
        root: '/srv/static',
        url: 'https://cdn.example/a/static/',
        ...{ index: true, symlinks: true, rootFiles: ['favicon.ico', 'a/b.txt'], allowOrigin: 'all' },
        ...{ immutable: /^a\/"{2}[^x]\.js$/im, headers: { 'X-A': 'a "b" ; {' }, types: { foo: 'a/b' } },
      },
    },
    {},
  ],
  ['assets of the app', { assets: { root: '/srv/static', url: '/' } }, {}],
];

describe.each(cases)('with %s, what is decided', (_, site, options) => {
  const front = described(site, options);

  test('is plain data', () => {
    expect(JSON.parse(JSON.stringify(front))).toEqual(front);
  });

  test('has no variable or directive of a server in it', () => {
    for (const text of stringsIn(front)) {
      expect(text).not.toMatch(/\$(?:[a-z_]|\{)|%\{/i);
      expect(text).not.toMatch(/\b(?:add_header|gzip_static|location|proxy_pass|try_files|RewriteRule)\b/);
    }
  });
});

test('the options say where the server listens, and where the app and the pages are', () => {
  const options = { listen: ['8080'], upstreams: ['app:3000', 'unix:/run/app'], webRoot: '/srv/pages' };
  expect(described({}, options)).toMatchObject({
    listen: ['8080'],
    app: { upstreams: ['app:3000', 'unix:/run/app'] },
    layout: { root: '/srv/pages' },
    gate: { hosts: [{ name: 'localhost', hostHeaders: ['localhost', 'localhost:8080'] }] },
  });
});

test('an open file is looked at again with every request', () => {
  expect(described().limits.openFileTrustedSeconds).toBe(0);
});

test('connections to the app are closed before Node closes them', () => {
  const NODE_KEEPS_SECONDS = 5;
  expect(described().limits.appIdleSeconds).toBeLessThan(NODE_KEEPS_SECONDS);
});

test('the sources that decide know no server', () => {
  const folder = new URL('../../src/front/', import.meta.url);
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const servers = readdirSync(folder).filter((name) => !name.endsWith('.ts') && name !== 'options');
  expect(servers).toContain('nginx');
  const files = entries.filter(
    (name) => name.endsWith('.ts') && !servers.some((server) => name.startsWith(`${server}/`)),
  );
  expect(files).toEqual(expect.arrayContaining(['front.ts', 'options/options.ts']));
  const ofServer = new RegExp(`from '[^']*/(?:${servers.join('|')})/`);
  for (const name of files) expect(readFileSync(new URL(name, folder), 'utf8')).not.toMatch(ofServer);
});

/** Returns every string of a tree, including the names of its properties. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inside]) => [name, ...stringsIn(inside)]);
}
