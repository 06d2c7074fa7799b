// A site that meets a fault during one operation. Run with preload.mjs, driven over IPC.
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { staticGenerator } from 'staticgenerator';
import { backgroundDone } from '../../site/background.mjs';
import { bodyOf } from '../page-body.mjs';

const faults = globalThis[Symbol.for('staticgenerator.faults')];

/** The version of the data that the pages are rendered from. */
let version = 1;
let renders = 0;

function openSite(webRoot) {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const pages = faults.aside(() => staticGenerator({ webRoot, urls: [/^\//], logger }));
  const listener = (request, response) =>
    pages.middleware(request, response, () => {
      pages.tag('news');
      renders += 1;
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(
        bodyOf({ path: request.url, version, tags: ['news'], render: `${process.pid}-${renders}` }, true),
      );
    });
  pages.attach(listener);
  return { pages, listener };
}

/** The operations that a test names. */
const operations = {
  publish: ({ pages }) => pages.quickPublish('/a'),
  visit: ({ listener }) => visit(listener, '/new'),
  'delete by path': ({ pages }) => pages.quickDelete('/a'),
  'delete by glob': ({ pages }) => pages.quickDelete('/a/**'),
  'delete by tag': ({ pages }) => pages.quickDelete({ tag: 'news' }),
};

/** Resolves with the response. The site may still be storing the page. */
async function visit(listener, path) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sent = httpRequest({
    host: '127.0.0.1',
    port: server.address().port,
    path,
    agent: false,
    headers: { host: 'localhost' },
  });
  sent.end();
  const [response] = await once(sent, 'response');
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  server.close();
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}

async function settle(work) {
  try {
    return { value: await work };
  } catch (error) {
    return { error: { code: error.code, message: error.message } };
  }
}

const commands = {
  /** Stores pages without faults. */
  async prepare({ webRoot, paths }) {
    const { pages } = openSite(webRoot);
    version = 1;
    const { refused } = await pages.quickPublish(...paths);
    await pages.close();
    return { refused };
  },
  /** Changes the data and does one operation, with a fault at one of its calls. Then closes without faults. */
  async meet({ webRoot, operation, fault }) {
    const site = openSite(webRoot);
    await backgroundDone(site.pages);
    version = 2;
    faults.arm(fault);
    const result = await settle(operations[operation](site));
    // A visit continues after its response. Closing waits for its end.
    if (operation === 'visit') await site.pages.close();
    const met = faults.disarm();
    const again = 'error' in result ? await settle(operations[operation](site)) : undefined;
    await site.pages.close();
    return { ...result, ...met, again };
  },
};

process.on('message', async ({ id, command, ...given }) => {
  process.send({ id, ...(await settle(commands[command](given))) });
});
process.send({ ready: true });
