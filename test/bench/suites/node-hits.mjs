// Measures hits that Node answers without nginx in front, against what a user would choose instead.
import { checkAnswer } from '../harness/load/check-answer.mjs';
import { inRounds } from '../harness/load/rounds.mjs';
import { makeHit } from '../harness/load/stored.mjs';
import {
  askedBy,
  codingOf,
  combinations,
  headersFor,
  requestHeaders,
  sizes,
} from '../harness/pages/pages.mjs';
import { startScript } from '../harness/processes/subject.mjs';
import { matrixColumns, matrixRow, plotComparison, reportComparison } from '../harness/report/comparison.mjs';
import { Report } from '../harness/report/report.mjs';

const OWN = 'staticgenerator before Express';
const REFERENCE = 'node:http, a constant';
const MOUNTED = 'staticgenerator in Express';
const LEAST = {
  [OWN]: { 'express.static': 2, apicache: 1.5, [REFERENCE]: 0.6 },
  [MOUNTED]: { 'express.static': 2, apicache: 1 },
};
const NAMES = [
  ...[OWN, MOUNTED, REFERENCE, 'Express, nothing but res.end'],
  ...['Express, res.send of a constant', 'express.static', 'sirv', 'apicache', 'route-cache'],
];
/** The subjects that are measured with everything. */
const COMPARED = [OWN, MOUNTED, REFERENCE, 'express.static', 'sirv', 'apicache'];
const ROUNDS_OF_ALL = 1;
/** The pages and the request headers: identity as a program requests it, and a compressed coding as a browser does. */
const CASES = [...Object.keys(sizes).map((size) => ({ size, as: 'bare' })), { size: '10k', as: 'browser' }];

export async function run() {
  const report = new Report('node-hits', 'Hits in Node');
  const processes = await startAll();
  try {
    for (const { size, as } of CASES) {
      const headers = requestHeaders[as];
      const figures = await inRounds(processes.map((one) => subjectOf(one, size, headers)));
      const heading = `A page of ${size}B, headers of a ${as === 'bare' ? 'program' : 'browser'}`;
      const ratios = reportComparison(report, heading, figures, { reference: REFERENCE, own: OWN });
      if (size !== '10k' || as !== 'bare') continue;
      writeGoals(report, ratios);
      plotComparison(report, 'Hits in Node, 10 KB, by CPU, 1 is a constant', ratios, OWN);
    }
    await measureAll(
      processes.filter(({ name }) => COMPARED.includes(name)),
      report,
    );
  } finally {
    for (const { stop } of processes) await stop();
  }
  report.write();
}

function subjectOf({ name, port, pid }, size, headers) {
  return { name, pid, headers, url: `http://127.0.0.1:${port}/${size}` };
}

/** Measures each size in each coding, as a program and as a browser request it: in fewer rounds, in one table. */
async function measureAll(processes, report) {
  const rows = [];
  for (const { size, coding, as } of combinations()) {
    const headers = headersFor(as, coding);
    const subjects = processes.map((one) => subjectOf(one, size, headers));
    for (const subject of subjects) {
      // The other subjects answer in any coding that they have.
      const isOwn = subject.name.startsWith('staticgenerator');
      await checkAnswer(subject, { isOwn, coding: isOwn ? codingOf(size, coding) : undefined });
    }
    const figures = await inRounds(subjects, { rounds: ROUNDS_OF_ALL });
    rows.push(matrixRow(figures, { own: OWN, heading: [`${size}B`, coding, askedBy[as]] }).cells);
  }
  report.table(
    `All of them: ratios of ${OWN} by CPU, in ${ROUNDS_OF_ALL} rounds`,
    matrixColumns(['page', 'coding', 'asked for by'], COMPARED.slice(1)),
    rows,
  );
  report.say(
    'A ratio divides the processor time of the other by ours: above 1, ours takes less. A page of 1 KB is not compressed. express.static and the constant always answer uncompressed; apicache answers with what the app has sent.',
  );
}

/** Writes the goals for a page of 10 KB: before Express, and mounted in it. */
function writeGoals(report, ratios) {
  for (const own of [OWN, MOUNTED])
    for (const [other, least] of Object.entries(LEAST[own]))
      report.goal(`${own}: ratio by CPU to ${other}`, ratios.get(own) / ratios.get(other), { least });
}

/** Starts all subjects, and requests each page once, so that subjects that store pages have stored it. */
async function startAll() {
  const processes = [];
  for (const name of NAMES) {
    const started = await startScript('node-hits.mjs', [name]);
    processes.push({ name, ...started });
    for (const size of Object.keys(sizes)) {
      const url = `http://127.0.0.1:${started.port}/${size}`;
      await (name.startsWith('staticgenerator') ? makeHit(url) : fetch(url));
    }
  }
  return processes;
}
