// Measures nginx with the configuration that each package generates: hits, and requests that it passes on.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { requestFor } from '../../harness/load/keep-alive.mjs';
import { processorSeconds } from '../../harness/load/processor-time.mjs';
import { pageOf, requestHeaders, VISITORS_COOKIES } from '../../harness/pages/pages.mjs';
import { startNginx, wholeConfig } from '../../harness/processes/nginx.mjs';
import { ownConfig } from '../../harness/processes/own-nginx.mjs';
import { freePort } from '../../harness/processes/ports.mjs';
import { programOf } from '../checkouts.mjs';
import { isHit, measureLoad, openServed, repeated } from './served.mjs';
import { checkHits, hitRequests, hits, orStopped } from './site.mjs';

const HITS = 500;
const PASSED = 250;
/** More pages than nginx keeps open files (`open_file_cache`). */
const WIDE = 600;
const asBrowser = (path, headers = {}) => requestFor(path, { ...requestHeaders.browser, ...headers });
const cookieRequests = [asBrowser('/page/10k', { Cookie: VISITORS_COOKIES })];
const visitorRequests = [requestFor('/page/10k', requestHeaders.visitor)];
const wideRequests = Array.from({ length: WIDE }, (_, number) => asBrowser(`/many/wide/${number}`));
const isPassed = (head) => head.startsWith('HTTP/1.1 200 ') && !/\r\ncache-status:/i.test(head);

export const nginx = {
  ...{ name: 'nginx', needs: ['staticgenerator'] },
  async start(checkout, folder) {
    // The package stores the pages; afterwards only nginx serves them.
    const site = await hits.start(checkout, folder);
    await site.stop();
    const webRoot = join(folder, 'pages');
    placeMany(webRoot);
    const app = await startApp();
    return await orStopped(app, () => startFront(checkout, { folder, webRoot, app }));
  },
  measures: [
    hitsMeasure('hits through nginx', hitRequests),
    hitsMeasure('hits through nginx, half a kilobyte of cookies', cookieRequests),
    hitsMeasure('hits through nginx, as Chrome asks', visitorRequests),
    hitsMeasure(`hits through nginx, ${WIDE} pages in a folder`, wideRequests),
    passedMeasure('no page, through nginx', [asBrowser('/page/none')]),
    passedMeasure('no rule matches, through nginx', [asBrowser('/unmatched/10k')]),
  ],
};

function hitsMeasure(name, requests) {
  return { name, turn: (subject) => measureLoad(subject, repeated(requests, HITS), isHit) };
}

function passedMeasure(name, requests) {
  return { name, turn: (subject) => measureLoad(subject, repeated(requests, PASSED), isPassed) };
}

/** Places small pages without codings. */
function placeMany(webRoot) {
  const folder = join(webRoot, 'many/wide');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (let number = 0; number < WIDE; number += 1)
    writeFileSync(join(folder, `${number}.page.html`), pageOf(900), { mode: 0o644 });
}

/** Starts an app in this process, because only the processor time of nginx counts. */
async function startApp() {
  const body = pageOf(10_000);
  const headers = { 'Content-Type': 'text/html', 'Content-Length': body.length };
  const server = createServer((_, response) => response.writeHead(200, headers).end(body));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: server.address().port,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function startFront(checkout, { folder, webRoot, app }) {
  const port = await freePort();
  const generated = generatedFor(checkout, { folder, webRoot, port, upstream: app.port });
  const { pid, stop } = await startNginx(wholeConfig(generated), port);
  const connections = await openServed({ port, stop });
  const subject = {
    ...{ port, connections },
    usage: () => processorSeconds(pid) * 1e6,
    async stop() {
      connections.close();
      await stop();
      await app.stop();
    },
  };
  return await orStopped(subject, async () => {
    await checkHits(subject);
    return subject;
  });
}

/** Whether both packages generate the same configuration of nginx for the same site. */
export function isSameText(checkouts, folder) {
  const texts = [checkouts.this, checkouts.other].map((checkout) =>
    generatedFor(checkout, { folder, webRoot: join(folder, 'pages'), port: 80, upstream: 9 }),
  );
  return texts[0] === texts[1];
}

function generatedFor({ root }, { folder, webRoot, port, upstream }) {
  const options = `{ webRoot: ${JSON.stringify(webRoot)}, urls: [/^\\/(?:page|many|prose|refused)\\//] }`;
  return ownConfig({ folder, options, upstream, port, program: programOf(root) });
}
