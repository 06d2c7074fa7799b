// Measures the cost of metrics and of a bound on pages: hits in Node and stored misses, with and without.
import { join } from 'node:path';
import { inRounds } from '../harness/load/rounds.mjs';
import { makeHit } from '../harness/load/stored.mjs';
import { startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { whileRunning } from '../harness/processes/while-running.mjs';
import { ratioOf } from '../harness/report/medians.mjs';
import { one, Report, spread, two } from '../harness/report/report.mjs';

const KINDS = {
  plain: 'neither',
  prometheus: '`metrics()` for Prometheus',
  'open-telemetry': '`metrics()` for OpenTelemetry',
  bounded: '`maxPages`, not reached',
  full: '`maxPages` reached: a page leaves for each that is stored',
};
/** The least ratios of processor time without these to processor time with them. */
const LEAST = { hit: 0.98, miss: 0.97 };
const WITH_GOAL = ['prometheus', 'open-telemetry', 'bounded'];

let used = 0;

export async function run() {
  const report = new Report('observing', 'What metrics and bounds cost');
  const folder = temporaryFolder();
  await whileRunning(async (keep) => {
    const sites = [];
    for (const kind of Object.keys(KINDS))
      sites.push(keep({ kind, ...(await startScript('observed-app.mjs', [kind, join(folder, kind)])) }));
    for (const { port } of sites) await makeHit(`http://localhost:${port}/page`);
    await measure(report, 'hit', 'Hits in Node, 10 KB', sites, ({ port }) => ({
      url: `http://localhost:${port}/page`,
    }));
    await measure(report, 'miss', 'Stored misses, 1 KB, by a constant handler', sites, ({ port }) => ({
      url: `http://localhost:${port}/`,
      // wrk starts again in each round, and begins to count from the start.
      pathsOf: () => ['count', `/many/${++used}-%d/%d`],
    }));
    report.say(
      'A miss of a constant handler is the worst case: the more time the app itself takes, the smaller is our share.',
    );
  });
  report.write();
}

async function measure(report, what, heading, sites, subjectOf) {
  const subjects = sites.map((site) => ({ name: site.kind, pid: site.pid, ...subjectOf(site) }));
  const figures = await inRounds(subjects);
  const of = (kind) => figures.get(kind).microseconds;
  report.table(
    heading,
    ['with', 'CPU µs (spread)', 'ratio by CPU'],
    Object.entries(KINDS).map(([kind, name]) => [
      name,
      spread(of(kind), one),
      two(ratioOf(of('plain'), of(kind))),
    ]),
  );
  for (const kind of WITH_GOAL)
    report.goal(`a ${what} with ${KINDS[kind]}: ratio by CPU`, ratioOf(of('plain'), of(kind)), {
      least: LEAST[what],
    });
}
