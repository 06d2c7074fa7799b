// Prints the result of a comparison.
import { verdictOf } from './statistics/interval.mjs';

/** @typedef {import('./statistics/interval.mjs').Interval} Interval */
/**
 * @typedef {object} Measured one measure, over all rounds
 * @property {string} suite
 * @property {string} name
 * @property {Interval} cpu
 * @property {Interval} wall
 * @property {{ readonly this: number, readonly other: number }} microseconds of processor time an operation
 */

const KINDS = /** @type {const} */ (['cpu', 'wall']);

/**
 * Returns a line for each measure, in columns.
 *
 * @param {readonly Measured[]} measures
 * @returns {string[]}
 */
export function linesOf(measures) {
  const width = Math.max(...measures.map(({ name }) => name.length));
  return measures.map((measured) => {
    const { name, microseconds } = measured;
    const ratios = KINDS.map((kind) => `${showInterval(measured[kind])}  ${kind.padEnd(4)}`);
    const each = `${showMicroseconds(microseconds.this)} µs`.padStart(11);
    return [name.padEnd(width), ...ratios, each, remarkOn(measured)].join('   ').trimEnd();
  });
}

/** @param {Interval} interval */
function showInterval({ ratio, low, high }) {
  return `${ratio.toFixed(3)}  (${low.toFixed(3)} .. ${high.toFixed(3)})`;
}

/** @param {number} value */
function showMicroseconds(value) {
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');
}

/** @param {Measured} measured */
function remarkOn(measured) {
  return KINDS.flatMap((kind) => {
    const verdict = verdictOf(measured[kind]);
    return verdict === undefined ? [] : [kind === 'cpu' ? verdict : `${verdict} by the clock`];
  }).join(', ');
}

/**
 * Returns the measures whose whole interval, by processor time or by the clock, lies below the limit.
 *
 * @param {readonly Measured[]} measures
 * @param {number} limit
 */
export function tooSlow(measures, limit) {
  return measures.filter((measured) => KINDS.some((kind) => measured[kind].high < limit));
}
