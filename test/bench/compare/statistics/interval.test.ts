import { describe, expect, test } from 'vitest';
import { confidenceWithout, intervalOf, verdictOf } from './interval.mjs';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the interval of a median', () => {
  test('leaves out as many values at either end as 99 % allow', () => {
    expect(intervalOf(upTo(12))).toMatchObject({ ratio: 6.5, low: 2, high: 11 });
    expect(intervalOf(upTo(15))).toMatchObject({ ratio: 8, low: 3, high: 13 });
    expect(intervalOf(upTo(30))).toMatchObject({ ratio: 15.5, low: 8, high: 23 });
  });

  test('is not moved by one value that is far off', () => {
    expect(intervalOf([...upTo(11), 1_000])).toMatchObject({ low: 2, high: 11 });
  });

  test('of few values is all of them, and says what that is worth', () => {
    expect(intervalOf(upTo(5))).toEqual({ ratio: 3, low: 1, high: 5, confidence: 0.9375 });
    expect(intervalOf([1])).toEqual({ ratio: 1, low: 1, high: 1, confidence: 0 });
  });

  test('holds the true median as often as it says', () => {
    const isInside = (seed: number) => {
      const { low, high } = intervalOf(skewedSample(12, seed));
      return low <= 1 && 1 <= high;
    };
    const inside = upTo(4_000).filter(isInside).length;
    expect(inside / 4_000).toBeGreaterThan(0.988);
    expect(inside / 4_000).toBeLessThan(0.998);
  });
});

/** Returns values with a median of 1 that are far from evenly spread: each is a power of 3. */
function skewedSample(count: number, seed: number): number[] {
  let state = seed * 7_919;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const position = state / 2_147_483_648 - 0.5;
    return 3 ** (position < 0 ? position : position ** 2);
  });
}

describe('the confidence', () => {
  test.each([
    [0, 8, 1 - 2 / 256],
    [0, 1, 0],
    [1, 12, 1 - 26 / 4096],
    [2, 12, 1 - 158 / 4096],
  ])('when %i values of %i at either end are left out is exact', (left, count, confidence) => {
    expect(confidenceWithout(left, count)).toBeCloseTo(confidence, 12);
  });

  test('is none when all values are left out', () => {
    expect(confidenceWithout(3, 6)).toBe(0);
  });
});

test('only an interval that does not hold 1 says slower or faster', () => {
  const interval = { ratio: 1, confidence: 0.99 };
  expect(verdictOf({ ...interval, low: 0.9, high: 0.99 })).toBe('slower');
  expect(verdictOf({ ...interval, low: 1.01, high: 1.1 })).toBe('faster');
  expect(verdictOf({ ...interval, low: 1, high: 1.1 })).toBeUndefined();
  expect(verdictOf({ ...interval, low: 0.9, high: 1 })).toBeUndefined();
  expect(verdictOf({ ...interval, low: 0.8, high: 0.9, confidence: 0.98 })).toBeUndefined();
});
