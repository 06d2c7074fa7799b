// A site of many pages, which measures the cost of its changes: node growing-site.mjs <folder>. Asked over IPC.
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
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
import { setTimeout as delay } from 'node:timers/promises';
import { staticGenerator } from '../../../dist/index.js';
import { bodyOf, optionsOf, slownessOf, tagOf, webRootIn } from '../harness/pages/many-pages.mjs';

const LOOK_EVERY_MS = 50;
const LOOKS_AT_REST = 6;

const [, , folder] = process.argv;
const begunWith = process.cpuUsage();
const startedAt = performance.now();
const pages = staticGenerator(optionsOf(folder));
const started = {
  startMilliseconds: performance.now() - startedAt,
  startCpu: microseconds(process.cpuUsage(begunWith)) / 1000,
};

let renders = 0;
const listener = (request, response) =>
  pages.middleware(request, response, async () => {
    renders += 1;
    pages.tag(tagOf(request.url));
    const slowness = slownessOf(request.url);
    if (slowness > 0) await delay(slowness);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(bodyOf(request.url));
  });
pages.attach(listener);

const bareFolder = mkdtempSync(join(folder, 'bare-'));
const log = openSync(join(folder, 'bare.log'), 'a');

/**
 * Returns the minimum that a deletion must do: write to the disk that it is done, and remove the files. As with a page,
 * the files have reached the disk before: removing a file that was created a moment ago only takes it out of the
 * journal.
 */
function bareDeletions(count, files) {
  const folder = mkdtempSync(join(bareFolder, 'files-'));
  const names = Array.from({ length: count * files }, (_, index) => join(folder, String(index)));
  for (const name of names) writeFileSync(name, bodyOf('/'));
  syncFolder(folder);
  return () => {
    const gone = names.splice(0, files);
    return () => {
      writeSync(log, 'deleted\n');
      fdatasyncSync(log);
      for (const name of gone) unlinkSync(name);
    };
  };
}

function syncFolder(folder) {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Returns the minimum that a publication must do: rename a file into place. */
function barePublish() {
  const name = join(bareFolder, 'published');
  return () => {
    writeFileSync(`${name}.tmp`, bodyOf('/'));
    renameSync(`${name}.tmp`, name);
  };
}

function microseconds({ user, system } = process.cpuUsage()) {
  return user + system;
}

/** Measures one piece of work: milliseconds, and microseconds of processor time. */
async function timed(work) {
  const before = microseconds();
  const begunAt = performance.now();
  await work();
  return { ms: performance.now() - begunAt, cpu: microseconds() - before };
}

/** Runs each piece of work and its bare counterpart in turns, so that the state of the disk is the same for both. */
async function inTurns(items, work, prepareBare) {
  const figures = { own: [], bare: [] };
  for (const item of items) {
    figures.bare.push(await timed(prepareBare()));
    figures.own.push(await timed(() => work(item)));
  }
  return figures;
}

const answers = {
  renders: () => renders,
  delete: ({ targets, files }) =>
    inTurns(targets, (target) => pages.quickDelete(target), bareDeletions(targets.length, files)),
  publish: ({ paths }) => inTurns(paths, publishOne, barePublish),
  /**
   * Waits until nothing runs in the background. Returns milliseconds since the start, by the clock and of processor
   * time.
   */
  async rest() {
    for (let looks = 0; looks < LOOKS_AT_REST; looks += 1) {
      await delay(LOOK_EVERY_MS);
      // Work in the background continues with the next turn of the event loop, or with a file.
      if (process.getActiveResourcesInfo().some((name) => /^(?:Immediate|FSReq)/.test(name))) looks = -1;
    }
    return {
      ...started,
      restMilliseconds: performance.now() - startedAt,
      restCpu: microseconds(process.cpuUsage(begunWith)) / 1000,
    };
  },
  figures() {
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    const ledgerBytes = statSync(join(webRootIn(folder), '.staticgenerator/ledger.sqlite')).size;
    return { heapUsed, rss, ledgerBytes };
  },
};

async function publishOne(path) {
  const { refused } = await pages.quickPublish(path);
  if (refused.length > 0) throw new Error(`Not stored: ${JSON.stringify(refused[0])}`);
}

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
server.keepAliveTimeout = 600_000;
