// Hits through nginx, with the configuration that each package generates.
import { join } from 'node:path';
import { processorSeconds } from '../../harness/load/processor-time.mjs';
import { startNginx, wholeConfig } from '../../harness/processes/nginx.mjs';
import { ownConfig } from '../../harness/processes/own-nginx.mjs';
import { freePort } from '../../harness/processes/ports.mjs';
import { programOf } from '../checkouts.mjs';
import { isHit, measureLoad, openServed, repeated } from './served.mjs';
import { checkHits, hitRequests, hits, orStopped } from './site.mjs';

const HITS = 500;
/** Where an app would be: hits need none. */
const UPSTREAM = 9;

export const nginx = {
  ...{ name: 'nginx', needs: ['staticgenerator'] },
  async start(checkout, folder) {
    // The package stores the pages; then nobody but nginx serves them.
    const site = await hits.start(checkout, folder);
    await site.stop();
    const port = await freePort();
    const config = wholeConfig(generatedFor(checkout, { folder, webRoot: join(folder, 'pages'), port }));
    const { pid, stop } = await startNginx(config, port);
    const connections = await openServed({ port, stop });
    const subject = {
      ...{ port, connections },
      usage: () => processorSeconds(pid) * 1e6,
      async stop() {
        connections.close();
        await stop();
      },
    };
    return await orStopped(subject, async () => {
      await checkHits(subject);
      return subject;
    });
  },
  measures: [
    {
      name: 'hits through nginx',
      turn: (subject) => measureLoad(subject, repeated(hitRequests, HITS), isHit),
    },
  ],
};

/** Whether both packages say the same to nginx of the same site. */
export function isSameText(checkouts, folder) {
  const texts = [checkouts.this, checkouts.other].map((checkout) =>
    generatedFor(checkout, { folder, webRoot: join(folder, 'pages'), port: 80 }),
  );
  return texts[0] === texts[1];
}

function generatedFor({ root }, { folder, webRoot, port }) {
  const options = `{ webRoot: ${JSON.stringify(webRoot)}, urls: [/^\\/(?:page|many|prose|refused)\\//] }`;
  return ownConfig({ folder, options, upstream: UPSTREAM, port, program: programOf(root) });
}
