// A site of constant pages, stored by the package of a checkout: node site.mjs <entry of the package> <webRoot>.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { answerQuestions, processorTime, timed } from './answers.mjs';
import { bodyOf, groupOf } from './site-pages.mjs';

const [, , entry, webRoot] = process.argv;
const { staticGenerator } = await import(pathToFileURL(entry).href);
const pages = staticGenerator({ webRoot, urls: [/^\/(?:page|many|prose|refused)\//], logger: false });

/** Runs the middleware before a handler that does next to nothing, so that the package is measured. */
function listener(request, response) {
  return pages.middleware(request, response, () => {
    const group = groupOf(request.url);
    if (group !== undefined) pages.tag(group);
    if (request.url.startsWith('/refused/')) response.setHeader('Cache-Control', 'no-store');
    const body = bodyOf(request.url);
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': body.length });
    response.end(body);
  });
}

async function publish(paths) {
  const { stored, refused } = await pages.quickPublish(...paths);
  if (stored.length !== paths.length) throw new Error(`Not stored: ${JSON.stringify(refused[0])}`);
}

const answers = {
  usage: processorTime,
  publish: ({ paths }) => timed(() => publish(paths)),
  /** Publishes pages, then measures their deletion, one target after the other. */
  async delete({ paths, targets }) {
    await publish(paths);
    return await timed(async () => {
      for (const target of targets) await pages.quickDelete(target);
    });
  },
};

pages.attach(listener);
const server = createServer(listener).listen(0, '127.0.0.1');
// Between turns, connections are idle for longer than the default of five seconds.
server.keepAliveTimeout = 600_000;
await once(server, 'listening');
answerQuestions(answers, { ready: { port: server.address().port }, close: () => pages.close() });
