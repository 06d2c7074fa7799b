// Renders that read a database through an ORM, what they read being followed.
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

/** A page that shows an author is deleted when the author changes, and one that shows another one stays. */
async function checkTracking(site) {
  await untilStored(site, ['/kept/1', '/kept/2']);
  await site.ask({ ask: 'rename', author: 2, name: 'Another name' });
  await site.connections.send([requestFor('/kept/1')], isMiss);
  await site.connections.send([requestFor('/kept/2')], isHit);
  return site;
}

let turns = 0;

/** At URLs of its own: of a page that is refused time and again, few renders are looked at. */
async function turn(site) {
  turns += 1;
  const requests = Array.from({ length: RENDERS }, (_, index) =>
    requestFor(`/rendered/${(index % site.posts) + 1}/${turns}-${index}`),
  );
  return await measureLoad(site, requests, isMiss);
}
