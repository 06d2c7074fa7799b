import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeFreshness, parseDirectives } from '../../../src/page/response/cache-control.js';
import type { HeaderValues } from '../../../src/page/response/headers.js';
import { effort } from '../../helpers/effort.js';

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);

/** Returns the reason of a refusal, or for how many seconds the response may be stored. */
function judge(headers: HeaderValues, declared?: string, now = NOW): string | number | undefined {
  const judged = judgeFreshness(headers, declared, now);
  if ('refusal' in judged) return judged.refusal.reason;
  return judged.expiresAt === undefined ? undefined : (judged.expiresAt - now) / 1000;
}

function detailOf(headers: HeaderValues): string | undefined {
  const judged = judgeFreshness(headers, undefined, NOW);
  return 'refusal' in judged ? judged.refusal.detail : undefined;
}

describe('the directives of Cache-Control', () => {
  test.each<[string, [string, string][]]>([
    ['', []],
    [' , ,', []],
    ['public', [['public', '']]],
    ['No-Store', [['no-store', '']]],
    [
      'public, max-age=60',
      [
        ['public', ''],
        ['max-age', '60'],
      ],
    ],
    [
      'public,max-age=60',
      [
        ['public', ''],
        ['max-age', '60'],
      ],
    ],
    [
      ' public ,\tmax-age=60 ',
      [
        ['public', ''],
        ['max-age', '60'],
      ],
    ],
    ['max-age = 60', [['max-age', '60']]],
    ['max-age="60"', [['max-age', '60']]],
    ['max-age=', [['max-age', '']]],
    ['private="set-cookie, x-a"', [['private', 'set-cookie, x-a']]],
    [
      'no-cache="a\\"b, no-store", public',
      [
        ['no-cache', 'a\\"b, no-store'],
        ['public', ''],
      ],
    ],
    ['community="UCI"', [['community', 'UCI']]],
    [
      'stale-while-revalidate=30,, public',
      [
        ['stale-while-revalidate', '30'],
        ['public', ''],
      ],
    ],
  ])('%j are %j', (text, directives) => {
    expect(parseDirectives(text)).toEqual(directives);
  });

  test.each([
    'public max-age=60',
    'max-age=60 s',
    'private="set-cookie',
    'private=set"cookie',
    'private="a" b',
    '=60',
    'max age',
    'public;max-age=60',
    '"public"',
    'a=b=c"',
  ])('%j are malformed', (text) => {
    expect(parseDirectives(text)).toBeUndefined();
  });

  test('are found again, however they are spaced and quoted', () => {
    const name = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
    const value = fc.stringMatching(/^[a-z0-9-]{0,6}$/);
    const space = fc.constantFrom('', ' ', '\t', '  ');
    const directive = fc.tuple(name, value, fc.constantFrom('token', 'quoted', 'none'), space);
    fc.assert(
      fc.property(fc.array(directive), (directives) => {
        const text = directives.map(
          ([one, is, form, pad]) =>
            `${pad}${one}${form === 'none' ? '' : form === 'token' ? `=${is}` : `="${is}"`}${pad}`,
        );
        const expected = directives.map(([one, is, form]) => [one, form === 'none' ? '' : is]);
        expect(parseDirectives(text.join(','))).toEqual(expected);
      }),
      { numRuns: effort({ usual: 600, long: 2_000 }) },
    );
  });
});

describe('Cache-Control refuses', () => {
  test.each([
    'private',
    'no-store',
    'no-cache',
    'must-understand',
    'PRIVATE',
    'No-Store',
    'public, no-store',
    'public,no-cache,max-age=60',
    'max-age=60, private',
    'private="set-cookie"',
    'no-cache="set-cookie"',
    'public, private = "a, b"',
    'max-age=0',
    'max-age=000',
    'max-age="0"',
    's-maxage=0',
    'max-age=60, s-maxage=0',
    'max-age=0, s-maxage=60',
    'max-age=-1',
    'max-age=1.5',
    'max-age=1e3',
    'max-age=0x10',
    'max-age=+60',
    'max-age=99999999999',
    'max-age=',
    'max-age',
    'max-age=sixty',
    's-maxage=never',
    'max-age=60, max-age=30',
    'max-age=60, max-age=060',
    's-maxage=60, s-maxage=30, max-age=60',
    'public max-age=60',
    'private="unfinished',
  ])('%j', (value) => {
    expect(judge({ 'cache-control': value })).toBe('cache-control');
  });

  test('a forbidding directive in another line', () => {
    expect(judge({ 'cache-control': ['public', 'no-store'] })).toBe('cache-control');
    expect(judge({ 'cache-control': ['max-age=60', 'max-age=30'] })).toBe('cache-control');
  });

  test('with what exactly is in the way', () => {
    expect(detailOf({ 'cache-control': 'public, No-Store' })).toBe('no-store');
    expect(detailOf({ 'cache-control': 'max-age=0' })).toBe('max-age=0');
    expect(detailOf({ 'cache-control': 'max-age=60, s-maxage=1, max-age=30' })).toBe(
      'max-age=60, max-age=30',
    );
    expect(detailOf({ 'cache-control': 'public max-age=60' })).toBe('public max-age=60');
    expect(detailOf({ expires: 'soon' })).toBe('soon');
  });
});

