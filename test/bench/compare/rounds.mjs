// The comparison itself: in every round, each suite starts both subjects again and measures them in turns.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../harness/report/medians.mjs';
import { nameOf } from './checkouts.mjs';
import { intervalOf } from './statistics/interval.mjs';
import { speedOf, turnsOf } from './statistics/turns.mjs';

/** Pairs of turns that run before those that count. */
const WARM_UPS = 8;

/**
 * Two processes of the same code differ: in the addresses of their code and data, and in what is compiled when. So the
 * number of processes matters, not the number of turns: a round, with two new processes for each suite, gives one
 * ratio, and the interval is one of rounds.
 */
export async function measureRounds(suites, checkouts, { rounds, pairs, folder, signal, tell }) {
  const speeds = new Map(suites.flatMap(({ measures }) => measures.map((measure) => [measure, []])));
  for (let round = 0; round < rounds; round += 1)
    for (const suite of suites) {
      tell(`round ${round + 1} of ${rounds}: ${suite.name}`);
      const within = { folder: join(folder, `${round}-${suite.name}`), signal };
      const first = round % 2 === 0 ? 'this' : 'other';
      await withBoth(suite, checkouts, { ...within, first }, async (subjects) => {
        for (const measure of suite.measures)
          speeds.get(measure).push(await measureOne(measure, subjects, { pairs, first, checkouts, signal }));
      });
    }
  return suites.flatMap(({ name: suite, measures }) =>
    measures.map((measure) => summaryOf(suite, measure, speeds.get(measure))),
  );
}

async function withBoth({ start }, checkouts, { folder, first, signal }, work) {
  const subjects = new Map();
  try {
    for (const side of turnsOf(1, first)) {
      signal.throwIfAborted();
      const own = join(folder, side);
      mkdirSync(own, { recursive: true });
      subjects.set(side, await naming(checkouts[side], () => start(checkouts[side], own)));
    }
    await work(subjects);
  } finally {
    for (const subject of subjects.values()) await subject.stop();
  }
}

/**
 * `share` is the share of the pairs that this measure takes: slow turns get fewer. A measure that starts a process in
 * each turn has no warm-up.
 */
async function measureOne(measure, subjects, { pairs, first, checkouts, signal }) {
  const { isCold = false, share = 1 } = measure;
  const figures = { this: [], other: [] };
  const take = async (side) => {
    signal.throwIfAborted();
    return await naming(checkouts[side], () => measure.turn(subjects.get(side)));
  };
  const warmUps = isCold ? 0 : Math.ceil(WARM_UPS * share);
  for (const side of turnsOf(warmUps, first)) await take(side);
  for (const side of turnsOf(Math.ceil(pairs * share), first)) figures[side].push(await take(side));
  return speedOf(figures);
}

/** Adds to an error which of the two checkouts failed. */
async function naming(checkout, work) {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`In ${nameOf(checkout)}: ${cause.message}`, { cause });
  }
}

function summaryOf(suite, { name }, speeds) {
  const all = (pick) => speeds.map(pick);
  return {
    ...{ suite, name },
    cpu: intervalOf(all(({ cpu }) => cpu)),
    wall: intervalOf(all(({ wall }) => wall)),
    microseconds: {
      this: median(all(({ microseconds }) => microseconds.this)),
      other: median(all(({ microseconds }) => microseconds.other)),
    },
    rounds: speeds,
  };
}
