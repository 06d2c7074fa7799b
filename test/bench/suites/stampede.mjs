// Measures many visitors of a page that is not stored and renders slowly: how often it is rendered, and when the last
// visitor has it.
import { join } from 'node:path';
import { ROUNDS } from '../harness/load/rounds.mjs';
import { stampede, stampedeCells } from '../harness/load/stampede.mjs';
import { startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { Report } from '../harness/report/report.mjs';

const VISITORS = 500;
const RENDER_MS = 500;

export async function run() {
  const folder = temporaryFolder();
  const subjects = [
    { name: '**with the middleware**', ...(await startScript('app.mjs', ['own', join(folder, 'pages')])) },
    { name: 'the same app without it', ...(await startScript('app.mjs', ['bare', ''])) },
  ];
  const report = new Report('stampede', `${VISITORS} visitors at once`);
  try {
    const rows = [];
    for (const subject of subjects) rows.push(await measure(subject));
    report.goal('renders, with the middleware', rows[0][1], { most: 1 });
    const heading = `A cold page whose render takes ${RENDER_MS} ms, ${VISITORS} requests at once`;
    report.table(heading, ['', 'renders', 'last answer after ms (spread)'], rows);
  } finally {
    for (const { stop } of subjects) await stop();
  }
  report.write();
}

async function measure({ name, ...subject }) {
  const paths = Array.from({ length: ROUNDS }, (_, round) => `/slow/${RENDER_MS}/cold-${round}`);
  return [name, ...stampedeCells(await stampede(subject, paths, VISITORS))];
}
