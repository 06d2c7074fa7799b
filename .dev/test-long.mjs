/** Runs every suite that `npm test` runs in a smaller number of seeds, at length, and the mutants of the protocol. */
import { otherDriver } from './other-driver.mjs';
import { printSummary, runStep, script, vitest } from './step.mjs';

const HELP = `Usage: node .dev/test-long.mjs [--list] [suite…]

Runs the long suites one after another, continues after a failure, and prints a summary. Exits with 1 if any failed.
Without a name, it runs all of them.

  --list  print the suites and their tests without running them`;

const AT_LENGTH = { STATICGENERATOR_LONG: '1' };
const FUZZERS = [
  ...['test/front/nginx/fuzz', 'test/front/servers/fuzz', 'test/front/linear'],
  ...['test/request/hostile', 'test/change/files/tree-watch'],
];
const suites = [
  { name: 'protocol', tests: ['test/protocol'], environment: AT_LENGTH },
  {
    name: 'drivers',
    tests: ['test/sqlite', 'test/ledger', 'test/protocol', 'test/cluster'],
    environment: { ...AT_LENGTH, ...otherDriver() },
  },
  { name: 'track', tests: ['test/track'], environment: AT_LENGTH },
  { name: 'collect', tests: ['test/assets/collect/faults', 'test/assets/parity'], environment: AT_LENGTH },
  { name: 'fuzz', tests: FUZZERS, environment: AT_LENGTH },
  { name: 'export', tests: ['test/export/hosts', 'test/deploy/s3'], environment: AT_LENGTH },
  { name: 'browser', tests: ['test/e2e/browser'], environment: AT_LENGTH },
  { name: 'differential', tests: ['test/differential'], environment: AT_LENGTH },
  { name: 'mutation', tests: ['test/protocol/mutation'], environment: { STATICGENERATOR_MUTATION: '1' } },
];

const words = process.argv.slice(2);
const names = suites.map(({ name }) => name);
const unknown = words.find((word) => word !== '--list' && !names.includes(word));
if (words.includes('--help')) console.log(HELP);
else if (unknown !== undefined) {
  console.error(`Expected one of ${names.join(', ')}, got ${unknown}\n\n${HELP}`);
  process.exitCode = 2;
} else if (words.includes('--list'))
  for (const { name, tests } of suites) console.log(`${name.padEnd(13)} ${tests.join(' ')}`);
else await runSuites(words.length === 0 ? suites : suites.filter(({ name }) => words.includes(name)));

async function runSuites(chosen) {
  const steps = [await runStep(script('build'))];
  if (steps[0].isOk)
    for (const { name, tests, environment } of chosen) {
      console.log(`\n${name}: ${tests.join(' ')}`);
      steps.push(await runStep({ name, command: vitest(tests), environment }));
    }
  printSummary(steps);
}
