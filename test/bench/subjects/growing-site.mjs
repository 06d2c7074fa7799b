// A site that grows by publishing, and what changes of it cost: node growing-site.mjs <folder>. Asked over IPC.
import {
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { staticGenerator } from '../../../dist/index.js';

const PAGES_OF_TAG = 10;
/** Below the size from which variants are made: the cost of a change is measured, not of compressing. */
const body = `<!doctype html><title>Post</title><p>${'Some text. '.repeat(60)}</p>`;

const [, , folder] = process.argv;
const webRoot = join(folder, 'pages');
const options = { webRoot, urls: [/^\/(?:wide|deep|posts)\//], logger: false };

const startedAt = performance.now();
const pages = staticGenerator(options);
const startMilliseconds = performance.now() - startedAt;

const listener = (request, response) =>
  pages.middleware(request, response, () => {
    const number = Number(/(\d+)$/.exec(request.url)?.[1] ?? -1);
    pages.tag(`group-${Math.floor(number / PAGES_OF_TAG)}`);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`${body}${number}`);
  });
pages.attach(listener);

const bareFolder = mkdtempSync(join(folder, 'bare-'));
const log = openSync(join(folder, 'bare.log'), 'a');

async function timed(count, work) {
  const samples = [];
  for (let index = 0; index < count; index += 1) {
    const begunAt = performance.now();
    await work(index);
    samples.push(performance.now() - begunAt);
  }
  return samples;
}

const answers = {
  start: () => startMilliseconds,
  async publish({ paths }) {
    const { refused } = await pages.quickPublish(paths);
    if (refused.length > 0) throw new Error(`Not stored: ${JSON.stringify(refused[0])}`);
  },
  delete: ({ targets }) => timed(targets.length, (index) => pages.quickDelete(targets[index])),
  publishEach: ({ paths }) => timed(paths.length, (index) => pages.quickPublish(paths[index])),
  /** The least that a deletion can do: that it is done is on the disk, and the files go. */
  bareDelete({ count, files }) {
    const names = Array.from({ length: count * files }, (_, index) => join(bareFolder, String(index)));
    for (const name of names) writeFileSync(name, body);
    return timed(count, (index) => {
      writeSync(log, `deleted ${index}\n`);
      fdatasyncSync(log);
      for (const name of names.slice(index * files, (index + 1) * files)) unlinkSync(name);
    });
  },
  /** The least that a publication can do: a render, and a file that is renamed into place. */
  barePublish({ count }) {
    mkdirSync(join(bareFolder, 'published'), { recursive: true });
    return timed(count, (index) => {
      const name = join(bareFolder, 'published', String(index));
      writeFileSync(`${name}.tmp`, body);
      renameSync(`${name}.tmp`, name);
    });
  },
  figures() {
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    const ledgerBytes = statSync(join(webRoot, '.staticgenerator/ledger.sqlite')).size;
    return { heapUsed, rss, ledgerBytes };
  },
};

process.on('message', async ({ ask, ...fields }) => {
  try {
    process.send({ value: await answers[ask](fields) });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
process.on('disconnect', async () => {
  await pages.close();
  process.exit(0);
});
const server = createServer(listener).listen(0, '127.0.0.1', () =>
  process.send({ port: server.address().port }),
);
