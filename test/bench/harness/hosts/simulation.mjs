// Simulates very many hosts on one bus, in few processes: measures the time until all hosts know of a deletion, and the
// cost for the engine.
import { setTimeout as delay } from 'node:timers/promises';
import { processorSeconds } from '../load/processor-time.mjs';
import { startScript } from '../processes/subject.mjs';
import { LOAD_CORE } from '../processes/tools.mjs';
import { quantile } from '../report/medians.mjs';
import { one, two, whole } from '../report/report.mjs';

/** PostgreSQL updates its counters up to a second late. */
const COUNTED_LATE_MS = 1_500;

export const SIMULATION_COLUMNS = [
  ...['', 'deletions/s', 'acknowledged', 'p50 ms', 'p99 ms'],
  ...["engine's CPU, cores", 'commands/s', "hosts' CPU, cores", 'terms ended'],
];

/** Starts the processes. They stop when the process that started them stops. */
export async function startManyHosts({ engine, hosts, processes, options }) {
  const settings = JSON.stringify({ ...engine.settings, ...options });
  const each = hosts / processes;
  const starts = Array.from({ length: processes }, (_, index) =>
    startScript('many-hosts.mjs', [settings, String(index * each), String(each)], LOAD_CORE),
  );
  const children = await Promise.all(starts);
  const askEach = async (questionOf) =>
    (await Promise.all(children.map((child, index) => child.ask(questionOf(index))))).map(
      ({ value }) => value,
    );
  return {
    askEach,
    settle: () => children[0].ask({ ask: 'settle' }),
    pids: children.map(({ pid }) => pid),
    stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
  };
}

/** Measures some seconds with a number of deletions per second. All hosts delete in turn. */
export async function simulate(engine, many, { perSecond, seconds, patienceMilliseconds }) {
  const isAtRest = perSecond === 0;
  const before = { ...(await usage(many)), commands: await engine.commands(), ...times(engine, many) };
  const answers = await many.askEach((index) =>
    isAtRest
      ? { ask: 'rest', seconds }
      : deletionsOf(index, { perSecond, seconds, patienceMilliseconds, processes: many.pids.length }),
  );
  const after = { ...times(engine, many), ...(await usage(many)) };
  if (!isAtRest) await delay(COUNTED_LATE_MS);
  after.commands = await engine.commands();
  const each = (key) => ((after[key] - before[key]) / (after.at - before.at)) * 1_000;
  return {
    ...{ perSecond, engineCores: each('engine'), hostCores: each('hosts'), commands: each('commands') },
    endedTerms: after.endedTerms - before.endedTerms,
    ...(isAtRest ? {} : outcome(answers)),
  };
}

/**
 * Returns the share of one process. Processes begin one after the other, so that they do not all delete at the same
 * time.
 */
function deletionsOf(index, { perSecond, processes, ...limits }) {
  const delayMilliseconds = (index * 1_000) / perSecond;
  return { ask: 'delete', perSecond: perSecond / processes, delayMilliseconds, ...limits };
}

/** Counts a deletion that was not acknowledged as slower than all others. */
function outcome(answers) {
  const total = answers.reduce((sum, answer) => sum + answer.total, 0);
  const acknowledged = answers.flatMap(({ times }) => times);
  const missing = Array.from({ length: total - acknowledged.length }, () => Number.POSITIVE_INFINITY);
  const times = [...acknowledged, ...missing];
  return {
    acknowledged: acknowledged.length / total,
    middle: quantile(times, 0.5),
    last: quantile(times, 0.99),
  };
}

export function simulationRow(engine, figures) {
  const { perSecond, acknowledged, middle, last, engineCores, commands, hostCores, endedTerms } = figures;
  const isAtRest = acknowledged === undefined;
  return [
    engine.name,
    isAtRest ? 'none' : whole(perSecond),
    isAtRest ? '' : `${one(acknowledged * 100)} %`,
    ...[middle, last].map((time) => shown(time)),
    ...[two(engineCores), whole(commands), two(hostCores), whole(endedTerms)],
  ];
}

function shown(time) {
  if (time === undefined) return '';
  return time === Number.POSITIVE_INFINITY ? 'never' : one(time);
}

async function usage({ askEach }) {
  const ended = await askEach(() => ({ ask: 'endedTerms' }));
  return { endedTerms: ended.reduce((sum, number) => sum + number, 0) };
}

function times(engine, { pids }) {
  return {
    engine: processorSeconds(engine.pid),
    hosts: pids.reduce((sum, pid) => sum + processorSeconds(pid), 0),
    at: performance.now(),
  };
}
