import { describe, expect, test } from 'vitest';
import type { AssetOptions } from '../../src/assets/options.js';
import type { AppOnly, ServedAssets } from '../../src/front/assets.js';
import type { FrontOptions } from '../../src/front/options/options.js';
import { described } from './setup/description.js';

const root = '/srv/static';
const assetsOf = (options: Partial<AssetOptions> = {}, front: FrontOptions = {}) =>
  described({ assets: { root, ...options } }, front).assets;

/** Returns what is decided about assets that the server in front answers. */
function servedOf(options: Partial<AssetOptions> = {}, front: FrontOptions = {}): ServedAssets {
  const assets = assetsOf(options, front);
  if (assets?.servedBy !== 'front') throw new Error('The app answers these assets');
  return assets;
}

test('a site without assets has none', () => {
  expect(described().assets).toBeUndefined();
});

describe('the app answers the assets itself', () => {
  const cases: readonly (readonly [AppOnly, Partial<AssetOptions>])[] = [
    ['headers-function', { headers: () => ({}) }],
    ['immutable-function', { immutable: () => false }],
    ['immutable-characters', { immutable: /^\p{L}/u }],
    ['url-of-the-site', { url: '/' }],
    ['url-of-the-site', { url: 'https://cdn.example/' }],
    ['url-characters', { url: '/a%20b/' }],
  ];

  test.each(cases)('because of %s', (because, options) => {
    expect(assetsOf(options)).toEqual({ servedBy: 'app', because });
  });
});

test('with default options, the server answers files alone, as the app would', () => {
  const { requests, answer, ...assets } = servedOf();
  expect(assets).toEqual({ servedBy: 'front', root, symlinks: false });
  expect(requests).toMatchObject({
    methods: ['GET', 'HEAD'],
    urlPath: '/static/',
    index: undefined,
    rootFiles: [],
    bypassHeaders: ['if-unmodified-since'],
  });
  expect(answer).toMatchObject({
    ...{ unknownType: 'application/octet-stream', codings: { gzip: '.gz', br: '.br' } },
    ...{ vary: 'with-codings', entityTag: 'time-and-length', ifModifiedSince: 'exact', rangeParts: 1 },
    openTo: ['woff2', 'woff', 'ttf', 'otf', 'eot'],
    cacheControl: { immutable: 'public, max-age=31536000, immutable', others: 'public, max-age=60' },
    headers: [
      ['Cache-Control', { decidedBy: 'cacheControl' }],
      ['Access-Control-Allow-Origin', { decidedBy: 'openTo' }],
    ],
  });
});

test('the options of the site and of the server decide', () => {
  const options: Partial<AssetOptions> = {
    ...{ url: 'https://cdn.example/a/', index: true, rootFiles: ['robots.txt'], symlinks: true },
    ...{ types: { foo: 'a/b' }, maxAgeSeconds: 5 },
  };
  expect(servedOf(options, { staticRoot: '/elsewhere' })).toMatchObject({
    root: '/elsewhere',
    symlinks: true,
    requests: { urlPath: '/a/', index: 'index.html', rootFiles: ['robots.txt'] },
    answer: { types: { foo: 'a/b' }, cacheControl: { others: 'public, max-age=5' } },
  });
});

test("the names that never change are those that collect made, and the site's, as data", () => {
  const { digestedName, immutableNames } = servedOf({ immutable: /^img\//is }).answer.cacheControl;
  expect(new RegExp(digestedName.source).test('css/site.0123456789ab.css')).toBe(true);
  expect(immutableNames).toEqual({ source: '^img\\/', ignoreCase: true, multiline: false, dotAll: true });
  expect(servedOf().answer.cacheControl.immutableNames).toBeUndefined();
});

test.each([
  ['fonts', ['woff2', 'woff', 'ttf', 'otf', 'eot']],
  ['all', 'all'],
  ['none', []],
] as const)('the assets that other origins may use with allowOrigin %s', (allowOrigin, openTo) => {
  expect(servedOf({ allowOrigin }).answer.openTo).toEqual(openTo);
});

test.each([
  [{ 'X-A': 'a' }, ['Cache-Control', 'Access-Control-Allow-Origin', 'X-A']],
  [{ 'cache-control': 'no-store' }, ['Access-Control-Allow-Origin', 'cache-control']],
  [{ 'Access-Control-Allow-Origin': 'https://a.example' }, ['Cache-Control', 'Access-Control-Allow-Origin']],
])('with the headers %j, an asset has %j', (headers, expected) => {
  const sent = servedOf({ headers }).answer.headers;
  expect(sent.map(([name]) => name)).toEqual(expected);
  expect(sent).toEqual(expect.arrayContaining(Object.entries(headers)));
});

test.each([
  ['bytes=0-1', true],
  ['Bytes=5-', true],
  ['bytes=-5', true],
  ['bytes=-', false],
  ['bytes=0-1,3-4', false],
  ['lines=0-1', false],
])('the server judges the range %j: %s', (header, expected) => {
  expect(new RegExp(`^(?:${servedOf().requests.range})$`, 'i').test(header)).toBe(expected);
});
