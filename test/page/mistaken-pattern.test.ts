import { describe, expect, test } from 'vitest';
import { hasParameter, mistakenPattern } from '../../src/page/mistaken-pattern.js';

describe('a string that is no regular expression is told with what was meant', () => {
  test.each<[string, string, RegExp, readonly string[], readonly string[]]>([
    ['/posts/*', 'a glob', /^\/posts\/[^/]+$/, ['/posts/a'], ['/posts', '/postscript', '/posts/a/b']],
    ['/posts/**', 'a glob', /^\/posts\/.*$/, ['/posts/a/b'], ['/postscript']],
    ['/**', 'a glob', /^\/.*$/, ['/', '/a/b'], []],
    ['/*', 'a glob', /^\/[^/]+$/, ['/a'], ['/', '/a/b']],
    ['/*.html', 'a glob', /^\/[^/]+\.html$/, ['/a.html'], ['/ahtml', '/a/b.html']],
    ['*.html', 'a glob', /[^/]+\.html$/, ['/a.html'], ['/a.htm']],
    ['/{en,de}/a.b', 'a glob', /^\/(?:en|de)\/a\.b$/, ['/en/a.b'], ['/fr/a.b', '/en/axb']],
    ['/[a-z0]/*', 'a glob', /^\/[a-z0]\/[^/]+$/, ['/a/x'], ['/1/x']],
    ['/posts/:slug', 'the path of a route', /^\/posts\/[^/]+$/, ['/posts/a'], ['/posts/', '/posts/a/b']],
    [
      '/:year/:month-:day/*',
      'the path of a route',
      /^\/[^/]+\/[^/]+-:day\/[^/]+$/,
      ['/2026/11-:day/x'],
      ['/2026/11'],
    ],
  ])('%s is %s', (written, kind, meant, pages, others) => {
    const found = mistakenPattern(written);
    expect(found).toEqual({ kind, meant });
    for (const path of pages) expect(found?.meant.test(path), path).toBe(true);
    for (const path of others) expect(found?.meant.test(path), path).toBe(false);
  });

  test('whatever stands in it, it can be compiled', () => {
    for (const written of [
      '/*[',
      '/*]',
      '/*{',
      '/*}',
      '/*[]',
      '/*[[]',
      '/*{a,[}',
      '/*[z-a]',
      '/*{,}',
      '/:a[b',
    ])
      expect(() => mistakenPattern(written), written).not.toThrow();
  });
});

test.each([
  ...['^/posts/.*$', '/a*', '/posts/.*', '/posts/[^/]*', '/posts/', 'posts', '/', '^/posts/*$', '/posts/*$'],
  ...['(?:/*)', '^/[a-z/*]+$', '/[/*]', '\\/*', '/a{2,3}', '/a{2,}', '/a{2}', '/[a-z]{1,9}/b', '/(?:a|b)/*'],
  ...['/wiki/Special:Search', '/a:b', '/(?<=x):y', '/posts/?*', '/[0-9]*', '/12:30', '/:1', '^/:slug$'],
])('%s is the source of a regular expression', (written) => {
  expect(mistakenPattern(written)).toBeUndefined();
});

test('a parameter is a name after a colon that begins a part', () => {
  expect(['/:slug', '/posts/:id', '/a/:b/c'].map(hasParameter)).toEqual([true, true, true]);
  expect(['/a:b', '/:1', '/:', '/wiki/Special:Search'].map(hasParameter)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
