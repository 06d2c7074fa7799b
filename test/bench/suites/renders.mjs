// What it costs a render that what it reads is followed: the same app on the same database, with its adapter and without.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { speedOf, turnsOf } from '../compare/statistics/turns.mjs';
import { isMiss, measureLoad, served, startSubject } from '../compare/suites/served.mjs';
import { requestFor } from '../harness/load/keep-alive.mjs';
import { ROUNDS } from '../harness/load/rounds.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { median } from '../harness/report/medians.mjs';
import { Report, spread, two, whole } from '../harness/report/report.mjs';

const LEAST = 0.9;
const WARM_UPS = 3;
const ENTRIES = ['staticgenerator', 'staticgenerator/typeorm'].map((path) =>
  fileURLToPath(import.meta.resolve(path)),
);
const NAMES = { this: 'with its reads followed', other: 'without' };

export async function run() {
  const folder = temporaryFolder();
  const report = new Report('renders', 'What following the reads of a render costs');
  const subjects = {};
  try {
    subjects.this = await start(folder, 'followed');
    subjects.other = await start(folder, 'alone');
    writeTable(report, await measure(subjects));
  } finally {
    for (const { stop } of Object.values(subjects)) await stop();
  }
  report.write();
}

async function start(folder, reads) {
  return await served(await startSubject('posts.mjs', [...ENTRIES, join(folder, reads), reads]));
}

/** In turns; each asks for every post once. */
async function measure(subjects) {
  const figures = { this: [], other: [] };
  const take = async (side) => {
    const requests = Array.from({ length: subjects[side].posts }, (_, index) =>
      requestFor(`/rendered/${index + 1}`),
    );
    return await measureLoad(subjects[side], requests, isMiss);
  };
  for (const side of turnsOf(WARM_UPS, 'this')) await take(side);
  for (const side of turnsOf(2 * ROUNDS, 'this')) figures[side].push(await take(side));
  return figures;
}

function writeTable(report, figures) {
  const { cpu, wall } = speedOf(figures);
  const rows = Object.entries(NAMES).map(([side, name]) => {
    const each = (key) => figures[side].map((figure) => figure[key] / figure.operations);
    const ratios = side === 'this' ? [two(wall), two(cpu)] : ['1', '1'];
    return [name, whole(1_000 / median(each('ms'))), spread(each('cpu'), whole), ...ratios];
  });
  report.table(
    'A page of four queries by TypeORM, on SQLite in memory, that is not stored',
    ['', 'requests/s', 'CPU µs (spread)', 'ratio', 'ratio by CPU'],
    rows,
  );
  report.say(
    'The queries are answered by the same process, in microseconds. Where a database is asked that is elsewhere, a render takes longer, and following it does not.',
  );
  report.goal('a render with its reads followed: rate by CPU, in times that without', cpu, { least: LEAST });
}