describe('Cache-Control limits', () => {
  test.each<[string, number]>([
    ['max-age=60', 60],
    ['max-age=1', 1],
    ['max-age="60"', 60],
    ['MAX-AGE=60', 60],
    ['max-age=007', 7],
    ['public, max-age=31536000, immutable', 31_536_000],
    ['max-age=9999999999', 9_999_999_999],
    ['s-maxage=30', 30],
    ['max-age=60, s-maxage=30', 30],
    ['s-maxage=300, max-age=60', 300],
    ['max-age=60, max-age=60', 60],
    ['max-age=60, stale-while-revalidate=30', 60],
  ])('the time a page is kept: %j', (value, seconds) => {
    expect(judge({ 'cache-control': value })).toBe(seconds);
  });

  test('the time in spite of a longer Expires', () => {
    expect(judge({ 'cache-control': 'max-age=60', expires: httpDate(NOW + 1e9) })).toBe(60);
    expect(judge({ 'cache-control': 'max-age=60', expires: '0' })).toBe(60);
  });

  test.each([
    ...[
      '',
      'public',
      'must-revalidate',
      'proxy-revalidate',
      'no-transform',
      'immutable',
      'stale-if-error=60',
    ],
    ...['x-private', 'x-max-age=0', 'foo="no-store, private"'],
  ])('nothing with %j', (value) => {
    expect(judge({ 'cache-control': value })).toBeUndefined();
  });

  test('nothing where it is absent', () => {
    expect(judge({})).toBeUndefined();
    expect(judge({ 'cache-control': undefined })).toBeUndefined();
  });
});

describe('a Cache-Control that the site declares constant', () => {
  test.each([
    ...[
      'no-cache',
      'private',
      'no-store, must-understand',
      'public, max-age=0',
      'max-age=0, must-revalidate',
    ],
    ...['s-maxage=0', 'max-age=60, s-maxage=0', 'public', 'odd one'],
  ])('is for browsers, and neither an obstacle nor a limit: %j', (value) => {
    expect(judge({ 'cache-control': value }, value)).toBeUndefined();
  });

  test.each([
    ['public, max-age=60', 60],
    ['private, s-maxage=30, max-age=60', 30],
    ['max-age=60, max-age=30', 'cache-control'],
  ])('is a limit where it gives a time: %j', (value, judged) => {
    expect(judge({ 'cache-control': value }, value)).toBe(judged);
  });

  test('is no excuse for another', () => {
    expect(judge({ 'cache-control': 'no-store' }, 'no-cache')).toBe('cache-control');
    expect(judge({ 'cache-control': 'no-cache, no-store' }, 'no-cache')).toBe('cache-control');
    expect(judge({ 'cache-control': 'No-Cache' }, 'no-cache')).toBe('cache-control');
    expect(judge({ 'cache-control': 'max-age=0' }, 'public, max-age=0')).toBe('cache-control');
    expect(judge({ 'cache-control': 'max-age=60' }, 'public, max-age=0')).toBe(60);
  });

  test('is no excuse for an Expires that is past, unless it has a time that clients go by', () => {
    const expires = httpDate(NOW - 1000);
    expect(judge({ 'cache-control': 'no-cache', expires }, 'no-cache')).toBe('expires');
    expect(judge({ 'cache-control': 'max-age=0', expires }, 'max-age=0')).toBeUndefined();
  });
});

