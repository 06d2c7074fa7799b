import { describe, expect, test } from 'vitest';
import { ignoredQuerySource, parameterNamePattern } from '../../../src/page/request/query.js';

/** Whether a query consists of ignored parameters only. */
function isIgnored(names: readonly string[], query: string): boolean {
  const source = ignoredQuerySource(names);
  return source !== undefined && new RegExp(`^${source}$`).test(query);
}

const names = ['utm_*', 'fbclid', 'a.b', 'x-*-y'];

describe('a query is ignored', () => {
  test.each([
    '?utm_source=a',
    '?utm_source=',
    '?utm_source',
    '?utm_',
    '?fbclid=IwAR0-_x',
    '?fbclid=1&utm_medium=b&utm_campaign=c',
    '?fbclid=1&fbclid=2',
    '?fbclid=a=b',
    '?fbclid=%26',
    '?fbclid=a?b',
    '?a.b=1',
    '?x--y=1',
    '?x-foo-y=1',
  ])('that is %s', (query) => {
    expect(isIgnored(names, query)).toBe(true);
  });

  test.each([
    ['another parameter', '?page=2'],
    ['another parameter at the end', '?fbclid=1&page=2'],
    ['another parameter at the start', '?page=2&fbclid=1'],
    ['another parameter in the middle', '?fbclid=1&page=2&utm_x=1'],
    ['a name that only begins so', '?fbclidx=1'],
    ['a name that only ends so', '?xfbclid=1'],
    ['a name in another case', '?FBCLID=1'],
    ['an escaped name', '?f%62clid=1'],
    ['an escaped character where the star is', '?utm_%61=1'],
    ['a bracket where the star is', '?utm_a[]=1'],
    ['another character where the dot is', '?axb=1'],
    ['nothing', '?'],
    ['an empty parameter', '?fbclid=1&'],
    ['an empty parameter before', '?&fbclid=1'],
    ['an empty parameter between', '?fbclid=1&&utm_x=1'],
    ['a semicolon for a separator', '?utm;page=2'],
    ['a fragment', '?fbclid=1#x'],
    ['two question marks', '??fbclid=1'],
    ['no question mark', 'fbclid=1'],
  ])('not with %s', (_, query) => {
    expect(isIgnored(names, query)).toBe(false);
  });

  test('never where nothing is to be ignored', () => {
    expect(ignoredQuerySource([])).toBeUndefined();
  });

  test('whatever it has where a star stands alone', () => {
    expect(isIgnored(['*'], '?a=1&b=2')).toBe(true);
    expect(isIgnored(['*'], '?%61=1')).toBe(false);
  });
});

describe('a parameter name', () => {
  test.each(['utm_*', 'fbclid', 'a.b', 'a-b', 'a~b', '*'])('may be %s', (name) => {
    expect(parameterNamePattern.test(name)).toBe(true);
  });

  test.each(['', 'a b', 'a=b', 'a&b', 'a[]', 'a|b', 'a(b', 'a?', 'é', 'a%20', 'a\n', '$a'])(
    'may not be %j',
    (name) => {
      expect(parameterNamePattern.test(name)).toBe(false);
    },
  );
});
