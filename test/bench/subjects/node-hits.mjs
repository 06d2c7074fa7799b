// Answers the same pages from Node in one of several ways: node node-hits.mjs <subject>. Reports its port to its
// parent.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import express from 'express';
import sirv from 'sirv';
import { staticGenerator } from '../../../dist/index.js';
import { pageOf, sizes } from '../harness/pages/pages.mjs';

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-bench-'));
const bodies = Object.fromEntries(Object.entries(sizes).map(([name, bytes]) => [`/${name}`, pageOf(bytes)]));

/** Returns an Express app that sends the pages: the work that a cache in front of it saves. */
function sending(...before) {
  const app = express();
  for (const handler of before) app.use(handler);
  for (const [path, body] of Object.entries(bodies))
    app.get(path, (_request, response) => response.type('html').send(body));
  return app;
}

function ownPages() {
  return staticGenerator({ webRoot: join(folder, 'pages'), urls: [/^\/\w+$/], logger: false });
}

function filesFolder() {
  const files = join(folder, 'files');
  mkdirSync(files);
  for (const [path, body] of Object.entries(bodies)) {
    writeFileSync(join(files, `${path}.html`), body);
    writeFileSync(join(files, `${path}.html.gz`), gzipSync(body));
    writeFileSync(join(files, `${path}.html.br`), brotliCompressSync(body));
  }
  return files;
}

const subjects = {
  'staticgenerator before Express': () => {
    const { handler } = ownPages();
    return handler(sending());
  },
  'staticgenerator in Express': () => sending(ownPages().middleware),
  'node:http, a constant': () => (request, response) => {
    const body = bodies[request.url];
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': body.length });
    response.end(body);
  },
  'Express, res.send of a constant': () => sending(),
  'Express, nothing but res.end': () =>
    express().use((request, response) => response.end(bodies[request.url])),
  'express.static': () => express().use(express.static(filesFolder(), { extensions: ['html'] })),
  sirv: () =>
    express().use(sirv(filesFolder(), { extensions: ['html'], etag: true, gzip: true, brotli: true })),
  apicache: () => sending(require('apicache').middleware('1 hour')),
  'route-cache': () => sending(require('route-cache').cacheSeconds(3600)),
};

const server = createServer(subjects[process.argv[2]]()).listen(0, '127.0.0.1', () => {
  process.send({ port: server.address().port });
});
process.on('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
