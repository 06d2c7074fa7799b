/**
 * @param {readonly number[]} values
 * @returns {number}
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const above = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? above : ((sorted[middle - 1] ?? Number.NaN) + above) / 2;
}

/**
 * Returns the median of the ratios, one for each round, in which both were measured at almost the same time.
 *
 * @param {readonly number[]} values
 * @param {readonly number[]} reference
 */
export function ratioOf(values, reference) {
  return median(values.map((value, round) => value / (reference[round] ?? Number.NaN)));
}

/** @param {readonly number[]} values */
export function spreadOf(values) {
  return { low: Math.min(...values), middle: median(values), high: Math.max(...values) };
}

/**
 * Returns the value that a share of the values do not exceed. For example, a share of 0.99 leaves out the highest
 * hundredth.
 *
 * @param {readonly number[]} values
 * @param {number} share
 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
