// What quickDelete costs with many pages present, and what the index of them costs in memory: a Markdown table on standard
// output. Run with: npm run bench:delete
//
// The absolute times are those of this machine and its disk; what means something is their ratio to the least that any
// such deletion could do, measured in the same minute: the unlinks alone, and one line appended to a log and synced.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGES = Number(process.env.STATICGENERATOR_PAGES ?? 100_000);
const SAMPLES = Number(process.env.STATICGENERATOR_SAMPLES ?? 400);
const PAGES_OF_TAG = 10;
const PROCESSES = 4;
const PUBLISHED_AT_ONCE = 1_000;
const MEASURED_AT = new Set([0.1, 0.25, 0.5, 0.75, 1].map((share) => Math.round(PAGES * share)));

const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-bench-'));
const processes = [];

/** Starts a process of the site; `ask(command, fields)` resolves with its answer. */
async function start() {
  const script = fileURLToPath(new URL('quick-delete-process.mjs', import.meta.url));
  const child = fork(script, [JSON.stringify({ folder, pagesOfTag: PAGES_OF_TAG })], {
    execArgv: ['--expose-gc'],
  });
  processes.push(child);
  await once(child, 'message');
  return async (command, fields = {}) => {
    child.send({ command, ...fields });
    const [answer] = await once(child, 'message');
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  };
}

const pathOf = (index) => `/posts/${Math.floor(index / 1000)}/post-${index}`;
const tagOf = (group) => ({ tag: `group-${group}` });

let taken = 0;
/** The next pages that have not been deleted yet: whole tags of them, so that every one still has its pages. */
function takeTags(count) {
  const groups = Array.from({ length: count }, (_, index) => taken + index);
  taken += count;
  if (taken * PAGES_OF_TAG > PAGES)
    throw new Error('There are not enough pages; raise STATICGENERATOR_PAGES');
  return groups;
}

const takePaths = (count) =>
  takeTags(Math.ceil(count / PAGES_OF_TAG))
    .flatMap((group) =>
      Array.from({ length: PAGES_OF_TAG }, (_, index) => pathOf(group * PAGES_OF_TAG + index)),
    )
    .slice(0, count);

/** Median and 99th percentile, in milliseconds. */
function summarize(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99) };
}

const show = (milliseconds) => milliseconds.toFixed(2);

function row(name, own, bare) {
  const [a, b] = [summarize(own), summarize(bare)];
  const ratios = [a.median / b.median, a.p99 / b.p99].map((ratio) => ratio.toFixed(1));
  return `| ${name} | ${show(a.median)} / ${show(a.p99)} | ${show(b.median)} / ${show(b.p99)} | ${ratios.join(' / ')} |`;
}

/** Deletions and their bare counterparts in turns, so that both meet the same disk. */
async function measure(asks, targetsOf, files) {
  const [own, bare] = [[], []];
  const ROUNDS = 4;
  for (let round = 0; round < ROUNDS; round += 1) {
    const each = Math.ceil(SAMPLES / ROUNDS / asks.length);
    const inAll = async (command, fieldsOf) =>
      (await Promise.all(asks.map((ask) => ask(command, fieldsOf(each))))).flat();
    bare.push(...(await inAll('bare', (count) => ({ count, files }))));
    own.push(...(await inAll('delete', (count) => ({ targets: targetsOf(count) }))));
  }
  return [own, bare];
}

try {
  const first = await start();
  await first('publish', { paths: Array.from({ length: 100 }, (_, index) => `/warm/${index}`) });
  /** In MiB, by how many pages there are: what grows with the pages does so from each row to the next. */
  const memory = new Map([[0, await first('memory')]]);
  for (let index = 0; index < PAGES; index += PUBLISHED_AT_ONCE) {
    const length = Math.min(PUBLISHED_AT_ONCE, PAGES - index);
    await first('publish', { paths: Array.from({ length }, (_, offset) => pathOf(index + offset)) });
    const stored = index + length;
    if (MEASURED_AT.has(stored)) memory.set(stored, await first('memory'));
    process.stderr.write(`\r${stored} of ${PAGES} pages stored`);
  }
  process.stderr.write('\n');

  const byTag = (count) => takeTags(count).map(tagOf);
  const one = [first];
  const rows = [
    row('by path, one process', ...(await measure(one, takePaths, 1))),
    row(`by tag of ${PAGES_OF_TAG} pages, one process`, ...(await measure(one, byTag, PAGES_OF_TAG))),
  ];
  const all = [first, ...(await Promise.all(Array.from({ length: PROCESSES - 1 }, start)))];
  rows.push(
    row(`by path, ${PROCESSES} processes at once`, ...(await measure(all, takePaths, 1))),
    row(
      `by tag of ${PAGES_OF_TAG} pages, ${PROCESSES} processes at once`,
      ...(await measure(all, byTag, PAGES_OF_TAG)),
    ),
  );

  const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
  console.log(
    [
      `quickDelete with ${PAGES.toLocaleString('en')} pages present (median / 99th percentile)`,
      '',
      '| | quickDelete, ms | bare unlinks and a synced append, ms | ratio |',
      '|---|---|---|---|',
      ...rows,
      '',
      'Memory of the process that has stored them, in MiB',
      '',
      '| pages stored | heap | resident |',
      '|---|---|---|',
      ...[...memory].map(
        ([pages, { heapUsed, rss }]) =>
          `| ${pages.toLocaleString('en')} | ${megabytes(heapUsed)} | ${megabytes(rss)} |`,
      ),
    ].join('\n'),
  );
} finally {
  const exits = processes.map((child) => once(child, 'exit'));
  for (const child of processes) child.kill('SIGKILL');
  await Promise.all(exits);
  rmSync(folder, { recursive: true, force: true });
}
