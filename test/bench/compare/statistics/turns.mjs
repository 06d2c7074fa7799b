// Who is measured when, and what is held against what.
import { median, ratioOf } from '../../harness/report/medians.mjs';

/** @typedef {'this' | 'other'} Side */
/** @typedef {{ readonly operations: number, readonly cpu: number, readonly ms: number }} Figure microseconds of processor time, milliseconds of the clock */

/**
 * Both sides in turns, `A B B A A B B A …`: neither is always the one that comes first, and a machine that becomes slower
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
 * How fast this side is in times the other one, by processor time and by the clock: the medians of the ratios of those
 * turns that were neighbors.
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
