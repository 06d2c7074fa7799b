// Where a median is, as far as a sample tells.
import { median } from '../../harness/report/medians.mjs';

const CONFIDENCE = 0.99;

/** @typedef {{ readonly ratio: number, readonly low: number, readonly high: number, readonly confidence: number }} Interval */

/**
 * The median of a sample, with the interval of the sign test: between two of the values, equally many from either end, so
 * that the median of all that could have been measured lies between them with 99 % confidence. It assumes nothing of how
 * the values are distributed, and a few that are far off do not move it. Of fewer than eight values it is the whole range,
 * and `confidence` says what that is worth.
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
 * How likely it is that the true median lies inside, when so many values are left out at either end: as likely as that of
 * so many fair coins, more than those left out show either side.
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
 * Undefined where the interval holds 1, or is one of too few values.
 *
 * @param {Interval} interval
 * @returns {'slower' | 'faster' | undefined}
 */
export function verdictOf({ low, high, confidence }) {
  if (confidence < CONFIDENCE) return undefined;
  if (high < 1) return 'slower';
  return low > 1 ? 'faster' : undefined;
}