describe('the Date of a response', () => {
  const seconds = (count: number) => httpDate(NOW + count * 1000);

  test.each<[string, HeaderValues, string | number]>([
    ['an age, which counts', { 'cache-control': 'max-age=100', date: seconds(-40) }, 60],
    [
      'more of an age than is allowed',
      { 'cache-control': 'max-age=100', date: seconds(-200) },
      'cache-control',
    ],
    ['just as much', { 'cache-control': 'max-age=100', date: seconds(-100) }, 'cache-control'],
    ['an age for s-maxage', { 'cache-control': 's-maxage=50, max-age=100', date: seconds(-40) }, 10],
    ['now', { 'cache-control': 'max-age=100', date: seconds(0) }, 100],
    ['to come, for max-age', { 'cache-control': 'max-age=100', date: seconds(40) }, 100],
    ['no date', { 'cache-control': 'max-age=100', date: 'yesterday' }, 100],
    ['before Expires, both of them past', { date: seconds(-400), expires: seconds(-300) }, 'expires'],
    ['before an Expires that is to come', { date: seconds(-400), expires: seconds(30) }, 30],
    ['after Expires', { date: seconds(400), expires: seconds(300) }, 'expires'],
    ['to come, and Expires after it', { date: seconds(300), expires: seconds(400) }, 'expires'],
  ])('is %s', (_, headers, expected) => {
    expect(judge(headers)).toBe(expected);
  });

  test('is when the response was made, if it is not to come', () => {
    const madeAt = (headers: HeaderValues) => {
      const judged = judgeFreshness(headers, undefined, NOW);
      return 'refusal' in judged ? undefined : (judged.madeAt - NOW) / 1000;
    };
    expect(madeAt({ 'cache-control': 'max-age=100', date: seconds(-40) })).toBe(-40);
    expect(madeAt({ 'cache-control': 'max-age=100', date: seconds(40) })).toBe(0);
    expect(madeAt({ date: seconds(-400), expires: seconds(30) })).toBe(-400);
    expect(madeAt({ 'cache-control': 'max-age=100' })).toBe(0);
  });
});

describe('Expires', () => {
  test('limits the time a page is kept', () => {
    expect(judge({ expires: httpDate(NOW + 60_000) })).toBe(60);
    expect(judge({ expires: httpDate(NOW + 1_000) })).toBe(1);
    expect(judge({ expires: httpDate(NOW + 60_000), 'cache-control': 'public' })).toBe(60);
    // Rounded down to whole seconds.
    expect(judge({ expires: httpDate(NOW + 2_000) }, undefined, NOW + 1)).toBe(1);
  });

  test.each([
    ['past', httpDate(NOW - 1_000)],
    ['long past', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['just now', httpDate(NOW)],
    ['zero', '0'],
    ['minus one', '-1'],
    ['empty', ''],
    ['a number that could be a year', '2999'],
    ['a number of seconds', '4102444800'],
    ['a date of ISO 8601', '2099-01-01T00:00:00Z'],
    ['in another time zone', 'Thu, 01 Jan 2099 00:00:00 +0100'],
    ['without a time zone', 'Thu, 01 Jan 2099 00:00:00'],
    ['no date', 'tomorrow'],
    ['a date after something else', 'on Thu, 01 Jan 2099 00:00:00 GMT'],
    ['a date before something else', 'Thu, 01 Jan 2099 00:00:00 GMT+0100'],
    ['an impossible date', 'Thu, 99 Jan 2099 00:00:00 GMT'],
  ])('refuses what is %s', (_, expires) => {
    expect(judge({ expires })).toBe('expires');
    expect(judge({ expires, 'cache-control': 'public' })).toBe('expires');
  });

  test('refuses two dates', () => {
    expect(judge({ expires: [httpDate(NOW + 60_000), httpDate(NOW + 60_000)] })).toBe('expires');
  });

  test('refuses where less than a second is left', () => {
    expect(judge({ expires: httpDate(NOW + 1_000) }, undefined, NOW + 1)).toBe('expires');
  });
});

describe('Pragma', () => {
  test.each(['no-cache', 'No-Cache', 'x, no-cache'])('refuses without Cache-Control: %j', (pragma) => {
    expect(judge({ pragma })).toBe('pragma');
    expect(judge({ pragma, expires: httpDate(NOW + 60_000) })).toBe('pragma');
  });

  test('says nothing beside Cache-Control', () => {
    expect(judge({ pragma: 'no-cache', 'cache-control': 'public' })).toBeUndefined();
    expect(judge({ pragma: 'no-cache', 'cache-control': 'max-age=60' })).toBe(60);
  });

  test('says nothing with other directives', () => {
    expect(judge({ pragma: 'x-no-cached' })).toBeUndefined();
  });
});

function httpDate(time: number): string {
  return new Date(time).toUTCString();
}
