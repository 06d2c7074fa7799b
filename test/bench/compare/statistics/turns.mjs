// Decides which side is measured when, and which figures are compared.
import { median, ratioOf } from '../../harness/report/medians.mjs';

/** @typedef {'this' | 'other'} Side */
/**
 * @typedef {{ readonly operations: number, readonly cpu: number, readonly ms: number }} Figure `cpu` in microseconds of
 * processor time, `ms` in milliseconds of the clock
 */

/**
 * Returns both sides in turns, `A B B A A B B A …`: neither side always comes first, and a machine that becomes slower
 * or faster steadily does so for both.
 *
 * @param {number} pairs
 * @param {Side} first
 * @returns {Side[]}
 */
export function turnsOf(pairs, first) {
  /** @type {Side} */
  const second = first === 'this' ? 'other' : 'this';
  return Array.from({ length: pairs }, (_, pair) =>
    pair % 2 === 0 ? [first, second] : [second, first],
  ).flat();
}

/**
 * Returns how many times as fast as the other side this side is, by processor time and by the clock: the medians of the
 * ratios of neighboring turns.
 *
 * @param {Readonly<Record<Side, readonly Figure[]>>} figures
 */
export function speedOf({ this: own, other }) {
  const each = (/** @type {readonly Figure[]} */ list, /** @type {'cpu' | 'ms'} */ key) =>
    list.map((figure) => figure[key] / figure.operations);
  return {
    cpu: ratioOf(each(other, 'cpu'), each(own, 'cpu')),
    wall: ratioOf(each(other, 'ms'), each(own, 'ms')),
    microseconds: { this: median(each(own, 'cpu')), other: median(each(other, 'cpu')) },
  };
}
