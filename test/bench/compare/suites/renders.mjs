// Measures renders that read a database through an ORM, while the package tracks their reads.
import { join } from 'node:path';
import { requestFor } from '../../harness/load/keep-alive.mjs';
import { entryOf } from '../checkouts.mjs';
import { isHit, isMiss, measureLoad, served, startSubject, untilStored } from './served.mjs';
import { orStopped } from './site.mjs';

const RENDERS = 12;
const needs = ['staticgenerator', 'staticgenerator/typeorm'];

export const renders = {
  ...{ name: 'renders', needs },
  async start({ root }, folder) {
    const entries = needs.map((path) => entryOf(root, path));
    const site = await served(await startSubject('posts.mjs', [...entries, join(folder, 'pages')]));
    return await orStopped(site, () => checkTracking(site));
  },
  measures: [{ name: 'renders, reads followed', turn }],
};

/**
 * Checks that a page that shows an author is deleted when the author changes, and that a page of another author stays.
 */
async function checkTracking(site) {
  await untilStored(site, ['/kept/1', '/kept/2']);
  await site.ask({ ask: 'rename', author: 2, name: 'Another name' });
  await site.connections.send([requestFor('/kept/1')], isMiss);
  await site.connections.send([requestFor('/kept/2')], isHit);
  return site;
}

let turns = 0;

/** Uses new URLs in each turn: if a page is refused again and again, the package inspects only few of its renders. */
async function turn(site) {
  turns += 1;
  const requests = Array.from({ length: RENDERS }, (_, index) =>
    requestFor(`/rendered/${(index % site.posts) + 1}/${turns}-${index}`),
  );
  return await measureLoad(site, requests, isMiss);
}
