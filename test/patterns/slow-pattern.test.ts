import { describe, expect, test } from 'vitest';
import { whatIsSlow } from '../../src/patterns/slow-pattern.js';

describe('a pattern is slow', () => {
  test.each<[string, RegExp, string]>([
    ['that repeats a repetition', /^\/p\/(a+)+$/, '`(a+)+`'],
    ['whose separator may be left out', /^\/(?:[\w-]+\/?)+$/, '`(?:[\\w-]+\\/?)+`'],
    ['whose words may follow each other', /^\/tags\/(?:[a-z]+-?)+$/, '`(?:[a-z]+-?)+`'],
    ['that repeats what takes everything', /^\/(?:.+\/)*x$/, '`(?:.+\\/)*`'],
    ['that does so in a look-ahead', /^\/(?=(a+)+$)a/, '`(a+)+`'],
    ['that excludes', /^\/([a-z]+)*\/x$/, '`([a-z]+)*`'],
    ['whose alternatives are the same', /^\/(a|a)*$/, '`(a|a)*`'],
    ['whose alternatives overlap', /^\/(?:\w|\d)+$/, '`(?:\\w|\\d)+`'],
    ['whose alternatives overlap in two rounds', /^\/(?:a|aa)+$/, '`(?:a|aa)+`'],
    ['whose alternatives overlap in a part', /^\/(?:(?:\w+|[a-z]+)\/)*$/, '`(?:\\w+|[a-z]+)`'],
    ['without regard to case', /^\/(?:a|A)+$/i, '`(?:a|A)+`'],
    ['with classes of Unicode', /^\/(?:\p{L}|ä)+$/u, '`(?:\\p{L}|ä)+`'],
    ['that may cut a path in three', /^\/(.*)\/(.*)\/(.*)\.html$/, '`.*` with `.*` with `.*`'],
    ['that may cut a path anywhere in two', /\/(.*)\/(.*)\.html$/, '`.*` with `.*`'],
    ['that may cut a name in six', /^\/\w+\w+\w+\w+\w+\w+$/, '`\\w+` with `\\w+`'],
  ])('%s', (_, pattern, part) => {
    expect(whatIsSlow(pattern)).toContain(part);
  });
});

describe('a pattern is quick', () => {
  test.each([
    ...[/^\/posts\/[^/]+$/, /^\/$/, /posts/, /^\/(?:posts|news)\/.*$/, /^\/(?:\.[a-z]+)*$/, /\/[^/]*$/],
    ...[/^\/(?:[^/]+\/)*$/, /^\/(?:[\w-]+\/)*[\w-]+$/, /^\/[a-z]+(?:-[a-z]+)*$/, /^\/(?:news|new|next)*$/],
    ...[/^\/(?:(?!draft)[^/]+\/)*$/, /^\/(?:x(?:a|aa)y?)+$/, /^\/(?:a?|b)*$/, /^\/(?:\d{4}\/){3}$/],
    ...[/^\/tags\/[\p{L}\p{M}\p{N}-]+\/(?:page\/[1-9]\d*)?$/u, /^\/(?:\p{L}+-)*$/u, /^\/.*\/.*x$/],
    // Names are short, so a part that cannot match a slash may be tried in several ways.
    ...[/^\/[\w-]+-[\w-]+-[\w-]+$/, /^\/\w+\w+\w+\w+$/, /-+$/, /\d+\d+$/],
  ])('%s', (pattern) => {
    expect(whatIsSlow(pattern)).toBeUndefined();
  });
});
