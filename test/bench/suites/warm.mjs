// Measures the cost of warming, compared with rendering: the example blog's pages, stored by us or only rendered, each
// in a new process.

import { ROUNDS } from '../harness/load/rounds.mjs';
import { startUnpinned } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { median, ratioOf } from '../harness/report/medians.mjs';
import { one, Report, two, whole } from '../harness/report/report.mjs';

const POSTS = Number(process.env.STATICGENERATOR_POSTS ?? 2_000);
const LEAST_RATIO = 0.8;

export async function run() {
  const folder = temporaryFolder();
  const report = new Report('warm', 'What warming costs');
  const figures = { warmed: [], tracked: [], rendered: [] };
  // This creates the database, and finds the paths of the pages.
  let { paths } = await ask(folder, { ask: 'warm' });
  for (let round = 0; round < ROUNDS; round += 1) {
    const turns = [
      async () => {
        const warmed = await ask(folder, { ask: 'warm' });
        figures.warmed.push(warmed);
        paths = warmed.paths;
      },
      async () => figures.tracked.push(await ask(folder, { ask: 'renderTracked', paths })),
      async () => figures.rendered.push(await ask(folder, { ask: 'render', paths })),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  const of = (kind, key) => figures[kind].map((figure) => figure[key]);
  const row = (kind, name) => [
    name,
    whole(median(figures[kind].map(({ milliseconds }) => (count * 1000) / milliseconds))),
    two(ratioOf(of('rendered', 'milliseconds'), of(kind, 'milliseconds'))),
    one(median(of(kind, 'processorMs')) / count),
    two(ratioOf(of('rendered', 'processorMs'), of(kind, 'processorMs'))),
  ];
  const count = figures.warmed[0].paths.length;
  const columns = ['', 'pages/s', 'ratio', 'CPU ms/page', 'ratio by CPU'];
  report.table(`${whole(count)} pages of the example blog with ${whole(POSTS)} generated posts`, columns, [
    row('warmed', '**warm**'),
    row('tracked', 'only rendered, what is read being followed'),
    row('rendered', 'only rendered, nothing of ours'),
  ]);
  const ratio = ratioOf(of('rendered', 'milliseconds'), of('warmed', 'milliseconds'));
  report.goal('warming, in times the rate of rendering alone', ratio, { least: LEAST_RATIO });
  report.write();
}

/** Each answer comes from a new process, as with a command, so that code compiled for one answer helps no other. */
async function ask(folder, question) {
  const subject = await startUnpinned('blog-warming.mjs', [folder, String(POSTS)]);
  const { value } = await subject.ask(question);
  await subject.stop();
  return value;
}
