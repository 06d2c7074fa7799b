import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from '../../../src/cluster/cdn/pace.js';

const HOUR_MS = 60 * 60 * 1000;

// The clock stands still unless a test moves it.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Returns how long the pace rests after failures. Each failure asked for a time, or for none. */
function restAfter(...asked: readonly (number | undefined)[]): number {
  const pace = new Pace(0);
  for (const askedMs of asked) pace.failed(askedMs);
  return pace.restMs;
}

test.each([
  ['half a second at the most after the first failure', [undefined], 250, 500],
  ['twice as long after each further one', [undefined, undefined, undefined], 1_000, 2_000],
  ['a minute at the most', Array.from({ length: 20 }, () => undefined), 30_000, 60_000],
  ['as long as the service asks for', [17_000], 17_000, 17_000],
  ['as long as the service asks for the last time', [17_000, 9_000], 9_000, 9_000],
  ['no shorter than without asking', [1], 250, 500],
  ['an hour at the most, whatever it asks for', [24 * HOUR_MS], HOUR_MS, HOUR_MS],
])('a service that has failed is left alone %s', (_case, asked, least, most) => {
  expect(restAfter(...asked)).toBeGreaterThanOrEqual(least);
  expect(restAfter(...asked)).toBeLessThanOrEqual(most);
});

test('a service that has failed is left alone until the time is over, and not after it works again', () => {
  const pace = new Pace(0);
  pace.failed(17_000);
  vi.advanceTimersByTime(16_999);
  expect(pace.restMs).toBe(1);
  vi.advanceTimersByTime(1);
  expect(pace.restMs).toBe(0);
  for (let failure = 0; failure < 9; failure += 1) pace.failed(undefined);
  pace.succeeded();
  expect(pace.restMs).toBe(0);
  pace.failed(undefined);
  expect(pace.restMs).toBeLessThanOrEqual(500);
});

test('calls are as far apart as the service wants them, and the first after a pause waits for none', () => {
  const pace = new Pace(100);
  expect([pace.takeTurn(), pace.takeTurn(), pace.takeTurn()]).toEqual([0, 100, 200]);
  vi.advanceTimersByTime(250);
  expect(pace.takeTurn()).toBe(50);
  vi.advanceTimersByTime(1_000);
  expect(pace.takeTurn()).toBe(0);
});
