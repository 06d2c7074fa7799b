// Measures the cost of pages, and compares it with everything that a user would choose instead. Run with: npm run bench
import { writeIndex } from './harness/report/index.mjs';

const SUITES = [
  'nginx-hits',
  'tls',
  'node-hits',
  'misses',
  'renders',
  'stampede',
  'changes',
  'growth',
  'warm',
  'export',
  'collect',
  'hosts',
  'observing',
  'kinds',
];

const HELP = `Usage: npm run bench [-- suite…]

Runs benchmarks on this machine's loopback and writes their tables and plots to docs/performance.

Suites: ${SUITES.join(', ')} (default: all)
They take minutes: nginx-hits, node-hits and hosts some six each, kinds three, tls two, all of them half an hour. Exits with 1 if a suite failed, with 2
for wrong usage; a goal that is not reached is told of, and is no failure.

Environment:
  STATICGENERATOR_ROUNDS   rounds in which the subjects take turns: 5
  STATICGENERATOR_SECONDS  of load on a subject in a round: 1
  STATICGENERATOR_PAGES    the largest number of pages in growth: 1000000
  STATICGENERATOR_POSTS    generated posts of the blog in warm: 2000
  STATICGENERATOR_EXPORTED_POSTS  generated posts of the blog in export: 10000`;

const names = process.argv.slice(2);
if (names.includes('--help')) console.log(HELP);
else await runAll(names.length === 0 ? SUITES : names);

async function runAll(chosen) {
  const unknown = chosen.filter((name) => !SUITES.includes(name));
  if (unknown.length > 0) {
    console.error(`Unknown suite ${unknown.join(', ')}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  for (const name of chosen) await runOne(name);
}

/** A suite that fails does not stop the others. */
async function runOne(name) {
  const startedAt = performance.now();
  console.log(`\n=== ${name}`);
  try {
    const { run } = await import(`./suites/${name}.mjs`);
    await run();
    writeIndex();
    console.log(`\n${name}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
  } catch (error) {
    console.error(`${name} failed:`, error);
    process.exitCode = 1;
  }
}
