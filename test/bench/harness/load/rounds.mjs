// Subjects are measured in turns, so that whatever disturbs the machine disturbs all of them; medians are compared.
import { load } from './load.mjs';
import { processorSeconds } from './processor-time.mjs';

export const ROUNDS = Number(process.env.STATICGENERATOR_ROUNDS ?? 5);
/** wrk counts whole seconds only. */
const SECONDS = Number(process.env.STATICGENERATOR_SECONDS ?? 1);
const WARM_UP_SECONDS = 1;

/**
 * Loads every subject in every round. A subject is { name, url, pid, headers?, connections?, pathsOf?, load? }: what
 * paths.lua is to be told in a round, and what asks in place of wrk. Its figures are requests a second and microseconds of processor time a
 * request, a figure a round.
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

/** Each round begins with another one. */
export function turned(list, by) {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
