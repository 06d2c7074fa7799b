// Measures the site of constant pages: hits, misses and bypasses in Node, deletions, and publishing.
import { join } from 'node:path';
import { requestFor } from '../../harness/load/keep-alive.mjs';
import { requestHeaders } from '../../harness/pages/pages.mjs';
import { entryOf } from '../checkouts.mjs';
import { bodyOf, manyPaths } from '../subjects/site-pages.mjs';
import {
  isBypass,
  isHit,
  isMiss,
  measureLoad,
  repeated,
  served,
  startSubject,
  untilStored,
} from './served.mjs';

/** Most turns take about 10 ms, because on a busy machine neighboring turns are more alike if they are short. */
const HITS = 250;
const BYPASSES = 250;
const REFUSED = 100;
const MISSES = 32;
const DELETED_PAGES = 6;
const PAGES_OF_GLOB = 200;
const PAGES_OF_TAG = 10;
const PUBLISHED = 8;
/** The last pages of a load, some of which may not be stored yet. */
const LAST = 16;
const PACKAGE = 'staticgenerator';

export const hitRequests = [
  requestFor('/page/1k', requestHeaders.bare),
  requestFor('/page/10k', requestHeaders.browser),
];
const bypassRequests = [
  requestFor('/page/10k?page=2', requestHeaders.browser),
  requestFor('/page/10k', { ...requestHeaders.browser, Cookie: 'session=1' }),
];
/** Each request is for another page, so that none waits for the render of another. */
const refusedRequests = Array.from({ length: REFUSED }, (_, number) =>
  requestFor(`/refused/10k/${number}`, requestHeaders.browser),
);
const unmatchedRequests = [requestFor('/unmatched/10k', requestHeaders.browser)];

let used = 0;
/** Returns a group name that no page has had. */
const unusedGroup = () => `group-${++used}`;

export const hits = {
  ...{ name: 'hits', needs: [PACKAGE] },
  async start(checkout, folder) {
    const site = await startSite(checkout, folder);
    return await orStopped(site, () => storeHits(site));
  },
  measures: [{ name: 'hits in Node', turn: (site) => measureLoad(site, repeated(hitRequests, HITS), isHit) }],
};

export const misses = {
  ...{ name: 'misses', needs: [PACKAGE], start: startSite },
  measures: [
    { name: 'misses, stored', turn: missTurn },
    {
      name: 'misses, refused',
      turn: (site) => measureLoad(site, refusedRequests, isMiss),
    },
    {
      name: 'misses, no rule matches',
      turn: (site) => measureLoad(site, repeated(unmatchedRequests, BYPASSES), isBypass),
    },
    {
      name: 'bypasses',
      turn: (site) => measureLoad(site, repeated(bypassRequests, BYPASSES), isBypass),
    },
  ],
};

export const deletions = {
  ...{ name: 'deletions', needs: [PACKAGE], start: startSite },
  measures: [
    {
      name: 'deletion of a page',
      turn: (site) => deletionTurn(site, manyPaths(unusedGroup(), DELETED_PAGES), (paths) => paths),
    },
    {
      name: `deletion of a glob, ${PAGES_OF_GLOB} pages`,
      share: 0.15,
      turn: (site) => {
        const group = unusedGroup();
        return deletionTurn(site, manyPaths(group, PAGES_OF_GLOB), () => [`/many/${group}/*`]);
      },
    },
    {
      name: `deletion of a tag, ${PAGES_OF_TAG} pages`,
      turn: (site) => {
        const tag = unusedGroup();
        return deletionTurn(site, manyPaths(tag, PAGES_OF_TAG), () => [{ tag }]);
      },
    },
  ],
};

export const publish = {
  ...{ name: 'publish', needs: [PACKAGE], start: startSite },
  measures: [{ name: 'publish', turn: publishTurn }],
};

async function startSite({ root }, folder) {
  return await served(await startSubject('site.mjs', [entryOf(root, PACKAGE), join(folder, 'pages')]));
}

/** Stores the pages of the hits, and checks one response for each to the last byte. */
export async function storeHits(site) {
  await untilStored(site, ['/page/1k', '/page/10k']);
  await checkHits(site);
  return site;
}

export async function checkHits({ port }) {
  for (const [path, headers, coding] of [
    ['/page/1k', { 'Accept-Encoding': 'identity' }, null],
    ['/page/10k', { 'Accept-Encoding': 'gzip' }, 'gzip'],
  ]) {
    const response = await fetch(`http://localhost:${port}${path}`, { headers });
    const body = Buffer.from(await response.arrayBuffer());
    if (!body.equals(bodyOf(path)) || response.headers.get('content-encoding') !== coding)
      throw new Error(`Wrong answer to ${path}: ${response.status}, ${body.length} bytes`);
  }
}

/** Stops the subject if the work fails. */
export async function orStopped(subject, work) {
  try {
    return await work();
  } catch (error) {
    await subject.stop();
    throw error;
  }
}

async function missTurn(site) {
  const paths = manyPaths(unusedGroup(), MISSES);
  const requests = paths.map((path) => requestFor(path, requestHeaders.browser));
  return await measureLoad(site, requests, isMiss, () => untilStored(site, paths.slice(-LAST)));
}

async function deletionTurn(site, paths, targetsOf) {
  const targets = targetsOf(paths);
  const { value } = await site.ask({ ask: 'delete', paths, targets });
  // Deleted pages must be misses now.
  await site.connections.send([requestFor(paths[0]), requestFor(paths.at(-1))], isMiss);
  return { ...value, operations: targets.length };
}

async function publishTurn(site) {
  const group = unusedGroup();
  const paths = Array.from({ length: PUBLISHED }, (_, number) => `/prose/${group}/${number}`);
  const { value } = await site.ask({ ask: 'publish', paths });
  await site.connections.send([requestFor(paths[0]), requestFor(paths.at(-1))], isHit);
  return { ...value, operations: paths.length };
}
