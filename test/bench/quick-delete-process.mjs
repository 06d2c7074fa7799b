// One process of the site that quick-delete.bench.mjs measures, driven over IPC.
import { fdatasyncSync, mkdirSync, openSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { staticGenerator } from 'staticgenerator';

const { folder, pagesOfTag } = JSON.parse(process.argv[2] ?? '{}');
const pages = staticGenerator({ webRoot: join(folder, 'pages'), urls: [/^\//], logger: false });
const body = `<!doctype html><title>Post</title><p>${'Some text. '.repeat(60)}</p>`;

pages.attach((request, response) =>
  pages.middleware(request, response, () => {
    const number = Number(/post-(\d+)$/.exec(request.url)?.[1] ?? -1);
    if (number >= 0) pages.tag(`group-${Math.floor(number / pagesOfTag)}`);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`${body}${number}`);
  }),
);

const bareFolder = join(folder, `bare-${process.pid}`);
mkdirSync(bareFolder);
const log = openSync(join(folder, 'bare.log'), 'a');

async function timed(count, work) {
  const samples = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await work(index);
    samples.push(performance.now() - startedAt);
  }
  return samples;
}

const commands = {
  async publish({ paths }) {
    const { refused } = await pages.quickPublish(...paths);
    if (refused.length > 0) throw new Error(`Not stored: ${JSON.stringify(refused[0])}`);
  },
  memory() {
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    return { heapUsed, rss };
  },
  delete: ({ targets }) => timed(targets.length, (index) => pages.quickDelete(targets[index])),
  /** The least that a deletion can do: the files go, and that they did is on the disk. */
  async bare({ count, files }) {
    const names = Array.from({ length: count * files }, (_, index) => join(bareFolder, String(index)));
    for (const name of names) writeFileSync(name, body);
    return await timed(count, (index) => {
      writeSync(log, `deleted ${index}\n`);
      fdatasyncSync(log);
      for (const name of names.slice(index * files, (index + 1) * files)) unlinkSync(name);
    });
  },
};

process.on('message', async ({ command, ...fields }) => {
  try {
    process.send({ value: await commands[command](fields) });
  } catch (error) {
    process.send({ error: error.message });
  }
});
process.send({ ready: true });
