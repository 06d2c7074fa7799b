// What changes cost, and whether they cost more with more pages: deletions and publications against the bare system calls.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { one, Report, two, whole } from '../harness/report.mjs';
import { median } from '../harness/rounds.mjs';
import { startScript } from '../harness/subject.mjs';

const LARGEST = Number(process.env.STATICGENERATOR_PAGES ?? 1_000_000);
const SIZES = [1_000, 100_000, 1_000_000].filter((size) => size <= LARGEST);
const PUBLISHED_AT_ONCE = 1_000;
const SAMPLES = 100;
const GLOB_SAMPLES = 5;
const PAGES_OF_GLOB = 1_000;
const PAGES_OF_TAG = 10;

/** Half of the pages lie in folders of 500,000 at the most, half four folders deep. */
function pathOf(number) {
  if (number % 2 === 0) return `/wide/${number}`;
  return `/deep/${number % 10}/${number % 100}/${number % 1000}/${number}`;
}

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-bench-'));
  const report = new Report('changes', 'What changes cost');
  const rows = { change: [], growth: [] };
  let site = await startScript('growing-site.mjs', [folder]);
  try {
    for (let present = 0, index = 0; index < SIZES.length; index += 1) {
      await publish(site, present, SIZES[index]);
      present = SIZES[index];
      rows.change.push(...(await measureChanges(site, present)));
      await site.stop();
      site = await startScript('growing-site.mjs', [folder]);
      rows.growth.push(await measureGrowth(site, present));
    }
  } finally {
    await site.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const bare =
    'A deletion against the unlinks it does and a synced line in a log; a publication against a write and a rename';
  report.table(bare, ['', 'pages present', 'ms', 'bare ms', 'ratio'], rows.change);
  report.table(
    'Growth',
    ['pages', 'start ms', 'heap MiB', 'resident MiB', 'ledger MiB', 'bytes a page'],
    rows.growth,
  );
  report.write();
}

async function publish(site, from, to) {
  for (let first = from; first < to; first += PUBLISHED_AT_ONCE) {
    const paths = Array.from({ length: Math.min(PUBLISHED_AT_ONCE, to - first) }, (_, index) =>
      pathOf(first + index),
    );
    await site.ask({ ask: 'publish', paths });
    if (process.stderr.isTTY) process.stderr.write(`\r${first + paths.length} of ${to} pages`);
  }
}

async function measureChanges(site, present) {
  const row = (name, own, bare) => [
    name,
    whole(present),
    two(median(own)),
    two(median(bare)),
    two(median(own) / median(bare)),
  ];
  const numbers = Array.from({ length: SAMPLES }, (_, index) => Math.floor((index * present) / SAMPLES));
  const paths = numbers.map(pathOf);
  const barePath = (await site.ask({ ask: 'bareDelete', count: SAMPLES, files: 1 })).value;
  const byPath = (await site.ask({ ask: 'delete', targets: paths })).value;
  const barePublish = (await site.ask({ ask: 'barePublish', count: SAMPLES })).value;
  const published = (await site.ask({ ask: 'publishEach', paths })).value;
  const bareTag = (await site.ask({ ask: 'bareDelete', count: SAMPLES, files: PAGES_OF_TAG })).value;
  const tags = numbers.map((number) => ({ tag: `group-${Math.floor(number / PAGES_OF_TAG)}` }));
  const byTag = (await site.ask({ ask: 'delete', targets: tags })).value;
  const { own: byGlob, bare: bareGlob } = await measureGlobs(site);
  await publish(site, 0, Math.min(present, SIZES[0]));
  return [
    row('one page, by path', byPath, barePath),
    row(`${PAGES_OF_TAG} pages, by tag`, byTag, bareTag),
    row(`${whole(PAGES_OF_GLOB)} pages, by glob`, byGlob, bareGlob),
    row('one page, published', published, barePublish),
  ];
}

async function measureGlobs(site) {
  const [own, bare] = [[], []];
  for (let sample = 0; sample < GLOB_SAMPLES; sample += 1) {
    const paths = Array.from({ length: PAGES_OF_GLOB }, (_, index) => `/posts/${sample}/post-${index}`);
    await site.ask({ ask: 'publish', paths });
    bare.push(...(await site.ask({ ask: 'bareDelete', count: 1, files: PAGES_OF_GLOB })).value);
    own.push(...(await site.ask({ ask: 'delete', targets: [`/posts/${sample}/*`] })).value);
  }
  return { own, bare };
}

/** Of a process that has just been started over the pages that are there. */
async function measureGrowth(site, present) {
  const start = (await site.ask({ ask: 'start' })).value;
  const { heapUsed, rss, ledgerBytes } = (await site.ask({ ask: 'figures' })).value;
  const mebibytes = (bytes) => one(bytes / 2 ** 20);
  return [
    whole(present),
    one(start),
    mebibytes(heapUsed),
    mebibytes(rss),
    mebibytes(ledgerBytes),
    whole(ledgerBytes / present),
  ];
}
