import { expect, test } from 'vitest';
import { hashedName, isImmutable } from '../../../src/assets/serve/immutable.js';

const isHashed = (path: string) => isImmutable(hashedName, path, `/static/${path}`);

test.each([
  ['css/site.3f2a1b4c5d6e.css', 'collect'],
  ['css/site.css.3f2a1b4c5d6e.map', 'collect, of a source map'],
  ['css/site.3f2a1b4c5d6e.css.map', 'a map beside it'],
  ['main.8e0d62a3.chunk.js', 'webpack'],
  ['assets/index-BxYz1a3Q.js', 'Vite'],
  ['assets/vendor-Dc9eXF_b.js', 'Vite'],
  ['assets/index-B2N6KMtc.css', 'Vite'],
  ['application-2f9a6a1d6c8f5c3a3b3f9f1b8a3f5d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a6978.css', 'Rails'],
])('%s never changes (%s)', (path) => {
  expect(isHashed(path)).toBe(true);
});

test.each([
  ...['css/site.css', 'jquery-3.7.1.min.js', 'bootstrap-5.3.9.css', 'some-carousel.js', 'book-Chapter1.pdf'],
  ...[
    'theme-darkMode.css',
    'case-iPhone12.jpg',
    'photo-20240131.jpg',
    'photo.20240131.jpg',
    'font-latin100.woff2',
  ],
  ...['pack-3DModels.zip', 'word-deadbeef.js', 'import-MyBigApp.js', 'my-Mp3Music.zip', 'api-Win32Api.md'],
  ...['3f2a1b4c5d6e.css', 'site-3f2a1b4c5d6e', 'dir.3f2a1b4c5d6e.d/site.css', 'abcdef0123456789/site.css'],
])('%s may change', (path) => {
  expect(isHashed(path)).toBe(false);
});

test("the site's own test is asked with the path and the URL, and may be a regular expression of any flags", () => {
  const asked: string[][] = [];
  const own = (path: string, url: string) => asked.push([path, url]) > 0;
  expect(isImmutable(own, 'a/b.css', '/static/a/b.css')).toBe(true);
  expect(asked).toEqual([['a/b.css', '/static/a/b.css']]);
  const global = /^a\//g;
  expect([1, 2, 3].map(() => isImmutable(global, 'a/b.css', ''))).toEqual([true, true, true]);
  expect(isImmutable(/\.test$/, 'myfile.test', '')).toBe(true);
  expect(isImmutable(/\.test$/, 'file.test.txt', '')).toBe(false);
});
