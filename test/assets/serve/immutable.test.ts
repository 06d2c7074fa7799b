import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, digestPath } from '../../../src/assets/digest.js';
import {
  isImmutable,
  modifiedSecondsOf,
  type NamedBy,
  namingYears,
} from '../../../src/assets/serve/immutable.js';
import { contentHash } from '../../../src/store/content-hash.js';

const hash = contentHash(Buffer.from('content'));
const fileOf = (path: string, namedBy: NamedBy = 'collect') => ({
  ...{ path, url: `/static/${path}` },
  modifiedSeconds: modifiedSecondsOf(hash, namedBy),
});

/** Names that look hashed, but that people have chosen. */
const guesses: readonly string[] = [
  ...['img/550e8400-e29b-41d4-a716-446655440abc.jpg', 'price-list-10dec2024.pdf', 'router-WiFi6Pro.jpg'],
  ...['shot-iOS16App.png', 'theme-facade01.css', 'report-20241105.pdf', 'post-12345678.html'],
  ...['jquery-3.7.1.min.js', 'book-Chapter1.pdf', 'release-v2Beta10.js', 'assets/index-BmQ3xk9Z.js'],
  ...[
    'main.8e0d62a3.chunk.js',
    'css/site.css',
    'site.3f2a1b4c.css',
    '3f2a1b4c5d6e.css',
    'site-3f2a1b4c5d6e.css',
  ],
];

test.each(guesses)('%s may change, whatever it looks like', (path) => {
  expect(isImmutable(fileOf(path))).toBe(false);
});

test('a name that collect made never changes', () => {
  expect(isImmutable(fileOf('css/site.3f2a1b4c5d6e.css'))).toBe(true);
});

test('a name that only looks as if collect had made it may change: the time of the file says so', () => {
  expect(isImmutable(fileOf('release.dbc75081f2aa.zip', 'nobody'))).toBe(false);
});

test.each(guesses)('%s never changes if its build has named it by its content', (path) => {
  expect(isImmutable(fileOf(path, 'build'))).toBe(true);
});

const names = fc
  .array(fc.stringMatching(/^[\w~ -][\w.~ -]{0,19}$/), { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join('/'));
const hashes = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => contentHash(Buffer.from(bytes)));

test('of all names, those never change that were made of the content, and no others', () => {
  fc.assert(
    fc.property(names, hashes, (path, bytes) => {
      const digested = digestPath(path, digestOf(bytes));
      const fileBy = (name: string, namedBy: NamedBy) => ({
        ...{ path: name, url: `/static/${name}` },
        modifiedSeconds: modifiedSecondsOf(bytes, namedBy),
      });
      expect(isImmutable(fileBy(digested, 'collect'))).toBe(true);
      for (const name of [path, digested]) {
        expect(isImmutable(fileBy(name, 'build'))).toBe(true);
        expect(isImmutable(fileBy(name, 'nobody'))).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});

test('the time of a file is one of the years that nginx takes for who has named it', () => {
  fc.assert(
    fc.property(hashes, (bytes) => {
      const yearBy = (namedBy: NamedBy) =>
        new Date(modifiedSecondsOf(bytes, namedBy) * 1000).toUTCString().split(' ')[3] ?? '';
      expect(yearBy('build')).toMatch(new RegExp(`^${namingYears.build}$`));
      expect(yearBy('nobody')).toMatch(new RegExp(`^${namingYears.nobody}$`));
      expect(yearBy('collect')).toMatch(/^20[01]\d$/);
    }),
    { numRuns: 500 },
  );
});

describe("the site's own test", () => {
  test('is asked with the path and the URL, and has the last word', () => {
    const asked: string[][] = [];
    const own = (path: string, url: string) => asked.push([path, url]) > 0;
    expect(isImmutable(fileOf('a/b.css', 'nobody'), own)).toBe(true);
    expect(asked).toEqual([['a/b.css', '/static/a/b.css']]);
  });

  test('may be a regular expression of any flags', () => {
    const global = /^a\//g;
    expect([1, 2, 3].map(() => isImmutable(fileOf('a/b.css'), global))).toEqual([true, true, true]);
    expect(isImmutable(fileOf('myfile.test'), /\.test$/)).toBe(true);
    expect(isImmutable(fileOf('file.test.txt'), /\.test$/)).toBe(false);
  });
});
