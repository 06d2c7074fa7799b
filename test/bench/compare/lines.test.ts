import { describe, expect, test } from 'vitest';
import { linesOf, tooSlow } from './lines.mjs';

const interval = (ratio: number, low: number, high: number) => ({ ratio, low, high, confidence: 0.99 });
const measured = (name: string, cpu: readonly [number, number, number]) => ({
  ...{ suite: 'hits', name, cpu: interval(...cpu), wall: interval(1, 0.9, 1.1) },
  microseconds: { this: 34.21, other: 34 },
});

describe('the lines of a comparison', () => {
  test('are in columns, and say what is slower or faster', () => {
    const lines = linesOf([
      measured('hits in Node', [0.998, 0.991, 1.006]),
      measured('bypasses', [0.9, 0.88, 0.92]),
      measured('start', [1.2, 1.1, 1.3]),
    ]);
    expect(lines).toEqual([
      'hits in Node   0.998  (0.991 .. 1.006)  cpu    1.000  (0.900 .. 1.100)  wall       34.2 µs',
      'bypasses       0.900  (0.880 .. 0.920)  cpu    1.000  (0.900 .. 1.100)  wall       34.2 µs   slower',
      'start          1.200  (1.100 .. 1.300)  cpu    1.000  (0.900 .. 1.100)  wall       34.2 µs   faster',
    ]);
  });

  test('say when the clock differs', () => {
    const [line] = linesOf([{ ...measured('start', [1, 0.9, 1.1]), wall: interval(0.8, 0.7, 0.9) }]);
    expect(line).toMatch(/slower by the clock$/);
  });
});

describe('too slow', () => {
  test('is only what lies below the limit with its whole interval', () => {
    const inDoubt = measured('in doubt', [0.9, 0.7, 0.99]);
    const slow = measured('slow', [0.9, 0.88, 0.979]);
    expect(tooSlow([inDoubt, slow], 0.98)).toEqual([slow]);
  });

  test('is by the clock too', () => {
    const waiting = { ...measured('waiting', [1, 0.99, 1.01]), wall: interval(0.5, 0.4, 0.6) };
    expect(tooSlow([waiting], 0.98)).toEqual([waiting]);
  });
});
