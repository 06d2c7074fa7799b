// Measures the cost of changes in a site of 100,000 pages: deletions and publications, compared with the bare system
// calls, by one process and by several at once.
import {
  CHANGE_COLUMNS,
  changeRow,
  globPaths,
  measureChanges,
  ONE_PAGE,
  ratioOfTimes,
  somePaths,
  someTags,
} from '../harness/pages/changes.mjs';
import { PAGES_OF_TAG, pathOf, prefill } from '../harness/pages/many-pages.mjs';
import { beginSite, startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { whileRunning } from '../harness/processes/while-running.mjs';
import { Report } from '../harness/report/report.mjs';

const PAGES = Math.min(Number(process.env.STATICGENERATOR_PAGES ?? 100_000), 100_000);
const PROCESSES = 4;
const SAMPLES_OF_EACH = 15;
/** The goals, as multiples of the bare calls. */
const MOST_FOR_ONE_PAGE = 2.5;
const MOST_FOR_OTHERS = 3;

export async function run() {
  const folder = temporaryFolder();
  const report = new Report('changes', 'What changes cost');
  await whileRunning(async (keep) => {
    const start = async () => keep(await startScript('growing-site.mjs', [folder]));
    await beginSite(folder);
    prefill(folder, [...Array.from({ length: PAGES }, (_, number) => pathOf(number)), ...globPaths('one')]);
    const first = await start();
    await first.ask({ ask: 'rest' });
    // One process is measured on the first half, several on the second.
    const { rows, figures } = await measureChanges(first, {
      ...{ name: 'one', from: 0, to: PAGES / 2, present: PAGES },
    });
    report.table('By one process, in turns with the bare calls', CHANGE_COLUMNS, rows);
    for (const [change, figure] of Object.entries(figures)) addGoal(report, change, figure);
    const others = [];
    for (let index = 1; index < PROCESSES; index += 1) others.push(await start());
    for (const site of others) await site.ask({ ask: 'rest' });
    report.table(
      `By ${PROCESSES} processes at once`,
      CHANGE_COLUMNS,
      await measureAtOnce(report, [first, ...others]),
    );
    report.say(
      'The bare calls of a deletion append a line to a log, sync it, and unlink each page. Those of a publication write a file and rename it; they render nothing and sync nothing.',
    );
  });
  report.write();
}

function addGoal(report, change, figure, by = '') {
  const most = change === ONE_PAGE ? MOST_FOR_ONE_PAGE : MOST_FOR_OTHERS;
  report.goal(`${change}${by}: times the bare calls`, ratioOfTimes(figure), { most });
}

async function measureAtOnce(report, sites) {
  const count = sites.length * SAMPLES_OF_EACH;
  const [from, to] = [PAGES / 2, PAGES];
  const kinds = [
    { name: ONE_PAGE, targets: somePaths(from, to, count), files: 1 },
    { name: `${PAGES_OF_TAG} pages, by tag`, targets: someTags(from, to, count), files: PAGES_OF_TAG },
  ];
  const rows = [];
  for (const { name, targets, files } of kinds) {
    const shares = sites.map((site, index) => [
      site,
      targets.filter((_, number) => number % sites.length === index),
    ]);
    const answers = await Promise.all(
      shares.map(([site, share]) => site.ask({ ask: 'delete', targets: share, files })),
    );
    const both = (kind) => answers.flatMap(({ value }) => value[kind]);
    const figure = { own: both('own'), bare: both('bare') };
    rows.push(changeRow(name, PAGES, figure));
    addGoal(report, name, figure, ` and ${PROCESSES} processes`);
  }
  return rows;
}
