// Measures several hosts: the time of a deletion until all hosts know of it, the cost of the term for a hit through
// nginx, and the load that one engine carries.
import {
  DELETION_COLUMNS,
  deletionRow,
  lastOf,
  measureDeletions,
  startHost,
} from '../harness/hosts/deletions.mjs';
import { startEngines } from '../harness/hosts/engines.mjs';
import { SIMULATION_COLUMNS, simulate, simulationRow, startManyHosts } from '../harness/hosts/simulation.mjs';
import { measureHits, startBoth, WITH, WITHOUT } from '../harness/hosts/term-folder.mjs';
import { ROUNDS } from '../harness/load/rounds.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { whileRunning } from '../harness/processes/while-running.mjs';
import { reportComparison } from '../harness/report/comparison.mjs';
import { Report, whole } from '../harness/report/report.mjs';

const COUNTS = [1, 2, 4, 8];
const DELETIONS_IN_A_ROUND = 200;
/** A delay that a person who saves does not notice. */
const MOST_MS = 100;

const PAGES = [
  { size: '1k', as: 'bare', coding: 'identity' },
  { size: '10k', as: 'bare', coding: 'identity' },
  { size: '10k', as: 'browser', coding: 'br' },
];
/** More rounds than for other measures, because the difference is small. */
const ROUNDS_OF_HITS = 2 * ROUNDS;
const LEAST_OF_HITS = 0.97;

const MANY = { hosts: 100, processes: 4 };
const SECONDS = 8;
const PATIENCE_MS = 10_000;
/** Deletions per second. The first rate that an engine cannot keep up with is the last one. */
const RATES = { Redis: [0, 10, 100, 1_000], PostgreSQL: [0, 1, 10, 100] };
/** The guide recommends PostgreSQL for lower rates. */
const RATE_OF_GOAL = { Redis: 1_000, PostgreSQL: 10 };
const MOST_OF_MANY_MS = 1_000;

export async function run() {
  const folder = temporaryFolder();
  const report = new Report('hosts', 'Several hosts');
  await whileRunning(async (keep) => {
    const engines = await startEngines(folder, keep);
    await reportDeletions({ folder, engines }, report);
    await reportHits({ folder, engine: engines[0] }, report);
    await reportMany(engines, report);
  });
  report.write();
}

async function reportDeletions({ folder, engines }, report) {
  const alone = await startHost(folder);
  const sites = engines.map((engine) => ({ engine, hosts: [] }));
  try {
    const rows = [];
    // All engines start at the same time, because deletions wait until an epoch has lasted a term.
    await Promise.all(sites.map((site) => growTo(folder, site, 1)));
    for (const site of sites) rows.push(...(await rowsOf({ folder, site, alone }, report)));
    report.table('A deletion of a page that all hosts have', DELETION_COLUMNS, rows);
    report.say(
      `Each host is a process with its own folder and ledger, and without visitors. All hosts share the cores of this machine. CPU is that of all processes and of the engine. "Without" is a site of one host, measured in turns. Redis writes nothing to the disk; PostgreSQL writes every report and every deletion before it answers.`,
    );
    report.say(
      'A deletion waits until every other host has read it, written it to its ledger, deleted its page and reported. Here all hosts take turns on the cores of one machine, so the time grows with their number. On machines of their own, they work at the same time. PostgreSQL also takes one report after another, and writes each to the disk.',
    );
  } finally {
    for (const { stop } of [...sites.flatMap(({ hosts }) => hosts), alone]) await stop();
  }
}

async function rowsOf({ folder, site, alone }, report) {
  const { engine, hosts } = site;
  const rows = [];
  for (const count of COUNTS) {
    await growTo(folder, site, count);
    const settings = { engine, hosts, alone, rounds: ROUNDS, count: DELETIONS_IN_A_ROUND };
    const figures = await measureDeletions(settings);
    rows.push(deletionRow(engine.name, count, figures));
    if (count === COUNTS.at(-1)) {
      const name = `${count} hosts, ${engine.name}: p99 of a deletion, in milliseconds`;
      report.goal(name, lastOf(figures.own.times), { most: MOST_MS });
    }
  }
  return rows;
}

async function growTo(folder, { engine, hosts }, count) {
  while (hosts.length < count) hosts.push(await startHost(folder, engine));
  // Resolves when the epoch has lasted a term.
  await hosts[0].ask({ ask: 'delete', paths: ['/wide/none'] });
}

async function reportHits({ folder, engine }, report) {
  await whileRunning(async (keep) => {
    const subjects = await startBoth(folder, engine, keep);
    for (const page of PAGES) {
      const figures = await measureHits(subjects, page, { rounds: ROUNDS_OF_HITS });
      const heading = `A hit through nginx, ${page.size}B, ${page.coding}`;
      const ratios = reportComparison(report, heading, figures, { reference: WITHOUT, own: WITH });
      const name = `a hit through nginx, ${page.size}B, ${page.coding}: ratio by CPU to ${WITHOUT}`;
      report.goal(name, ratios.get(WITH), { least: LEAST_OF_HITS });
    }
    report.say(
      "A host of several does two things more: nginx makes a folder's name from the time for each request, and the kernel follows two more names and a link to each file. How much each takes was not measured.",
    );
  });
}

async function reportMany(engines, report) {
  const rows = [];
  for (const engine of engines) rows.push(...(await rowsOfMany(engine, report)));
  report.table(`${MANY.hosts} hosts`, SIMULATION_COLUMNS, rows);
  report.say(
    `A simulation: ${MANY.hosts} hosts in ${MANY.processes} processes, with the package's own code for what they send and wait for, but without ledgers and pages. The engine has one core, and all hosts share the other instead of having ${MANY.hosts}: if the hosts' CPU is near 1, the hosts are late, and real ones would be faster. A time begins when a deletion is due, and ends when every host has acknowledged it. Commands are scripts of Redis and transactions of PostgreSQL.`,
  );
  report.say(
    "With Redis, the one core of all hosts is full before that of Redis is. Every answer to a report or a look lists all hosts; how much of the time that takes was not measured. With PostgreSQL it is the engine's core that is full: each report is a transaction of its own that locks the site's row.",
  );
}

/** Measures the rates, and stops after the first one that the engine cannot keep up with. */
async function rowsOfMany(engine, report) {
  const many = await startManyHosts({ ...MANY, engine, options: { name: 'many' } });
  const measured = [];
  try {
    await many.settle();
    for (const perSecond of RATES[engine.name]) {
      const settings = { perSecond, seconds: SECONDS, patienceMilliseconds: PATIENCE_MS };
      const figures = await simulate(engine, many, settings);
      measured.push(figures);
      if (figures.acknowledged < 1) break;
    }
  } finally {
    await many.stop();
  }
  const rate = RATE_OF_GOAL[engine.name];
  const { last = Number.POSITIVE_INFINITY } = measured.find(({ perSecond }) => perSecond === rate) ?? {};
  const heading = `${MANY.hosts} hosts, ${engine.name}, ${whole(rate)} deletions a second`;
  report.goal(`${heading}: p99, in milliseconds`, last, { most: MOST_OF_MANY_MS });
  return measured.map((figures) => simulationRow(engine, figures));
}
