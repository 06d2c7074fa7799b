// Measures the start of the package: node start.mjs <entry of the package> <webRoot> <composed | answered>. Reports the
// figures once, and waits to be stopped.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { openConnections, requestFor } from '../../harness/load/keep-alive.mjs';
import { answerQuestions, timed } from './answers.mjs';

const [, , entry, webRoot, until] = process.argv;
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
let pages;

async function compose() {
  const { staticGenerator } = await import(pathToFileURL(entry).href);
  pages = staticGenerator({ webRoot, urls: [/^\//], logger: false });
}

/** Measures the time to the first response for a page, except the time in which the client connects. */
async function composeAndAnswer(client) {
  await compose();
  server.on('request', (request, response) =>
    pages.middleware(request, response, () => response.end('<!doctype html>')),
  );
  await client.send([requestFor('/')], (head) => /^HTTP\/1\.1 200 /.test(head));
}

const client = await openConnections(port, 1);
const figure = await timed(() => (until === 'composed' ? compose() : composeAndAnswer(client)));
answerQuestions({}, { ready: figure, close: () => pages.close() });
