import { expect, test } from 'vitest';
import type { Options } from '../../src/config.js';
import type { Answers, ConstantHeader } from '../../src/front/answers.js';
import { defaultTypes } from '../../src/page/response/types.js';
import { HIT } from '../../src/request/cache-status.js';
import { described } from './setup/description.js';

const hit: ConstantHeader = ['Cache-Status', HIT];
const fresh: ConstantHeader = ['Cache-Control', 'no-cache'];

const cases: readonly (readonly [string, Partial<Options>, Partial<Answers>])[] = [
  ['default options', {}, { types: defaultTypes, headers: [fresh, hit], withheld: ['Last-Modified'] }],
  [
    'declared headers',
    { headers: { 'X-A': 'a', 'x-b': 'b' } },
    {
      headers: [fresh, ['X-A', 'a'], ['x-b', 'b'], hit],
    },
  ],
  [
    'a declared Cache-Control',
    { headers: { 'cache-control': 'max-age=60' } },
    {
      headers: [['cache-control', 'max-age=60'], hit],
    },
  ],
  [
    'types of paths, which are decoded',
    { types: { '/rss/': 'application/rss+xml', '/caf%C3%A9': 'text/x-a' } },
    { types: defaultTypes, typesOfPaths: { '/rss/': 'application/rss+xml', '/café': 'text/x-a' } },
  ],
  [
    'types of many paths',
    { types: { '/tag/*/rss/': 'application/rss+xml', '/caf%C3%A9/*.data': 'text/x-a' } },
    {
      typesOfPaths: {},
      typesOfPatterns: [
        ['\\A/tag/[^/]*/rss/\\z', 'application/rss+xml'],
        ['\\A/café/[^/]*\\.data\\z', 'text/x-a'],
      ],
    },
  ],
  [
    'types of its own',
    { types: { xml: 'application/rss+xml' } },
    {
      types: { ...defaultTypes, xml: 'application/rss+xml' },
    },
  ],
];

test.each(cases)('the answers of a site with %s', (_, site, expected) => {
  expect(described(site).answers).toMatchObject(expected);
});

test('a page has a tag but no date, no ranges, and Vary whether it has codings or not', () => {
  expect(described().answers).toMatchObject({
    entityTag: 'time-and-length',
    ifModifiedSince: 'ignored',
    rangeParts: 0,
    vary: 'every',
    codings: { gzip: '.gz', br: '.br' },
  });
});
