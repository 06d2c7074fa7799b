// Subjects are measured in turns, so that a disturbance of the machine affects all of them. Their medians are compared.
import { load } from './load.mjs';
import { processorSeconds } from './processor-time.mjs';

export const ROUNDS = Number(process.env.STATICGENERATOR_ROUNDS ?? 5);
/** A whole number, because wrk counts only whole seconds. */
const SECONDS = Number(process.env.STATICGENERATOR_SECONDS ?? 1);
const WARM_UP_SECONDS = 1;

/**
 * Loads every subject in every round. A subject is { name, url, pid, headers?, connections?, pathsOf?, load? }:
 * `pathsOf` returns the arguments of paths.lua for a round, and `load` sends the requests instead of wrk. The figures
 * of a subject are requests per second and microseconds of processor time per request, one of each per round.
 */
export async function inRounds(subjects, { seconds = SECONDS, rounds = ROUNDS } = {}) {
  for (const subject of subjects) await loadOnce(subject, { seconds: WARM_UP_SECONDS, round: 'warm-up' });
  const figures = new Map(subjects.map(({ name }) => [name, { perSecond: [], microseconds: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of turned(subjects, round)) {
      const before = processorSeconds(subject.pid);
      const { requests, failed, perSecond } = await loadOnce(subject, { seconds, round });
      if (failed > 0) throw new Error(`${subject.name}: ${failed} of ${requests} answers were no success`);
      const own = figures.get(subject.name);
      own.perSecond.push(perSecond);
      own.microseconds.push(((processorSeconds(subject.pid) - before) * 1e6) / requests);
    }
  }
  return figures;
}

function loadOnce({ url, headers, connections, pathsOf, load: ask = load }, { seconds, round }) {
  return ask(url, { seconds, headers, connections, paths: pathsOf?.(round) });
}

/** Rotates the list, so that each round begins with another subject. */
export function turned(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
