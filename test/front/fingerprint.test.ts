import { describe, expect, test } from 'vitest';
import type { Options } from '../../src/config.js';
import { fingerprintOf } from '../../src/front/fingerprint.js';
import { siteConfig } from './setup/site-config.js';

const of = (site: Partial<Options> = {}) => fingerprintOf(siteConfig(site));
const PLAIN = 'HBnf_6k5GBITaEeh';

/**
 * A server keeps the fingerprint with which it was configured. So another release may change one of these only if its
 * decisions differ: otherwise every site would have to generate its configuration again.
 */
test.each<[string, Partial<Options>, string]>([
  ['default options', {}, PLAIN],
  ['several hosts', { hosts: ['a.example', 'b.example'] }, '0doPCqVVkX4t0zDD'],
  ['parameters to ignore', { ignoreQuery: ['utm_*', 'fbclid', 'a.b~*'] }, '8jdhL3OLoMiIHwv0'],
  ['no cookies that matter', { bypassCookies: [] }, 'bDUnQtBneIREX4yd'],
  [
    'declared headers',
    { headers: { 'X-A': 'a "b" \\ {c} ; #', 'Cache-Control': 'max-age=1' } },
    'fkv5K7qK_8VEGZ66',
  ],
  ['types of its own', { types: { xml: 'application/rss+xml', txt: 'a/b!#&^.+-_' } }, 'M1yyI25Z66eYyvGK'],
])('the fingerprint of a site with %s stays what it is', (_, site, fingerprint) => {
  expect(of(site)).toBe(fingerprint);
});

test('the type of a path is part of it', () => {
  expect(of({ types: { '/rss/': 'application/rss+xml' } })).not.toBe(PLAIN);
});

test('a header that bypasses is part of it', () => {
  expect(of({ bypassHeaders: { add: ['X-Fragment'] } })).not.toBe(PLAIN);
});

test('the names of the parameters that pages are told apart by are part of it, and their values are not', () => {
  const withQuery = (query: Readonly<Record<string, string[]>>) => of({ urls: [{ match: /^\/a/, query }] });
  expect(new Set([PLAIN, withQuery({ a: ['x'] }), withQuery({ b: ['x'] })]).size).toBe(3);
  expect(withQuery({ a: ['x'] })).toBe(withQuery({ a: ['y'] }));
});

test('how hits are reported is part of it, where they are', () => {
  const all = [true, { port: 9000 }, { oneIn: 1 }].map((countHits) => of({ countHits }));
  expect(new Set([PLAIN, ...all]).size).toBe(4);
  expect(of({ countHits: false })).toBe(PLAIN);
});

describe('no other server answers differently, so the fingerprint is the same, with', () => {
  test.each<[string, Partial<Options>]>([
    ['one host', { hosts: ['a.example'] }],
    ['another folder', { webRoot: '/elsewhere' }],
    ['assets', { assets: { root: '/srv/static' } }],
    ['other rules, which the code judges', { urls: [/^\/a/], excludeUrls: [/^\/ab/] }],
    ['another version', { version: '2' }],
  ])('%s', (_, site) => {
    expect(of(site)).toBe(PLAIN);
  });
});
