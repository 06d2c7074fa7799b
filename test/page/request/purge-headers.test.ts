import { describe, expect, test } from 'vitest';
import { purgedBy } from '../../../src/page/request/purge-headers.js';
import { compileRules } from '../../../src/page/rules.js';
import { compileSelector } from '../../../src/page/selector.js';

const rules = compileRules([/^\//], [/^\/admin/]);
const paths = [
  '/',
  '/posts',
  '/posts/',
  '/posts/a/',
  '/posts/a/b',
  '/posts-old',
  '/tag/caf%C3%A9/',
  '/feed.xml',
];

/** Returns the pages that a header deletes. */
function purged(value: string | string[]): readonly string[] {
  const selectors = purgedBy({ 'x-purge': value }, ['x-purge'], rules);
  const matchers = selectors.map(compileSelector);
  return paths.filter((path) => {
    const page = { host: '', path, decoded: decodeURIComponent(path), tags: new Set<string>() };
    return matchers.some((matches) => matches(page));
  });
}

test.each<[string | string[], readonly string[]]>([
  ['/', ['/']],
  ['/posts/a/', ['/posts/a/']],
  ['/posts/a', ['/posts/a/']],
  ['/posts/a/, /feed.xml', ['/posts/a/', '/feed.xml']],
  ['/posts/a/,/feed.xml', ['/posts/a/', '/feed.xml']],
  ['/posts/a/ /feed.xml', ['/posts/a/', '/feed.xml']],
  [
    ['/posts/a/', '/feed.xml'],
    ['/posts/a/', '/feed.xml'],
  ],
  ['/posts/a/?page=2#top', ['/posts/a/']],
  ['https://example.com/posts/a/', ['/posts/a/']],
  ['HTTP://example.com:8080/posts/a/?x', ['/posts/a/']],
  ['https://example.com', ['/']],
  ['/tag/café/', ['/tag/caf%C3%A9/']],
  ['/tag/caf%c3%a9/', ['/tag/caf%C3%A9/']],
  ['/posts/*', ['/posts', '/posts/', '/posts/a/', '/posts/a/b']],
  ['/posts*', ['/posts', '/posts/', '/posts/a/', '/posts/a/b', '/posts-old']],
  ['/posts/a*', ['/posts/a/', '/posts/a/b']],
  ['https://example.com/posts/*', ['/posts', '/posts/', '/posts/a/', '/posts/a/b']],
  ['/tag/caf%C3%A9*', ['/tag/caf%C3%A9/']],
  ['', []],
  [' , ', []],
])('%j deletes %j', (value, expected) => {
  expect(purged(value)).toEqual(expected);
});

test.each([
  '/*',
  '*',
  'all',
  'posts/a',
  '/*/feed',
  '/posts/[ab]',
  '/a%2F*',
  '/../*',
  '//host/*',
  'https://example.com/*',
  'ftp://x/',
  'tag:post',
])('%s may mean any page, and deletes everything', (value) => {
  expect(purgedBy({ 'x-purge': `/posts/a/, ${value}` }, ['x-purge'], rules)).toEqual([{ kind: 'all' }]);
});

describe('nothing is deleted', () => {
  test('by a header that is not declared', () => {
    expect(purgedBy({ 'x-other': '/*' }, ['x-purge'], rules)).toEqual([]);
    expect(purgedBy({ 'x-purge': '/*' }, [], rules)).toEqual([]);
  });

  test.each(['/admin/posts', '/a%2Fb', '/a//b', '/.hidden'])('for %s, which can be no page', (value) => {
    expect(purgedBy({ 'x-purge': value }, ['x-purge'], rules)).toEqual([]);
  });
});
