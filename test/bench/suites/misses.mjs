// What a request costs that no page answers: Express without us, with us where no rule matches, and misses.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processorSeconds } from '../harness/processor-time.mjs';
import { one, Report, two, whole } from '../harness/report.mjs';
import { median, ROUNDS, ratioOf } from '../harness/rounds.mjs';
import { sendOnce } from '../harness/single-request.mjs';
import { startScript } from '../harness/subject.mjs';

const REQUESTS = 400;
const AT_ONCE = 16;
const HANDLER_MS = 5;

/** Each with the path of the n-th request; a stored miss is another page every time. */
const cases = [
  { name: 'no rule matches', pathOf: () => '/unmatched/10k', judged: true },
  { name: 'refused', pathOf: () => '/refused/10k', judged: false },
  { name: 'stored, a constant handler', pathOf: (n) => `/many/${n >> 8}/${n}`, judged: false },
  { name: `stored, a handler of ${HANDLER_MS} ms`, pathOf: (n) => `/slow/${HANDLER_MS}/${n}`, judged: true },
];

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-bench-'));
  const own = await startScript('app.mjs', ['own', join(folder, 'pages')]);
  const bare = await startScript('app.mjs', ['bare', '']);
  const report = new Report('misses', 'What a miss costs');
  try {
    const rows = [];
    for (const one of cases) rows.push(await measure(one, own, bare));
    const columns = [
      '',
      'requests/s',
      'without us',
      'ratio',
      'CPU µs',
      'without us',
      'first byte ms',
      'without us',
    ];
    report.table('With the middleware, against the same app without it', columns, rows);
    report.say(
      'A stored miss compresses and writes its page after the answer has left, on the same cores: a constant handler has nothing to hide that behind, and is reported only.',
    );
  } finally {
    await own.stop();
    await bare.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  report.write();
}

let asked = 0;

async function measure({ name, pathOf }, own, bare) {
  const figures = { own: [], bare: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const turn =
      round % 2 === 0
        ? [
            ['own', own],
            ['bare', bare],
          ]
        : [
            ['bare', bare],
            ['own', own],
          ];
    for (const [kind, subject] of turn) {
      const figure = await volley(subject, pathOf);
      if (round > 0) figures[kind].push(figure);
    }
  }
  const of = (kind, key) => figures[kind].map((figure) => figure[key]);
  return [
    name,
    whole(median(of('own', 'perSecond'))),
    whole(median(of('bare', 'perSecond'))),
    two(ratioOf(of('own', 'perSecond'), of('bare', 'perSecond'))),
    one(median(of('own', 'microseconds'))),
    one(median(of('bare', 'microseconds'))),
    two(median(of('own', 'firstByte'))),
    two(median(of('bare', 'firstByte'))),
  ];
}

/** A number of requests, some at once, each for a path of its own. */
async function volley({ port, pid }, pathOf) {
  const firstBytes = [];
  let left = REQUESTS;
  const before = processorSeconds(pid);
  const startedAt = performance.now();
  const work = async () => {
    while (left > 0) {
      left -= 1;
      asked += 1;
      firstBytes.push(await sendOnce(port, pathOf(asked)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return {
    perSecond: (REQUESTS * 1000) / (performance.now() - startedAt),
    microseconds: ((processorSeconds(pid) - before) * 1e6) / REQUESTS,
    firstByte: median(firstBytes),
  };
}
