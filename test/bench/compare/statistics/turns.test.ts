import { describe, expect, test } from 'vitest';
import { median, quantile, ratioOf, spreadOf } from '../../harness/report/medians.mjs';
import { speedOf, turnsOf } from './turns.mjs';

describe('turns', () => {
  test('change who comes first with every pair', () => {
    expect(turnsOf(3, 'this')).toEqual(['this', 'other', 'other', 'this', 'this', 'other']);
  });

  test('begin with the side that is named, and have each side once in each pair', () => {
    expect(turnsOf(2, 'other')).toEqual(['other', 'this', 'this', 'other']);
  });
});

describe('the speed of a round', () => {
  const figure = (cpu: number, ms: number, operations = 10) => ({ cpu, ms, operations });

  test('is what the other takes for each operation, in times what this takes', () => {
    const speed = speedOf({ this: [figure(100, 1)], other: [figure(100, 1, 5)] });
    expect(speed).toEqual({ cpu: 2, wall: 2, microseconds: { this: 10, other: 20 } });
  });

  test('is below 1 where this takes more', () => {
    expect(speedOf({ this: [figure(200, 4)], other: [figure(100, 1)] })).toMatchObject({
      cpu: 0.5,
      wall: 0.25,
    });
  });

  test('is not moved by one pair that was disturbed', () => {
    const quiet = figure(100, 1);
    const { cpu } = speedOf({ this: [quiet, figure(900, 9), quiet], other: [quiet, quiet, quiet] });
    expect(cpu).toBe(1);
  });

  test('holds neighbors against each other, so that a machine that becomes slower becomes so for both', () => {
    const own = [figure(100, 1), figure(200, 2), figure(400, 4)];
    const other = own.map(({ cpu, ms }) => figure(cpu * 1.1, ms * 1.1));
    expect(speedOf({ this: own, other }).cpu).toBeCloseTo(1.1);
  });
});

describe('a median', () => {
  test('of an odd number of values is the one in the middle', () => {
    expect(median([9, 1, 10])).toBe(9);
  });

  test('of an even number is between the two in the middle', () => {
    expect(median([10, 1, 2, 3])).toBe(2.5);
  });

  test('of no value is none', () => {
    expect(median([])).toBeNaN();
  });

  test('of ratios is that of each round, and not the ratio of medians', () => {
    expect(ratioOf([1, 20, 300], [1, 10, 300])).toBe(1);
  });

  test('comes with the lowest and the highest', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ low: 1, middle: 2, high: 3 });
  });
});

describe('a quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test('is the value that its share does not exceed', () => {
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile(hundred, 0.99)).toBe(99);
  });

  test('of few values is the highest', () => {
    expect(quantile([3, 1, 2], 0.99)).toBe(3);
  });

  test('is without end where a value is, if its share takes it in', () => {
    const oneLost = [...hundred.slice(1), Number.POSITIVE_INFINITY];
    expect(quantile(oneLost, 0.99)).toBe(99);
    expect(quantile([...oneLost.slice(1), Number.POSITIVE_INFINITY], 0.99)).toBe(Number.POSITIVE_INFINITY);
  });

  test('of no value is none', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});
