// Measures the cost of an export, compared with rendering: posts of the example blog, exported by us or only rendered,
// each in a new process.

import { ROUNDS } from '../harness/load/rounds.mjs';
import { startUnpinned } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { median, ratioOf } from '../harness/report/medians.mjs';
import { one, Report, two, whole } from '../harness/report/report.mjs';

const POSTS = Number(process.env.STATICGENERATOR_EXPORTED_POSTS ?? 10_000);
const FEW_POSTS = POSTS / 10;
const LEAST_RATIO = 0.9;
const MOST_MEMORY = 1.5;
const MEBIBYTE = 2 ** 20;

export async function run() {
  const folder = temporaryFolder();
  const report = new Report('export', 'What an export costs');
  const figures = { exported: [], fewer: [], tracked: [], rendered: [] };
  const { slugs } = await ask(folder, { ask: 'slugs' });
  for (let round = 0; round < ROUNDS; round += 1) {
    const turns = [
      async () => figures.exported.push(await ask(folder, { ask: 'export', slugs })),
      async () => figures.fewer.push(await ask(folder, { ask: 'export', slugs: slugs.slice(0, FEW_POSTS) })),
      async () => figures.tracked.push(await ask(folder, { ask: 'renderTracked', paths: pathsOf(slugs) })),
      async () => figures.rendered.push(await ask(folder, { ask: 'render', paths: pathsOf(slugs) })),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  const of = (kind, key) => figures[kind].map((figure) => figure[key]);
  const row = (kind, name) => [
    name,
    whole(median(of(kind, 'milliseconds').map((milliseconds) => (POSTS * 1000) / milliseconds))),
    two(ratioOf(of('rendered', 'milliseconds'), of(kind, 'milliseconds'))),
    one(median(of(kind, 'processorMs')) / POSTS),
    two(ratioOf(of('rendered', 'processorMs'), of(kind, 'processorMs'))),
  ];
  report.table(
    `${whole(POSTS)} generated posts of the example blog`,
    ['', 'pages/s', 'ratio', 'CPU ms/page', 'ratio by CPU'],
    [
      row('exported', '**export**'),
      row('tracked', 'only rendered, what is read being followed'),
      row('rendered', 'only rendered, nothing of ours'),
    ],
  );
  const mebibytes = (kind) =>
    [of(kind, 'before'), of(kind, 'peak'), figures[kind].map(({ before, peak }) => peak - before)].map(
      (each) => one(median(each) / MEBIBYTE),
    );
  report.table(
    'Resident memory of the process, the app included',
    ['pages', 'before MiB', 'peak MiB', 'growth MiB'],
    [
      [whole(FEW_POSTS), ...mebibytes('fewer')],
      [whole(POSTS), ...mebibytes('exported')],
    ],
  );
  report.goal(
    'export, in times the rate of rendering alone',
    ratioOf(of('rendered', 'milliseconds'), of('exported', 'milliseconds')),
    { least: LEAST_RATIO },
  );
  report.goal(
    'peak memory of ten times the pages, in times that of the fewer',
    median(of('exported', 'peak')) / median(of('fewer', 'peak')),
    { most: MOST_MEMORY },
  );
  report.write();
}

function pathsOf(slugs) {
  return slugs.map((slug) => `/posts/${slug}`);
}

/** Each answer comes from a new process, as with a command, so that code compiled for one answer helps no other. */
async function ask(folder, question) {
  const subject = await startUnpinned('blog-warming.mjs', [folder, String(POSTS)]);
  const { value } = await subject.ask(question);
  await subject.stop();
  return value;
}
