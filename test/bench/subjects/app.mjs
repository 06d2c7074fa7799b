// An app that runs behind a proxy, with our middleware, with an empty one, or without any:
// node app.mjs <own|empty|bare> <webRoot> <port> [cluster as JSON].
// A proxy cache may keep its pages for an hour. The option `headers` says the same to our middleware.
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import { staticGenerator } from '../../../dist/index.js';
import { pageOf, sizes } from '../harness/pages/pages.mjs';

const [kind, webRoot, port = '0', settings] = process.argv.slice(2);
const bodies = Object.fromEntries(Object.entries(sizes).map(([name, bytes]) => [name, pageOf(bytes)]));
const headers = { 'Cache-Control': 'max-age=3600' };
const shared = settings === undefined ? undefined : await sharingOf(JSON.parse(settings));

let renders = 0;
let pages;
const app = express();
app.set('x-powered-by', false);
if (kind === 'empty') app.use((_request, _response, next) => next());
if (kind === 'own') {
  pages = staticGenerator({
    ...{ webRoot, headers, logger: false, urls: [/^\/(?:page|slow|refused|many)\//], version: 'bench' },
    ...shared?.options,
  });
  app.use(pages.middleware);
  pages.attach(app);
}

/** A page of some size, without delay. */
app.get('/page/:size', (request, response) => {
  response.set(headers).type('html').send(bodies[request.params.size]);
});
/** The same under any number of names, always of 1 KB. */
app.get('/many/:folder/:name', (_request, response) => {
  response.set(headers).type('html').send(bodies['1k']);
});
/** A page that takes the number of milliseconds in its path. */
app.get('/slow/:milliseconds/:name', async (request, response) => {
  renders += 1;
  await delay(Number(request.params.milliseconds));
  response.set(headers).type('html').send(bodies['10k']);
});
/** Pages that may not be stored. */
app.get('/refused/:size', (request, response) => {
  response.set('Cache-Control', 'private').type('html').send(bodies[request.params.size]);
});
/** Pages that no rule matches. */
app.get('/unmatched/:size', (request, response) => {
  response.set(headers).type('html').send(bodies[request.params.size]);
});

// Until the host serves pages, nothing is stored.
await shared?.serving;
const server = createServer(app).listen(Number(port), '127.0.0.1', () => {
  process.send({ port: server.address().port });
});
// Between rounds, connections are idle for longer than the default of five seconds.
server.keepAliveTimeout = 600_000;

/** Imports the cluster only when it is needed, because the other subjects do not use it. */
async function sharingOf(cluster) {
  const { sharing } = await import('../harness/hosts/cluster.mjs');
  return sharing(cluster);
}

const answers = {
  renders: () => renders,
  delete: async ({ targets }) => await pages.quickDelete(...targets),
};
process.on('message', async (question) => {
  try {
    process.send({ value: await answers[question.ask](question) });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
process.on('disconnect', async () => {
  await pages?.close();
  process.exit(0);
});
