// Measures hits of pages with a query, with variants and with islands, each compared with a plain page.
import { join } from 'node:path';
import { checkAnswer } from '../harness/load/check-answer.mjs';
import { inRounds } from '../harness/load/rounds.mjs';
import { makeHit } from '../harness/load/stored.mjs';
import { askedBy, headersFor } from '../harness/pages/pages.mjs';
import { startOwnNginx } from '../harness/processes/own-nginx.mjs';
import { startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { whileRunning } from '../harness/processes/while-running.mjs';
import { ratiosByProcessor } from '../harness/report/comparison.mjs';
import { one, Report, spread, two } from '../harness/report/report.mjs';

const OPTIONS = new URL('../harness/pages/kinds.mjs', import.meta.url).href;
const REFERENCE = 'a page of a site that has no others';
const PAGE = '/pages/page';
/**
 * Keyed by the name of the site that has this kind and plain pages. `least` is the least ratio of the processor time of
 * a plain page of the same site to that of this page.
 */
const KINDS = {
  query: { name: 'a query', path: '/query/page?page=2&sort=new', least: 0.95 },
  variant: { name: 'a variant', path: '/variant/page', least: 0.95 },
  islands: { name: 'a page with islands', path: '/islands/page', least: 0.98 },
};
const ASKED = [
  { as: 'bare', coding: 'identity' },
  { as: 'browser', coding: 'br' },
  { as: 'visitor', coding: 'br' },
];

export async function run() {
  const folder = temporaryFolder();
  await whileRunning(async (keep) => {
    const plain = await startSite('plain', folder, keep);
    const sites = [];
    for (const kind of Object.keys(KINDS))
      sites.push({ ...KINDS[kind], ...(await startSite(kind, folder, keep)) });
    const report = new Report('kinds', 'Queries, variants and islands');
    report.say(
      'Each site has plain pages and one other kind of page, in folders of the same depth. The pages of queries and variants are in one more folder, which takes the kernel one step more.',
    );
    for (const asked of ASKED) await measureHits(report, asked, { plain, sites });
    await measureInNode(report, sites);
    report.write();
  });
}

async function startSite(kind, folder, keep) {
  const webRoot = join(folder, kind);
  const app = keep(await startScript('kinds-app.mjs', [kind, webRoot]));
  for (const path of [PAGE, ...(kind === 'plain' ? [] : [KINDS[kind].path])])
    await makeHit(`http://localhost:${app.port}${path}`);
  const options = `{ ...(await import('${OPTIONS}')).optionsOf.${kind}, webRoot: ${JSON.stringify(webRoot)} }`;
  const nginx = keep(await startOwnNginx({ folder, options, upstream: app.port }));
  return { app, nginx };
}

async function measureHits(report, { as, coding }, { plain, sites }) {
  const headers = headersFor(as, coding);
  const subjectOf = (name, { pid, port }, path) => ({
    ...{ name, pid, headers, url: `http://localhost:${port}${path}` },
  });
  const subjects = [
    subjectOf(REFERENCE, plain.nginx, PAGE),
    ...sites.flatMap(({ name, path, nginx }) => [
      subjectOf(plainBeside(name), nginx, PAGE),
      subjectOf(name, nginx, path),
    ]),
  ];
  for (const subject of subjects) await checkAnswer(subject, { isOwn: true, coding });
  const figures = await inRounds(subjects);
  const ratios = ratiosByProcessor(figures, REFERENCE);
  const ownRatio = (name) => ratiosByProcessor(figures, plainBeside(name)).get(name);
  report.table(
    `Hits through nginx, 10 KB, ${coding}, headers of ${askedBy[as]}`,
    ['', 'CPU µs/request (spread)', 'ratio by CPU', 'to a page of its site'],
    [...figures].map(([name, { microseconds }]) => [
      ...[name, spread(microseconds, one), two(ratios.get(name))],
      sites.some((site) => site.name === name) ? two(ownRatio(name)) : '',
    ]),
  );
  for (const { name, least } of sites)
    report.goal(`${name}, ${coding}, ${askedBy[as]}: ratio by CPU to a page of its site`, ownRatio(name), {
      least,
    });
}

function plainBeside(name) {
  return `a page beside ${name}`;
}

/**
 * Measures requests that nginx passes on: a query in another order, which is a hit in Node, and the request for a
 * page's islands.
 */
async function measureInNode(report, [query, variant, islands]) {
  const subjectOf = (name, { pid, port }, path, headers = {}) => ({
    ...{ name, pid, headers, url: `http://localhost:${port}${path}` },
  });
  const reference = plainBeside(query.name);
  const hits = [
    subjectOf(reference, query.app, PAGE),
    subjectOf(query.name, query.app, query.path),
    subjectOf('a query in another order', query.app, '/query/page?sort=new&page=2'),
    subjectOf(variant.name, variant.app, variant.path),
  ];
  for (const hit of hits) await checkAnswer(hit, { isOwn: true, coding: 'identity' });
  const asked = subjectOf('the request for one island', islands.app, '/_islands/?url=%2Fmenu', {
    'X-Islands': '1',
  });
  const figures = await inRounds([...hits, asked]);
  const ratios = ratiosByProcessor(figures, reference);
  report.table(
    'In Node, 10 KB, identity, headers of a program',
    ['', 'CPU µs/request (spread)', 'ratio by CPU'],
    [...figures].map(([name, { microseconds }]) => [name, spread(microseconds, one), two(ratios.get(name))]),
  );
}
