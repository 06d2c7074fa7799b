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
 * The median of the ratios of one round each: what both met in the same minute.
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
