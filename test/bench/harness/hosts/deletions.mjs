// Measures the cost of a deletion with several hosts on this machine, in turns with a site of one host without
// `cluster`.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileOf, parsePagePath } from '../../../../dist/page/layout.js';
import { processorSeconds } from '../load/processor-time.mjs';
import { turned } from '../load/rounds.mjs';
import { prefill, webRootIn } from '../pages/many-pages.mjs';
import { startUnpinned } from '../processes/subject.mjs';
import { median, quantile, ratioOf } from '../report/medians.mjs';
import { one, two } from '../report/report.mjs';

/** Deletions at the beginning of each row that are not counted, because the disk still writes the pages. */
const WARM_UP = 20;

export const DELETION_COLUMNS = [
  ...['', 'hosts', 'p50 ms', 'p99 ms', 'without `cluster`: p50 ms', 'p99 ms'],
  ...['p50, in times that without', 'CPU ms', 'without: CPU ms'],
];

let folders = 0;
let rows = 0;

/** Starts a host. Without an engine, it is the only host of its site. */
export async function startHost(parent, engine, options) {
  folders += 1;
  const folder = join(parent, `host-${folders}`);
  mkdirSync(folder, { mode: 0o755 });
  const words = engine === undefined ? [] : [JSON.stringify({ ...engine.settings, ...options })];
  return { folder, ...(await startUnpinned('host.mjs', [folder, ...words])) };
}

/**
 * Makes the first host delete pages that all hosts have. Returns for each site the milliseconds of every deletion, by
 * round, and the milliseconds of processor time that one deletion takes in all processes.
 */
export async function measureDeletions({ engine, hosts, alone, rounds, count }) {
  rows += 1;
  const paths = Array.from({ length: WARM_UP + rounds * count }, (_, number) => `/wide/${rows}-${number}`);
  const subjects = [
    { name: 'own', hosts, pids: [engine.pid, ...hosts.map(({ pid }) => pid)] },
    { name: 'alone', hosts: [alone], pids: [alone.pid] },
  ];
  const figures = { own: { times: [], cpu: [] }, alone: { times: [], cpu: [] } };
  for (const { hosts: all } of subjects) for (const host of all) prefill(host.folder, paths);
  for (const { hosts: all } of subjects) await remove(all, paths.slice(0, WARM_UP));
  for (let round = 0; round < rounds; round += 1) {
    const part = paths.slice(WARM_UP + round * count, WARM_UP + (round + 1) * count);
    for (const { name, hosts: all, pids } of turned(subjects, round)) {
      const before = secondsOf(pids);
      figures[name].times.push(await remove(all, part));
      figures[name].cpu.push(((secondsOf(pids) - before) * 1_000) / count);
    }
  }
  return figures;
}

/** Deletes pages. Throws if a page is missing on any host before, or still there afterwards. */
async function remove(hosts, paths) {
  const [first] = hosts;
  const present = () =>
    hosts.map(({ folder }) => paths.filter((path) => existsSync(pageOf(folder, path))).length);
  const before = present();
  const { value } = await first.ask({ ask: 'delete', paths });
  const after = present();
  if (before.some((number) => number !== paths.length) || after.some((number) => number > 0))
    throw new Error(`Of ${paths.length} pages there were ${before}, and ${after} after their deletion`);
  return value;
}

export function deletionRow(name, count, { own, alone }) {
  return [
    name,
    count,
    ...[own, alone].flatMap(({ times }) => [two(middleOf(times)), two(lastOf(times))]),
    one(ratioOf(own.times.map(median), alone.times.map(median))),
    ...[own, alone].map(({ cpu }) => two(median(cpu))),
  ];
}

export function middleOf(times) {
  return quantile(times.flat(), 0.5);
}

/** Returns the 99th percentile. */
export function lastOf(times) {
  return quantile(times.flat(), 0.99);
}

function pageOf(folder, path) {
  return join(webRootIn(folder), fileOf(parsePagePath(path), 'html'));
}

function secondsOf(pids) {
  return pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
}
