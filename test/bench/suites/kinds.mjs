// Hits of a page that is chosen by a query, of one that comes in variants and of one with islands, beside a page that is neither.
import { join } from 'node:path';
import { checkAnswer } from '../harness/load/check-answer.mjs';
import { inRounds } from '../harness/load/rounds.mjs';
import { makeHit } from '../harness/load/stored.mjs';
import { askedBy, headersFor } from '../harness/pages/pages.mjs';
import { startOwnNginx } from '../harness/processes/own-nginx.mjs';
import { startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { ratiosByProcessor } from '../harness/report/comparison.mjs';
import { one, Report, spread, two } from '../harness/report/report.mjs';

const OPTIONS = new URL('../harness/pages/kinds.mjs', import.meta.url).href;
const REFERENCE = 'a page';
/** Of one site, by the path of each. */
const PAGES = {
  [REFERENCE]: '/page',
  'a page in a folder': '/folder/page',
  'a query': '/queries/page?page=2&sort=new',
  'a variant': '/variants/page',
  'a page with islands': '/islands/page',
};
const ELSEWHERE = 'a page of a site that has only such';
const GOALS = { 'a query': 0.95, 'a variant': 0.95, 'a page with islands': 0.98 };
const ASKED = [
  { as: 'bare', coding: 'identity' },
  { as: 'browser', coding: 'br' },
  { as: 'visitor', coding: 'br' },
];

export async function run() {
  const folder = temporaryFolder();
  const running = [];
  const keep = (started) => {
    running.unshift(started);
    return started;
  };
  try {
    const [plain, kinds] = [await startSite('plain', folder, keep), await startSite('kinds', folder, keep)];
    const report = new Report('kinds', 'Queries, variants and islands');
    for (const asked of ASKED) await measureHits(report, asked, { plain, kinds });
    report.say(
      'A folder more in the name of a file is a step more for the kernel, whatever put it there: the pages of a variant, and those of a query, lie in a folder of their own.',
    );
    await measureInNode(report, kinds);
    report.write();
  } finally {
    for (const { stop } of running) await stop();
  }
}

async function startSite(kind, folder, keep) {
  const webRoot = join(folder, kind);
  const app = keep(await startScript('kinds-app.mjs', [kind, webRoot]));
  const paths = kind === 'plain' ? [PAGES[REFERENCE]] : Object.values(PAGES);
  for (const path of paths) await makeHit(`http://localhost:${app.port}${path}`);
  const options = `{ ...(await import('${OPTIONS}')).optionsOf.${kind}, webRoot: ${JSON.stringify(webRoot)} }`;
  const nginx = keep(await startOwnNginx({ folder, options, upstream: app.port }));
  return { app, nginx };
}

async function measureHits(report, { as, coding }, { plain, kinds }) {
  const headers = headersFor(as, coding);
  const subjectOf = (name, { pid, port }, path) => ({
    ...{ name, pid, headers, url: `http://localhost:${port}${path}` },
  });
  const subjects = [
    ...Object.entries(PAGES).map(([name, path]) => subjectOf(name, kinds.nginx, path)),
    subjectOf(ELSEWHERE, plain.nginx, PAGES[REFERENCE]),
  ];
  for (const subject of subjects) await checkAnswer(subject, { isOwn: true, coding });
  const figures = await inRounds(subjects);
  const ratios = ratiosByProcessor(figures, REFERENCE);
  report.table(
    `Hits through nginx, 10 KB, ${coding}, headers of ${askedBy[as]}`,
    ['', 'CPU µs/request (spread)', 'ratio by CPU to a page'],
    [...figures].map(([name, { microseconds }]) => [name, spread(microseconds, one), two(ratios.get(name))]),
  );
  for (const [name, least] of Object.entries(GOALS))
    report.goal(`${name}, ${coding}, ${askedBy[as]}: ratio by CPU to a page`, ratios.get(name), { least });
}

/** What nginx hands on: a query in another order, which is a hit in Node, and the request of a page's islands. */
async function measureInNode(report, { app: { pid, port } }) {
  const subjectOf = (name, path, headers = {}) => ({
    ...{ name, pid, headers, url: `http://localhost:${port}${path}` },
  });
  const hits = [
    subjectOf(REFERENCE, PAGES[REFERENCE]),
    subjectOf('a query in its own order', PAGES['a query']),
    subjectOf('a query in another order', '/queries/page?sort=new&page=2'),
    subjectOf('a variant', PAGES['a variant']),
  ];
  for (const hit of hits) await checkAnswer(hit, { isOwn: true, coding: 'identity' });
  const islands = subjectOf('the request for one island', '/_islands/?url=%2Fmenu', { 'X-Islands': '1' });
  const figures = await inRounds([...hits, islands]);
  const ratios = ratiosByProcessor(figures, REFERENCE);
  report.table(
    'In Node, 10 KB, identity, headers of a program',
    ['', 'CPU µs/request (spread)', 'ratio by CPU to a page'],
    [...figures].map(([name, { microseconds }]) => [name, spread(microseconds, one), two(ratios.get(name))]),
  );
}
