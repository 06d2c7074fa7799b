// Measures whether anything costs more with more pages: a thousand, a hundred thousand and a million.
import { execFileSync } from 'node:child_process';
import { statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRounds } from '../harness/load/rounds.mjs';
import { stampede, stampedeCells } from '../harness/load/stampede.mjs';
import {
  CHANGE_COLUMNS,
  globPaths,
  measureChanges,
  ONE_PAGE,
  ratioOfTimes,
} from '../harness/pages/changes.mjs';
import { optionsSource, pathOf, prefill, slowPath, webRootIn } from '../harness/pages/many-pages.mjs';
import { startBareNginx, startOwnNginx } from '../harness/processes/own-nginx.mjs';
import { beginSite, startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { median, ratioOf } from '../harness/report/medians.mjs';
import { one, Report, spread, two, whole } from '../harness/report/report.mjs';

const LARGEST = Number(process.env.STATICGENERATOR_PAGES ?? 1_000_000);
const SIZES = [1_000, 100_000, 1_000_000].filter((size) => size <= LARGEST);
/**
 * The pages that are requested one after the other, from all parts of the site: as many as an nginx can keep open, with
 * as many codings.
 */
const VISITED = Math.min(20_000, Math.floor(mostDescriptors() * 0.4));
const ROUNDS_OF_HITS = 3;
/** The nginx that keeps all of these files open, because of `--open-files`. The other one keeps 200. */
const KEEPING = 'files kept open';
const LEAST_OF_HITS = 0.9;
const TREES = [
  { name: 'wide: half of the pages in one folder', isOdd: 0 },
  { name: 'deep: folders in folders in folders in folders', isOdd: 1 },
];
/** The visitors who request one page at once. */
const VISITORS = 200;
const RENDER_MS = 200;
const START_MS = 100;
/** The bytes that a page may add to the heap of a process. The memory for recent pages is bounded. */
const HEAP_BYTES_PER_PAGE = 1;
/** How many times as much the largest site may cost as the smallest: its index is deeper, its folders are larger. */
const FLAT = 2;

/** Linux's number for file systems in memory. */
const TMPFS = 0x01021994;
const IN_MEMORY =
  'This run kept its files in memory, where a sync and an unlink cost next to nothing. So ignore the ratios to the bare calls here ([what changes cost](changes.md) has them on a disk), and compare the rows of one kind with each other.';

/**
 * Returns the hard limit of open files. An nginx that may not raise its own limit would fail without free descriptors.
 */
function mostDescriptors() {
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

function isInMemory(folder) {
  return statfsSync(folder).type === TMPFS;
}

export async function run() {
  const folder = temporaryFolder();
  const report = new Report('growth', 'What grows with the pages');
  const measured = [];
  await beginSite(folder);
  for (const [index, size] of SIZES.entries()) {
    const from = SIZES[index - 1] ?? 0;
    const numbers = Array.from({ length: size - from }, (_, offset) => pathOf(from + offset));
    prefill(folder, [...numbers, ...globPaths(size)]);
    measured.push(await measureSize(folder, from, size));
  }
  write(report, measured);
}

/** Measures a process that has just been started with the pages that exist. */
async function measureSize(folder, from, size) {
  const site = await startScript('growing-site.mjs', [folder]);
  try {
    const { value: start } = await site.ask({ ask: 'rest' });
    const { value: figures } = await site.ask({ ask: 'figures' });
    const hits = await measureHits(folder, site, { from, size });
    const changes = await measureChanges(site, { name: size, from, to: size, present: size });
    // Misses come last, because they add pages: a few thousand each time.
    const misses = await measureMisses(site, size);
    await site.ask({ ask: 'rest' });
    const crowd = await stampede(site, coldPaths(size), VISITORS);
    return { size, start, figures, hits, changes, misses, crowd };
  } finally {
    await site.stop();
  }
}

async function measureHits(folder, site, range) {
  const given = { folder, options: optionsSource(folder), upstream: site.port };
  const own = await startOwnNginx(given);
  const keeping = await startOwnNginx({ ...given, words: ['--open-files', String(2 * VISITED)] });
  const bare = await startBareNginx(webRootIn(folder));
  try {
    const trees = [];
    for (const { name, isOdd } of TREES) {
      const paths = visitedPaths(range, isOdd);
      const ownPaths = writePaths(folder, 'own', paths);
      const barePaths = writePaths(
        folder,
        'bare',
        paths.map((path) => `${path}.page.html`),
      );
      const subject = (who, { port, pid }, file) => {
        const url = `http://localhost:${port}/`;
        return { name: who, url, pid, pathsOf: () => ['file', file] };
      };
      const subjects = [
        subject('nginx', own, ownPaths),
        subject(KEEPING, keeping, ownPaths),
        subject('bare', bare, barePaths),
        subject('Node', site, ownPaths),
      ];
      trees.push({ name, figures: await inRounds(subjects, { rounds: ROUNDS_OF_HITS }) });
    }
    return trees;
  } finally {
    for (const nginx of [own, keeping, bare]) await nginx.stop();
  }
}

/** Measures misses of pages that were never requested before, with a handler that answers at once. */
async function measureMisses({ port, pid }, size) {
  let round = 0;
  const pathsOf = () => ['count', `/posts/${size}-${++round}-%d-%d`];
  const subject = { name: 'misses', url: `http://localhost:${port}/`, pid, pathsOf };
  const figures = await inRounds([subject], { rounds: ROUNDS_OF_HITS });
  return figures.get('misses');
}

function coldPaths(size) {
  return Array.from({ length: ROUNDS_OF_HITS }, (_, round) => slowPath(RENDER_MS, `${size}-${round}`));
}

/** Returns the paths of pages that were added last, because some of the others have been deleted. */
function visitedPaths({ from, size }, isOdd) {
  const count = Math.min(VISITED, (size - from) / 2);
  const step = Math.floor((size - from) / 2 / count);
  return Array.from({ length: count }, (_, index) => pathOf(from + 2 * index * step + isOdd));
}

function writePaths(folder, name, paths) {
  const file = join(folder, `${name}-paths.txt`);
  writeFileSync(file, `${paths.join('\n')}\n`);
  return file;
}

function write(report, measured) {
  report.table('A process that starts', startColumns, measured.map(startRow));
  report.say(
    'The start is the call of `staticGenerator`, which the site waits for before it can answer. Then the process looks for the file of each row in the background; the time to rest ends when it has. Memory is measured at that moment, after a garbage collection.',
  );
  const hitRows = TREES.flatMap(({ name }, tree) =>
    measured.map(({ size, hits }) => hitRow(name, size, hits[tree])),
  );
  report.table(`Hits on ${whole(VISITED)} different pages, one after the other`, hitColumns, hitRows);
  report.table(
    'Changes, in turns with the bare calls',
    CHANGE_COLUMNS,
    measured.flatMap(({ changes }) => changes.rows),
  );
  report.table(
    'Stored misses of a constant handler, and a crowd at a cold page',
    [
      'pages',
      'misses/s',
      'CPU µs a miss (spread)',
      `renders for ${VISITORS} visitors`,
      'last answer after ms (spread)',
    ],
    measured.map(({ size, misses, crowd }) => [
      ...[whole(size), whole(median(misses.perSecond)), spread(misses.microseconds, one)],
      ...stampedeCells(crowd),
    ]),
  );
  report.say(
    `The cold page takes ${RENDER_MS} ms to render. The misses themselves add some thousands of pages.`,
  );
  if (isInMemory(tmpdir())) report.say(IN_MEMORY);
  report.plot(
    'A deletion of one page, by pages present, in times that with the fewest',
    measured.map(({ size, changes }) => ({
      name: `${whole(size)} pages`,
      value: ratioOfTimes(changes.figures[ONE_PAGE]) / ratioOfTimes(measured[0].changes.figures[ONE_PAGE]),
      isOwn: true,
    })),
  );
  writeGoals(report, measured);
  report.write();
}

const startColumns = [
  ...['pages', 'start ms', 'CPU ms', 'ms to rest', 'CPU ms to rest', 'heap MiB', 'resident MiB'],
  ...['ledger MiB', 'ledger bytes a page'],
];

function startRow({ size, start, figures }) {
  const mebibytes = (bytes) => one(bytes / 2 ** 20);
  return [
    whole(size),
    one(start.startMilliseconds),
    one(start.startCpu),
    whole(start.restMilliseconds),
    whole(start.restCpu),
    mebibytes(figures.heapUsed),
    mebibytes(figures.rss),
    mebibytes(figures.ledgerBytes),
    whole(figures.ledgerBytes / size),
  ];
}

const hitColumns = [
  ...['', 'pages', 'nginx CPU µs (spread)', KEEPING, 'bare nginx', 'ratio by CPU', `ratio, ${KEEPING}`],
  'Node CPU µs',
];

function hitRow(name, size, { figures }) {
  const of = (who) => figures.get(who).microseconds;
  return [
    name,
    whole(size),
    ...['nginx', KEEPING, 'bare'].map((who) => spread(of(who), one)),
    ...['nginx', KEEPING].map((who) => two(ratioOf(of('bare'), of(who)))),
    spread(of('Node'), one),
  ];
}

function writeGoals(report, measured) {
  const [least, most] = [measured.at(0), measured.at(-1)];
  const largest = `with ${whole(most.size)} pages`;
  report.goal(`start ${largest}, in milliseconds`, most.start.startMilliseconds, { most: START_MS });
  for (const { name, figures } of most.hits) {
    const ratio = ratioOf(figures.get('bare').microseconds, figures.get(KEEPING).microseconds);
    report.goal(`hits ${largest}, ${name}, ${KEEPING}: ratio by CPU to bare nginx`, ratio, {
      least: LEAST_OF_HITS,
    });
  }
  const heap = (most.figures.heapUsed - least.figures.heapUsed) / most.size;
  report.goal(`heap of a page ${largest}, in bytes`, heap, { most: HEAP_BYTES_PER_PAGE });
  const missGrowth = median(most.misses.microseconds) / median(least.misses.microseconds);
  report.goal(`a stored miss ${largest}: times that with ${whole(least.size)}`, missGrowth, { most: FLAT });
  report.goal(`renders for a crowd ${largest}`, Math.max(...most.crowd.renders), { most: 1 });
  const growth = ratioOfTimes(most.changes.figures[ONE_PAGE]) / ratioOfTimes(least.changes.figures[ONE_PAGE]);
  report.goal(`a deletion ${largest}: times that with ${whole(least.size)}`, growth, { most: FLAT });
}
