// Measures hits that nginx answers: the generated configuration against bare nginx with the exact file, proxy_cache and
// Varnish.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkAnswer } from '../harness/load/check-answer.mjs';
import { inRounds, ROUNDS } from '../harness/load/rounds.mjs';
import { makeHit } from '../harness/load/stored.mjs';
import { askedBy, codingOf, combinations, headersFor, sizes } from '../harness/pages/pages.mjs';
import { accepting, startNginx, wholeConfig } from '../harness/processes/nginx.mjs';
import { startBareNginx, startOwnNginx } from '../harness/processes/own-nginx.mjs';
import { freePort } from '../harness/processes/ports.mjs';
import { startScript } from '../harness/processes/subject.mjs';
import { temporaryFolder } from '../harness/processes/temporary-folder.mjs';
import { pinned, SERVER_CORE, toolOf } from '../harness/processes/tools.mjs';
import { whileRunning } from '../harness/processes/while-running.mjs';
import { matrixColumns, matrixRow, plotComparison, reportComparison } from '../harness/report/comparison.mjs';
import { Report } from '../harness/report/report.mjs';

const OWN = 'staticgenerator';
const REFERENCE = 'bare nginx, the exact file';
const ROUNDS_OF_ALL = Math.min(ROUNDS, 4);
const LEAST_OF_IDENTITY = 0.95;
const LEAST_OF_VARIANTS = 0.93;
/** The combinations that have their own tables and goals. */
const JUDGED = [
  ...Object.keys(sizes).map((size) => ({ size, as: 'bare', coding: 'identity' })),
  { size: '10k', as: 'bare', coding: 'gzip' },
  { size: '10k', as: 'browser', coding: 'br' },
  { size: '10k', as: 'visitor', coding: 'br' },
];

export async function run() {
  const folder = temporaryFolder();
  await whileRunning(async (keep) => {
    const subjects = await startAll(folder, keep);
    const report = new Report('nginx-hits', 'Hits through nginx');
    if (subjects.length < 4) report.say('Varnish could not be had on this machine.');
    for (const one of JUDGED) await measure(one, subjects, report);
    await measureAll(subjects, report);
    report.write();
  });
}

async function measure({ size, as, coding }, subjects, report) {
  const figures = await load({ size, as, coding }, subjects, {});
  const heading = `A page of ${size}B, ${coding}, headers of ${askedBy[as]}`;
  const ratios = reportComparison(report, heading, figures, { reference: REFERENCE, own: OWN });
  writeGoals(report, { size, as, coding }, ratios);
  if (size === '10k' && coding !== 'gzip' && as !== 'visitor')
    plotComparison(report, `Hits through nginx, 10 KB, ${coding}, by CPU`, ratios, OWN);
}

async function load({ size, as, coding }, subjects, settings) {
  const headers = headersFor(as, coding);
  const measured = subjects.map(({ name, port, pid, pathOf }) => ({
    ...{ name, pid, headers, url: `http://localhost:${port}${pathOf(size)}` },
  }));
  for (const subject of measured) {
    // proxy_cache and Varnish keep what the app has sent. They make no codings.
    const hasCodings = subject.name === OWN || subject.name === REFERENCE;
    const expected = hasCodings ? codingOf(size, coding) : undefined;
    await checkAnswer(subject, { isOwn: subject.name === OWN, coding: expected });
  }
  return await inRounds(measured, settings);
}

