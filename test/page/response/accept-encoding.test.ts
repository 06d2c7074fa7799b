import { describe, expect, test } from 'vitest';
import { preferredCodings } from '../../../src/page/response/accept-encoding.js';

const available = ['br', 'gzip'] as const;

describe('the codings that a client gets, best first', () => {
  test.each<[string | undefined, string]>([
    [undefined, ''],
    ['', ''],
    ['identity', ''],
    ['deflate', ''],
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br gzip'],
    ['br, gzip', 'br gzip'],
    ['GZIP, BR', 'br gzip'],
    ['gzip,br', 'br gzip'],
    [' gzip ,\tbr ', 'br gzip'],
    [',,gzip,,', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip;q=1.0, br;q=0.5', 'gzip br'],
    ['gzip;q=0.5, br;q=1.0', 'br gzip'],
    ['gzip;q=0.8, br;q=0.8', 'br gzip'],
    ['br;q=0.001, gzip;q=0.002', 'gzip br'],
    ['gzip ; q=0.5', 'gzip'],
    ['gzip;Q=0.5', 'gzip'],
    ['gzip;q=0', ''],
    ['gzip;q=0.0', ''],
    ['gzip;q=0.000', ''],
    ['gzip;q=0, br', 'br'],
    ['gzip, br;q=1', 'br gzip'],
    ['gzip;xq=0', 'gzip'],
    ['gzip;q=1', 'gzip'],
    ['gzip;q=1.', 'gzip'],
    ['gzip;q=1.000', 'gzip'],
    ['gzip;q=0.', ''],
    ['*', 'br gzip'],
    ['*;q=0.5', 'br gzip'],
    ['*;q=0', ''],
    ['gzip, *;q=0', 'gzip'],
    ['gzip;q=0, *', 'br'],
    ['br;q=0.2, *;q=0.7', 'gzip br'],
    ['identity;q=0, gzip', 'gzip'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity;q=0.5, gzip;q=1, br;q=0.1', 'gzip'],
    ['identity, gzip;q=0.5', ''],
    ['identity;q=0.9, *;q=0.5', ''],
  ])('%j -> %j', (header, expected) => {
    expect(preferredCodings(header, available).join(' ')).toBe(expected);
  });

  test.each([
    'gzip;q=',
    'gzip;q=2',
    'gzip;q=1.001',
    'gzip;q=-1',
    'gzip;q=0.1234',
    'gzip;q=x',
    'gzip;q=.5',
    'gzip;q = 1',
  ])('leave out one of a malformed weight: %j', (header) => {
    expect(preferredCodings(`br, ${header}`, available)).toEqual(['br']);
  });

  test('are none where nothing is available', () => {
    expect(preferredCodings('gzip, br', [])).toEqual([]);
  });

  test('are among those that are available', () => {
    expect(preferredCodings('br, gzip', ['gzip'])).toEqual(['gzip']);
    expect(preferredCodings('*', ['gzip'])).toEqual(['gzip']);
  });

  test('do not change the list that was given', () => {
    const given = ['br', 'gzip'];
    preferredCodings('gzip;q=1, br;q=0.1', given);
    expect(given).toEqual(['br', 'gzip']);
  });

  test('are the same for a header that came before, however many others came between', () => {
    const headers = Array.from({ length: 300 }, (_, index) => `br;q=0.${index % 10}, gzip, x${index}`);
    const long = `br;q=0.1, gzip${', deflate'.repeat(50)}`;
    for (const header of [...headers, long, ...headers, long])
      expect(preferredCodings(header, available)[0]).toBe('gzip');
    expect(preferredCodings('br;q=1, gzip;q=0.1', available)).toEqual(['br', 'gzip']);
  });
});
