// Starts two nginx with the same pages. One of them finds its pages through the folder that is named after the current
// second.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkAnswer } from '../load/check-answer.mjs';
import { inRounds } from '../load/rounds.mjs';
import { makeHit } from '../load/stored.mjs';
import { codingOf, headersFor, sizes } from '../pages/pages.mjs';
import { startOwnNginx } from '../processes/own-nginx.mjs';
import { startScript } from '../processes/subject.mjs';
import { clusterSource } from './cluster.mjs';

export const WITH = 'one of several hosts';
export const WITHOUT = 'the only host of a site';

/** Starts both. Each app keeps running, because with several hosts it makes the folder names of the seconds. */
export async function startBoth(parent, engine, keep) {
  return [
    { name: WITHOUT, ...(await startOne(join(parent, 'without'), undefined, keep)) },
    { name: WITH, ...(await startOne(join(parent, 'with'), { ...engine.settings, name: 'nginx' }, keep)) },
  ];
}

async function startOne(folder, settings, keep) {
  mkdirSync(folder, { mode: 0o755 });
  const webRoot = join(folder, 'pages');
  const words = settings === undefined ? [] : [JSON.stringify(settings)];
  const app = keep(await startScript('app.mjs', ['own', webRoot, '0', ...words]));
  for (const size of Object.keys(sizes)) await makeHit(`http://localhost:${app.port}/page/${size}`);
  const cluster = settings === undefined ? '' : `, cluster: ${clusterSource(settings)}`;
  const options = `{ webRoot: ${JSON.stringify(webRoot)}, headers: { 'Cache-Control': 'max-age=3600' }, urls: [/^\\/(?:page|slow|refused|many)\\//], version: 'bench'${cluster} }`;
  return keep(await startOwnNginx({ folder, options, upstream: app.port }));
}

/** Measures a page of one size in one coding, from both servers in turns. Returns figures as `inRounds` does. */
export async function measureHits(subjects, { size, as, coding }, settings) {
  const headers = headersFor(as, coding);
  const measured = subjects.map(({ name, port, pid }) => ({
    ...{ name, pid, headers, url: `http://localhost:${port}/page/${size}` },
  }));
  for (const subject of measured) await checkAnswer(subject, { isOwn: true, coding: codingOf(size, coding) });
  return await inRounds(measured, settings);
}
