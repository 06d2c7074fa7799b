// Many visitors of a page that is not there, whose render is slow: how often it is rendered, and when the last has it.
import { join } from 'node:path';
import { one, Report } from '../harness/report.mjs';
import { median, ROUNDS } from '../harness/rounds.mjs';
import { sendOnce } from '../harness/single-request.mjs';
import { startScript } from '../harness/subject.mjs';
import { temporaryFolder } from '../harness/temporary-folder.mjs';

const VISITORS = 500;
const RENDER_MS = 500;

export async function run() {
  const { folder, remove } = temporaryFolder();
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
    remove();
  }
  report.write();
}

async function measure({ name, port, ask }) {
  const figures = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = (await ask({ ask: 'renders' })).value;
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: VISITORS }, () => sendOnce(port, `/slow/${RENDER_MS}/cold-${round}`)),
    );
    const last = performance.now() - startedAt;
    figures.push({ last, renders: (await ask({ ask: 'renders' })).value - before });
  }
  const lasts = figures.map(({ last }) => last);
  return [
    name,
    median(figures.map(({ renders }) => renders)),
    `${one(median(lasts))} (${one(Math.min(...lasts))} to ${one(Math.max(...lasts))})`,
  ];
}
