// Measures the memory that an export needs for each page: node --expose-gc export-memory.mjs <pages> [crawl].
// Prints JSON; all sizes in bytes.
import { writeHeapSnapshot } from 'node:v8';
import express from 'express';
import { staticGenerator } from '../../../dist/static-generator.js';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';

const TAGS = 4;
const LINKS = 20;
const PARAGRAPHS = 40;
const MEMORY_EVERY_MS = 20;
const pagesCount = Number(process.argv[2] ?? 10_000);
const crawl = process.argv[3] === 'crawl';
const folder = temporaryFolder();

const pages = staticGenerator({ webRoot: `${folder}/www`, urls: [/^\//], logger: false });
const app = express();
app.use(pages.middleware);
pages.attach(app);
const nameOf = (number) => `a-post-with-a-title-${number}`;
app.get('/posts/:name', (request, response) => {
  const number = Number(request.params.name.split('-').pop());
  // New strings for each page, as the tags of rows that are read from a database are.
  pages.tag(...Array.from({ length: TAGS }, (_, tag) => `comment-${tag}-of-post:${number}`));
  const links = Array.from({ length: LINKS }, (_, link) => {
    const other = (number * 7 + link * 13 + 1) % pagesCount;
    return `<a href="/posts/${nameOf(other)}">post ${other}</a>`;
  });
  response.send(
    `<!doctype html><title>${number}</title>${links.join('')}${'<p>Some words of a page.</p>'.repeat(PARAGRAPHS)}`,
  );
});
app.get('/', (_request, response) => void response.send(`<a href="/posts/${nameOf(0)}">first</a>`));
pages.route('/posts/:name', {
  params: function* () {
    for (let number = 0; number < (crawl ? 1 : pagesCount); number += 1) yield nameOf(number);
  },
});

const heap = () => {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};
const before = { heap: heap(), resident: process.memoryUsage.rss() };
let peak = before.resident;
let end = before.heap;
const note = () => {
  peak = Math.max(peak, process.memoryUsage.rss());
};
const timer = setInterval(note, MEMORY_EVERY_MS);
const report = await pages.exportSite(`${folder}/site`, {
  ...{ crawl, notFound: false },
  onProgress({ total, done }) {
    if (done < pagesCount || total !== done) return;
    note();
    end = heap();
    if (process.env.SNAPSHOT !== undefined) writeHeapSnapshot(process.env.SNAPSHOT);
  },
});
note();
clearInterval(timer);
const kept = heap();
const perPage = (bytes) => Math.round(bytes / report.rendered.length);
process.stdout.write(
  `${JSON.stringify({
    pages: report.rendered.length,
    heapPerPageAtTheEnd: perPage(end - before.heap),
    heapPerPageOfTheReport: perPage(kept - before.heap),
    residentBefore: before.resident,
    residentPeak: peak,
  })}\n`,
);
await pages.close();