/** Measures each size in each coding, as a program and as a browser request it: in fewer rounds, in one table. */
async function measureAll(subjects, report) {
  const rows = [];
  const behind = [];
  for (const one of combinations()) {
    const figures = await load(one, subjects, { rounds: ROUNDS_OF_ALL });
    const heading = [`${one.size}B`, one.coding, askedBy[one.as]];
    const { cells, ratios } = matrixRow(figures, { own: OWN, heading });
    rows.push(cells);
    for (const [other, ratio] of ratios)
      if (other !== REFERENCE) behind.push({ name: [...heading, other].join(', '), ratio });
  }
  const others = subjects.map(({ name }) => name).filter((name) => name !== OWN);
  report.table(
    `All of them: ratios by CPU, in ${ROUNDS_OF_ALL} rounds`,
    matrixColumns(['page', 'coding', 'asked for by'], others),
    rows,
  );
  report.say(
    'A ratio divides the processor time of the other by ours: above 1, ours takes less. proxy_cache and Varnish compress nothing themselves: whichever coding is asked for, they answer with what the app has sent. Varnish passes requests with cookies, such as a browser sends, to the app.',
  );
  const worst = behind.reduce((least, one) => (one.ratio < least.ratio ? one : least));
  report.goal(`the least ahead of a cache (${worst.name}): ratio by CPU`, worst.ratio, { least: 1 });
}

/** Writes a goal for each coding of a page against bare nginx, and one against each cache. */
function writeGoals(report, { size, as, coding }, ratios) {
  const own = ratios.get(OWN);
  const name = `${size}B, ${coding}${as === 'visitor' ? `, ${askedBy[as]}` : ''}`;
  if (size === '10k') {
    const least = coding === 'identity' ? LEAST_OF_IDENTITY : LEAST_OF_VARIANTS;
    report.goal(`${name}: ratio by CPU to bare nginx`, own, { least });
  }
  for (const [other, ratio] of ratios)
    if (other !== OWN && other !== REFERENCE)
      report.goal(`${name}: ratio by CPU to ${other}`, own / ratio, { least: 1 });
}

async function startAll(folder, keep) {
  const webRoot = join(folder, 'pages');
  const app = keep(await startScript('app.mjs', ['own', webRoot]));
  const origin = keep(await startScript('app.mjs', ['bare', '']));
  for (const size of Object.keys(sizes)) await makeHit(`http://localhost:${app.port}/page/${size}`);
  const own = await startOwn({ folder, webRoot, app }, keep);
  const bare = await startBare(webRoot, keep);
  const proxyCache = await startProxyCache(folder, origin, keep);
  const varnish = await startVarnish(folder, origin, keep);
  return [own, bare, proxyCache, ...(varnish === undefined ? [] : [varnish])];
}

async function startOwn({ folder, webRoot, app }, keep) {
  const options = `{ webRoot: ${JSON.stringify(webRoot)}, headers: { 'Cache-Control': 'max-age=3600' }, urls: [/^\\/(?:page|slow|refused|many)\\//], version: 'bench' }`;
  const { port, pid } = keep(await startOwnNginx({ folder, options, upstream: app.port }));
  return { name: OWN, port, pid, pathOf: (size) => `/page/${size}` };
}

/** Starts a bare nginx with the same file, under the file's own name. */
async function startBare(webRoot, keep) {
  const { port, pid } = keep(await startBareNginx(webRoot));
  return { name: REFERENCE, port, pid, pathOf: (size) => `/page/${size}.page.html` };
}

async function startProxyCache(folder, origin, keep) {
  const port = await freePort();
  const config = `proxy_cache_path ${join(folder, 'proxy-cache')} keys_zone=pages:10m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${origin.port};
      proxy_cache pages;
      proxy_cache_valid 200 1h;
    }
  }`;
  const { pid } = keep(await startNginx(wholeConfig(config), port));
  return { name: 'nginx proxy_cache', port, pid, pathOf: (size) => `/page/${size}` };
}

async function startVarnish(folder, origin, keep) {
  const tool = toolOf('varnish');
  if (tool === undefined) return undefined;
  const port = await freePort();
  const words = [
    ...['-F', '-n', join(folder, 'varnish'), '-a', `127.0.0.1:${port}`, '-b', `127.0.0.1:${origin.port}`],
    ...['-s', 'malloc,64m', '-j', 'none'],
  ];
  const [program, ...rest] = pinned(SERVER_CORE, [tool.varnish, ...words]);
  const child = spawn(program, rest, { stdio: 'ignore' });
  keep({
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  });
  await accepting(port);
  return { name: 'Varnish', port, pid: child.pid, pathOf: (size) => `/page/${size}` };
}
