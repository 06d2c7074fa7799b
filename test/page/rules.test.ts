import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRules } from '../../src/page/rules.js';

describe('a path is a page', () => {
  test('if a pattern of urls matches it and none of excludeUrls does', () => {
    const rules = compileRules([/^\/$/, /^\/posts\//], [/^\/posts\/draft-/, /secret/]);
    expect(rules.match('/')).toBe('page');
    expect(rules.match('/posts/hello')).toBe('page');
    expect(rules.match('/about')).toBe('no-rule');
    expect(rules.match('/posts/draft-1')).toBe('excluded');
    expect(rules.match('/posts/my-secret')).toBe('excluded');
  });

  test('not by excludeUrls alone', () => {
    expect(compileRules([], [/^\/posts\//]).match('/posts/hello')).toBe('no-rule');
    expect(compileRules([/^\/$/], [/^\/posts\//]).match('/posts/hello')).toBe('no-rule');
  });

  test('wherever an unanchored pattern is found in it', () => {
    const rules = compileRules([/posts/, 'feed'], []);
    expect(rules.match('/posts')).toBe('page');
    expect(rules.match('/my/posts/1')).toBe('page');
    expect(rules.match('/rss/feed.xml')).toBe('page');
  });

  test('only where an anchored pattern allows it', () => {
    const rules = compileRules([/^\/posts$/, '^/feed\\.xml$'], []);
    expect(rules.match('/posts')).toBe('page');
    expect(rules.match('/posts/')).toBe('no-rule');
    expect(rules.match('/feed.xml')).toBe('page');
    expect(rules.match('/feedaxml')).toBe('no-rule');
  });

  test('by each alternative of a source as JavaScript reads it', () => {
    // If anchors were added around this source, it would be a different pattern.
    const rules = compileRules(['^/a|b$'], []);
    expect(['/a/x', '/x/b', '/c'].map((path) => rules.match(path))).toEqual(['page', 'page', 'no-rule']);
  });

  test('by any of its patterns, whatever stands beside it', () => {
    const patterns = [
      ...[
        /^\/a|b$/,
        /^\/(a)b$/,
        /^(\/)b\1$/,
        /^\/(a|b)(A|a)\2/,
        /(?<one>a)\k<one>/,
        /(?<one>A)b/,
        /^(?<one>\/)A/,
      ],
      ...[/(?<!a)b/, /(?<=\/)a$/, /^\/A/i, /^\/.$/u, /^\/[^a]/u, /\u{61}/u, /^\/$/],
    ];
    const path = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '/', '😀'), maxLength: 3 });
    fc.assert(
      fc.property(fc.shuffledSubarray(patterns, { maxLength: 5 }), path, (urls, rest) => {
        const isIncluded = urls.some((pattern) => pattern.test(`/${rest}`));
        expect(compileRules(urls, []).match(`/${rest}`)).toBe(isIncluded ? 'page' : 'no-rule');
      }),
      { numRuns: 2000 },
    );
  });

  test('by each of thousands of patterns, and of long ones', () => {
    const urls = Array.from(
      { length: 5_000 },
      (_, index) => new RegExp(`^/section-${index}/(?:[\\w-]+/){0,4}$`),
    );
    const long = [...'abcdef'].map((letter) => new RegExp(`^/(?:${letter.repeat(20_000)}|${letter})$`));
    const rules = compileRules([...urls, ...long], []);
    const paths = ['/section-0/', '/section-4999/a/', '/b', '/section-5000/', '/section-1'];
    expect(paths.map((path) => rules.match(path))).toEqual(['page', 'page', 'page', 'no-rule', 'no-rule']);
  });

  test('by the flags of its pattern', () => {
    expect(compileRules([/^\/Posts$/i], []).match('/pOSTS')).toBe('page');
    expect(compileRules([/^\/Posts$/], []).match('/posts')).toBe('no-rule');
    expect(compileRules([/^\/\p{Script=Cyrillic}+$/u], []).match('/привет')).toBe('page');
    expect(compileRules([/^\/.$/], []).match('/😀')).toBe('no-rule');
    expect(compileRules([/^\/.$/u], []).match('/😀')).toBe('page');
  });

  test('by its decoded form', () => {
    expect(compileRules(['^/café$'], []).match('/café')).toBe('page');
  });
});

describe('the answer to one path does not depend on the paths before', () => {
  test.each([
    ['g', /\/a/g],
    ['y', /\/a/y],
    ['g and y', /\/a/gy],
  ])('with the flag %s', (_, pattern) => {
    for (const rules of [compileRules([pattern], []), compileRules([/^/], [pattern])]) {
      const first = rules.match('/a');
      expect([rules.match('/a'), rules.match('/a'), rules.match('/a')]).toEqual([first, first, first]);
      expect(first).not.toBe('no-rule');
    }
    expect(pattern.lastIndex).toBe(0);
  });

  test('with a pattern that the site uses itself', () => {
    const pattern = /\/a/g;
    const rules = compileRules([pattern], []);
    pattern.test('/a');
    expect(pattern.lastIndex).toBe(2);
    expect(rules.match('/a')).toBe('page');
    expect(pattern.lastIndex).toBe(2);
  });
});

test('a sticky pattern matches at the start only, as it does in JavaScript', () => {
  const rules = compileRules([/\/a|\/b/y], []);
  expect(rules.match('/b/c')).toBe('page');
  expect(rules.match('/c/b')).toBe('no-rule');
});

test('what decides about a path is the first pattern that includes it, and the first that excludes it', () => {
  const rules = compileRules([/^\/a/i, '^/ab', /b/g], ['^/ab', /abc/]);
  expect(rules.explain('/abc')).toEqual({ includedBy: '/^\\/a/i', excludedBy: '/^\\/ab/' });
  expect(rules.explain('/xb')).toEqual({ includedBy: '/b/' });
  expect(rules.explain('/xb')).toEqual({ includedBy: '/b/' });
  expect(rules.explain('/xabc')).toEqual({ includedBy: '/b/', excludedBy: '/abc/' });
  expect(Object.keys(rules.explain('/x'))).toEqual([]);
});

describe('the sources of the rules', () => {
  const sources = compileRules([/^\/a/i, '^/b'], [/^\/c/]).sources;

  test('are the same for the same patterns', () => {
    expect(compileRules([/^\/a/i, '^/b'], [/^\/c/]).sources).toEqual(sources);
  });

  test.each([
    ['another pattern', compileRules([/^\/x/i, '^/b'], [/^\/c/])],
    ['other flags', compileRules([/^\/a/, '^/b'], [/^\/c/])],
    ['another exclusion', compileRules([/^\/a/i, '^/b'], [/^\/x/])],
    ['no exclusion', compileRules([/^\/a/i, '^/b'], [])],
    ['an exclusion that was a rule', compileRules([/^\/a/i, '^/b', /^\/c/], [])],
  ])('differ with %s', (_, rules) => {
    expect(rules.sources).not.toEqual(sources);
  });
});
