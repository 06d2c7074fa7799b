// Estimates a median from a sample.
import { median } from '../../harness/report/medians.mjs';

const CONFIDENCE = 0.99;

/** @typedef {{ readonly ratio: number, readonly low: number, readonly high: number, readonly confidence: number }} Interval */

/**
 * Returns the median of a sample, with the interval of the sign test. The interval reaches from one value of the sample
 * to another, with equally many values left out at either end, so that it holds the median of all possible values with
 * 99 % confidence. It assumes nothing about the distribution of the values, and a few outliers do not move it. With
 * fewer than eight values it is the whole range, and `confidence` says how reliable that is.
 *
 * @param {readonly number[]} values
 * @returns {Interval}
 */
export function intervalOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  let left = 0;
  while (confidenceWithout(left + 1, sorted.length) >= CONFIDENCE) left += 1;
  return {
    ratio: median(sorted),
    low: sorted[left] ?? Number.NaN,
    high: sorted[sorted.length - 1 - left] ?? Number.NaN,
    confidence: confidenceWithout(left, sorted.length),
  };
}

/**
 * Returns the probability that the true median lies inside the interval when `left` values are left out at either end.
 * It is the probability that `count` tosses of a fair coin give more than `left` heads and more than `left` tails.
 *
 * @param {number} left
 * @param {number} count
 */
export function confidenceWithout(left, count) {
  let outcomes = 1;
  let few = 0;
  for (let heads = 0; heads <= left; heads += 1) {
    few += outcomes;
    outcomes = (outcomes * (count - heads)) / (heads + 1);
  }
  return Math.max(0, 1 - 2 * (few / 2 ** count));
}

/**
 * Returns undefined if the interval holds 1, or comes from too few values.
 *
 * @param {Interval} interval
 * @returns {'slower' | 'faster' | undefined}
 */
export function verdictOf({ low, high, confidence }) {
  if (confidence < CONFIDENCE) return undefined;
  if (high < 1) return 'slower';
  return low > 1 ? 'faster' : undefined;
}
