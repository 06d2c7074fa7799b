// Two nginx with the same pages, one of which finds them in the folder that is named by the time.
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

/** The app of each goes on: it makes the names of the seconds. */
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

/** A page of one size in one coding, at both in turns: figures as of inRounds. */
export async function measureHits(subjects, { size, as, coding }, settings) {
  const headers = headersFor(as, coding);
  const measured = subjects.map(({ name, port, pid }) => ({
    ...{ name, pid, headers, url: `http://localhost:${port}/page/${size}` },
  }));
  for (const subject of measured) await checkAnswer(subject, { isOwn: true, coding: codingOf(size, coding) });
  return await inRounds(measured, settings);
}
