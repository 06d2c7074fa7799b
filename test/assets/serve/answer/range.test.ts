import { describe, expect, test } from 'vitest';
import { judgeRange } from '../../../../src/assets/serve/answer/range.js';

const TEN = 10;

describe('of ten bytes', () => {
  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=5-5', 5, 5],
    ['bytes=9-', 9, 9],
    ['bytes=9-9', 9, 9],
    ['bytes=-1', 9, 9],
    ['bytes=0-', 0, 9],
    ['bytes=0-4', 0, 4],
    ['bytes=-3', 7, 9],
    ['bytes=3-100000', 3, 9],
    ['bytes=-100000', 0, 9],
    ['bytes=-10', 0, 9],
    ['BYTES=0-1', 0, 1],
    ['bytes=00000000000000000000-1', 0, 1],
    ['bytes=0-99999999999999999999999999', 0, 9],
  ])('%s is a part', (header, start, end) => {
    expect(judgeRange(header, TEN)).toEqual({ start, end });
  });

  test.each(['bytes=10-', 'bytes=10-10', 'bytes=1000-1100', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s is a part that is not there',
    (header) => {
      expect(judgeRange(header, TEN)).toBe('unsatisfiable');
    },
  );

  test.each([
    ['no header', undefined],
    ['an empty one', ''],
    ['another unit', 'lines=0-1'],
    ['no numbers', 'bytes=-'],
    ['words', 'bytes=a-b'],
    ['an end before the start', 'bytes=5-2'],
    ['a second sign', 'bytes=--3'],
    ['a sign', 'bytes=+1-2'],
    ['a fraction', 'bytes=0.5-2'],
    ['another form of number', 'bytes=0x1-2'],
    ['spaces', 'bytes= 0 - 1'],
    ['several parts', 'bytes=0-0,2-2'],
    ['an empty second part', 'bytes=0-0,'],
  ])('%s is ignored', (_, header) => {
    expect(judgeRange(header, TEN)).toBe('whole');
  });
});

test.each(['bytes=0-', 'bytes=0-0', 'bytes=-1', 'bytes=-0'])(
  'of an empty file, %s is the whole',
  (header) => {
    expect(judgeRange(header, 0)).toBe('whole');
  },
);

test('beyond the start of an empty file there is nothing', () => {
  expect(judgeRange('bytes=1-', 0)).toBe('unsatisfiable');
});
