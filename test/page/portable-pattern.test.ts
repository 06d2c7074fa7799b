import { expect, test } from 'vitest';
import { portableSource } from '../../src/page/portable-pattern.js';

test.each<[RegExp, string]>([
  [/^\/$/, '(?:\\A/\\z)'],
  [/^\/posts\/[\w-]+$/, '(?:\\A/posts/[\\w-]+\\z)'],
  [/^\/(?:a|b)\/(\d{1,3})?\.html$/i, '(?i:\\A/(?:a|b)/(?:\\d{1,3})?\\.html\\z)'],
  [/[^/]*?x/, '(?:[^/]*?x)'],
])('%s is read alike', (pattern, source) => {
  expect(portableSource(pattern)).toBe(source);
});

test.each([
  /^\/\p{L}+$/u,
  /(?<=a)b/,
  /a(?=b)/,
  /(a)\1/,
  /(?<name>a)/,
  /é/,
  /\u0061/,
  /\bx/,
  /^a$/m,
  /a b/,
  /"/,
  /\$\{x\}"/,
])('%s is left to the app', (pattern) => {
  expect(portableSource(pattern)).toBeUndefined();
});
