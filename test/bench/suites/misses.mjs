// Measures requests that no page answers: Express without us, with us if no rule matches (and with a middleware that
// does nothing), and misses; in Node alone, and through nginx with our maps and without.
import { join } from 'node:path';
import { inRounds, ROUNDS, turned } from '../harness/load/rounds.mjs';
import { sendOnce } from '../harness/load/single-request.mjs';
import { startOwnNginx, startProxyNginx } from '../harness/processes/own-nginx.mjs';
import { startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { whileRunning } from '../harness/processes/while-running.mjs';
import { median, ratioOf } from '../harness/report/medians.mjs';
import { one, Report, spread, two, whole } from '../harness/report/report.mjs';

const FIRST_BYTES = 40;
const HANDLER_MS = 5;
/**
 * The least ratio of the times to the first byte. Requests are sent one at a time, so that none waits for the page of
 * another.
 */
const EARLY = 0.95;
const STORED = 0.9;

/**
 * `pattern` returns the argument of paths.lua, if every request must be for another page. It gets a name that was never
 * used.
 */
const cases = [
  { name: 'no rule matches', path: '/unmatched/10k', least: 0.98 },
  { name: 'refused', path: '/refused/10k' },
  { name: 'stored, a constant handler', pattern: (unused) => `/many/${unused}-%d/%d` },
  { name: `stored, a handler of ${HANDLER_MS} ms`, pattern: slowPattern, firstByte: true, least: STORED },
  {
    name: `stored, a handler of ${HANDLER_MS} ms, one visitor at a time`,
    ...{ pattern: slowPattern, connections: 1, least: STORED },
  },
];
const nginxCases = [
  { name: 'no rule matches', path: '/unmatched/10k', least: 0.95 },
  { name: 'a query string', path: '/page/10k?page=2' },
  { name: 'a page that is not there', path: '/page/10k', least: 0.95 },
];

function slowPattern(unused) {
  return `/slow/${HANDLER_MS}/${unused}-%d-%d`;
}

export async function run() {
  const folder = temporaryFolder();
  const report = new Report('misses', 'What a miss costs');
  await whileRunning(async (keep) => {
    const webRoot = join(folder, 'pages');
    const own = keep(await startScript('app.mjs', ['own', webRoot]));
    const bare = keep(await startScript('app.mjs', ['bare', '']));
    const empty = keep(await startScript('app.mjs', ['empty', '']));
    await measureNode(report, { own, bare, empty });
    const options = `{ webRoot: ${JSON.stringify(join(folder, 'none'))}, urls: [/^\\/page\\//] }`;
    const upstream = bare.port;
    const mapped = keep(await startOwnNginx({ folder, options, upstream }));
    const plain = keep(await startProxyNginx(upstream));
    await measureNginx(report, mapped, plain);
  });
  report.write();
}

async function measureNode(report, { own, bare, empty }) {
  const rows = [];
  const bars = [];
  for (const one of cases) {
    const { row, byProcessor } = await measure(report, one, own, bare);
    rows.push(row);
    bars.push({ name: one.name, value: byProcessor, isOwn: true });
  }
  const columns = ['', 'requests/s', 'without us', 'ratio', 'CPU µs (spread)', 'without us', 'ratio by CPU'];
  report.table('With the middleware, against the same app without it', columns, rows);
  report.say(
    'The constant handler sends a page of 1 KB, the other handler one of 10 KB. A stored page is compressed and written after its response has left, but on the same core. If visitors keep that core busy, the work for each page takes time from responses, once.',
  );
  report.plot('Requests without a page, by CPU, 1 is the app without us', bars);
  await measureEmpty(report, { own, bare, empty });
  const firstBytes = [];
  for (const one of cases.filter(({ connections }) => connections === undefined))
    firstBytes.push(await measureFirstByte(report, one, own, bare));
  report.table(
    'The first byte of an answer, one visitor at a time',
    ['', 'ms (spread)', 'without us', 'difference µs'],
    firstBytes,
  );
}

/** Measures how much of the cost of a request that no rule matches is Express's layer for any middleware. */
async function measureEmpty(report, subjects) {
  const [unmatched] = cases;
  const figures = await inRounds(
    Object.entries(subjects).map(([name, subject]) => subjectOf(unmatched, subject, name)),
  );
  const of = (name) => figures.get(name).microseconds;
  const names = { bare: 'no middleware', empty: 'a middleware that does nothing', own: '**ours**' };
  report.table(
    'No rule matches: beside any middleware',
    ['', 'CPU µs (spread)', 'ratio by CPU to none', 'to one that does nothing'],
    Object.entries(names).map(([name, label]) => [
      label,
      spread(of(name), one),
      two(ratioOf(of('bare'), of(name))),
      two(ratioOf(of('empty'), of(name))),
    ]),
  );
  report.say(
    'Express hands each request to each middleware that is mounted in it. Every middleware pays for that.',
  );
  report.goal(
    `${unmatched.name}: ratio by CPU to a middleware that does nothing`,
    ratioOf(of('empty'), of('own')),
    { least: unmatched.least },
  );
}

let used = 0;

function subjectOf({ path, pattern, connections }, { port, pid }, name) {
  // wrk starts again in each round, and begins to count from the start.
  const pathsOf = pattern === undefined ? undefined : () => ['count', pattern(`${++used}`)];
  const url = `http://localhost:${port}${path ?? '/'}`;
  return { name, pid, url, ...(connections === undefined ? {} : { connections }), pathsOf };
}

async function measure(report, one, own, bare) {
  const figures = await inRounds([subjectOf(one, own, 'own'), subjectOf(one, bare, 'bare')]);
  const [ours, theirs] = [figures.get('own'), figures.get('bare')];
  const byProcessor = ratioOf(theirs.microseconds, ours.microseconds);
  const perSecond = ratioOf(ours.perSecond, theirs.perSecond);
  if (one.least !== undefined)
    report.goal(
      one.pattern === undefined ? `${one.name}: ratio by CPU` : `${one.name}: ratio of requests/s`,
      one.pattern === undefined ? byProcessor : perSecond,
      { least: one.least },
    );
  return { row: rowOf(one.name, ours, theirs), byProcessor };
}

function rowOf(name, ours, theirs) {
  return [
    name,
    whole(median(ours.perSecond)),
    whole(median(theirs.perSecond)),
    two(ratioOf(ours.perSecond, theirs.perSecond)),
    spread(ours.microseconds, one),
    spread(theirs.microseconds, one),
    two(ratioOf(theirs.microseconds, ours.microseconds)),
  ];
}

async function measureFirstByte(report, { name, path, pattern, firstByte }, own, bare) {
  const times = { own: [], bare: [] };
  const subjects = [
    ['own', own],
    ['bare', bare],
  ];
  const unused = pattern?.(`${++used}`);
  const pathOf = (index) => path ?? unused.replace('%d', '0').replace('%d', String(index));
  for (let index = 0; index < FIRST_BYTES * ROUNDS; index += 1)
    for (const [kind, { port }] of turned(subjects, index))
      times[kind].push(await sendOnce(port, pathOf(index)));
  if (firstByte === true)
    report.goal(`first byte, ${name}: without us / with us`, median(times.bare) / median(times.own), {
      least: EARLY,
    });
  const difference = (median(times.own) - median(times.bare)) * 1000;
  return [name, spread(times.own, two), spread(times.bare, two), whole(difference)];
}

/** The processor time is that of nginx alone. The app behind both runs without our middleware. */
async function measureNginx(report, mapped, plain) {
  const rows = [];
  for (const one of nginxCases) {
    const figures = await inRounds([subjectOf(one, mapped, 'own'), subjectOf(one, plain, 'bare')]);
    rows.push(rowOf(one.name, figures.get('own'), figures.get('bare')));
    const ratio = ratioOf(figures.get('bare').microseconds, figures.get('own').microseconds);
    if (one.least !== undefined)
      report.goal(`nginx, ${one.name}: ratio by CPU of nginx`, ratio, { least: one.least });
  }
  report.table(
    'Through nginx with the generated maps, against an nginx that passes everything on',
    ['', 'requests/s', 'plain', 'ratio', 'CPU µs of nginx (spread)', 'plain', 'ratio by CPU'],
    rows,
  );
  report.say(
    'Behind both, an app answers with a constant. Its processor time, a hundred microseconds and more, is not included.',
  );
}
