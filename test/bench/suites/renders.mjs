// Measures what tracking the reads of a render costs: the same app on the same database, with its adapter and without.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { speedOf } from '../compare/statistics/turns.mjs';
import { isMiss, measureLoad, served, startSubject } from '../compare/suites/served.mjs';
import { requestFor } from '../harness/load/keep-alive.mjs';
import { ROUNDS } from '../harness/load/rounds.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { median } from '../harness/report/medians.mjs';
import { Report, spread, two, whole } from '../harness/report/report.mjs';

const LEAST = 0.9;
/** Rounds of 200 renders each. Until then, V8 still compiles the code that tracks them. */
const WARM_UPS = 12;
const ENTRIES = ['staticgenerator', 'staticgenerator/typeorm'].map((path) =>
  fileURLToPath(import.meta.resolve(path)),
);
/** Keyed by the last argument of the subject. */
const NAMES = {
  followed: 'with its reads followed',
  tagged: 'without, on a site that calls `tag()`',
  alone: 'without, on a site that deletes by path',
};

export async function run() {
  const folder = temporaryFolder();
  const report = new Report('renders', 'What following the reads of a render costs');
  const subjects = {};
  try {
    for (const reads of Object.keys(NAMES)) subjects[reads] = await start(folder, reads);
    writeTable(report, await measure(subjects));
  } finally {
    for (const { stop } of Object.values(subjects)) await stop();
  }
  report.write();
}

async function start(folder, reads) {
  return await served(await startSubject('posts.mjs', [...ENTRIES, join(folder, reads), reads]));
}

/**
 * Measures in rounds, forwards and backwards. Each round requests every post once, under a new URL: if a page is
 * refused again and again, the package inspects only few of its renders.
 */
async function measure(subjects) {
  const sides = Object.keys(NAMES);
  const figures = Object.fromEntries(sides.map((side) => [side, []]));
  for (let round = 0; round < WARM_UPS + 2 * ROUNDS; round += 1) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const figure = await take(subjects[side], round);
      if (round >= WARM_UPS) figures[side].push(figure);
    }
  }
  return figures;
}

async function take(subject, round) {
  const requests = Array.from({ length: subject.posts }, (_, index) =>
    requestFor(`/rendered/${index + 1}/${round}`),
  );
  return await measureLoad(subject, requests, isMiss);
}

function writeTable(report, figures) {
  const speeds = Object.fromEntries(
    ['followed', 'tagged'].map((side) => [side, speedOf({ this: figures[side], other: figures.alone })]),
  );
  const rows = Object.entries(NAMES).map(([side, name]) => {
    const each = (key) => figures[side].map((figure) => figure[key] / figure.operations);
    const { wall, cpu } = speeds[side] ?? { wall: 1, cpu: 1 };
    return [name, whole(1_000 / median(each('ms'))), spread(each('cpu'), whole), two(wall), two(cpu)];
  });
  report.table(
    'A page of four queries by TypeORM, on SQLite in memory, that is not stored',
    ['', 'requests/s', 'CPU µs (spread)', 'ratio', 'ratio by CPU'],
    rows,
  );
  report.say(
    'The same process answers the queries, in microseconds. With a database elsewhere, a render takes longer, but following it does not. A site that calls `tag()` also has its renders followed through async context. That is most of the cost on Node 20 and 22, and costs next to nothing on Node 24.',
  );
  const { cpu } = speedOf({ this: figures.followed, other: figures.tagged });
  report.goal(
    'a render with its reads followed: rate by CPU, in times that of a site that calls `tag()`',
    cpu,
    {
      least: LEAST,
    },
  );
}
