/**
 * Runs at length the suites that `npm test` runs with fewer seeds, and the mutants of the protocol with both SQLite
 * drivers.
 */
import { LONG_SUITES, WITH_OTHER_DRIVER } from './long-suites.mjs';
import { otherDriver } from './other-driver.mjs';
import { WITH_SQLITE } from './prepare/node.mjs';
import { printSummary, runStep, script, vitest } from './step.mjs';

const HELP = `Usage: node .dev/test-long.mjs [--list] [suite…]

Runs the long suites one after another, continues after a failure, and prints a summary. Exits with 1 if any failed.
Without a name, it runs all of them.

  --list  print the suites and their tests without running them`;

const AT_LENGTH = { STATICGENERATOR_LONG: '1' };
const MUTATION = ['test/protocol/mutation'];
const MUTATED = { STATICGENERATOR_MUTATION: '1' };
const { protocol, ...others } = LONG_SUITES;
const suites = [
  { name: 'protocol', tests: protocol, environment: AT_LENGTH },
  { name: 'drivers', tests: WITH_OTHER_DRIVER, environment: { ...AT_LENGTH, ...otherDriver() } },
  ...Object.entries(others).map(([name, tests]) => ({ name, tests, environment: AT_LENGTH })),
  { name: 'mutation', tests: MUTATION, environment: MUTATED },
  { name: 'mutation-drivers', tests: MUTATION, ...mutationWithOtherDriver() },
];

const words = process.argv.slice(2);
const names = suites.map(({ name }) => name);
const unknown = words.find((word) => word !== '--list' && !names.includes(word));
if (words.includes('--help')) console.log(HELP);
else if (unknown !== undefined) {
  console.error(`Expected one of ${names.join(', ')}, got ${unknown}\n\n${HELP}`);
  process.exitCode = 2;
} else if (words.includes('--list'))
  for (const { name, tests } of suites) console.log(`${name.padEnd(16)} ${tests.join(' ')}`);
else await runSuites(words.length === 0 ? suites : suites.filter(({ name }) => words.includes(name)));

async function runSuites(chosen) {
  const steps = [await runStep(script('build'))];
  if (steps[0].isOk)
    for (const { name, tests, environment, command = vitest(tests) } of chosen) {
      console.log(`\n${name}: ${tests.join(' ')}`);
      steps.push(await runStep({ name, command, environment }));
    }
  printSummary(steps);
}

/** The tests of mutants also use apps' databases. So another Node needs the better-sqlite3 that is built for it. */
function mutationWithOtherDriver() {
  const { PATH: otherNode, ...driver } = otherDriver() ?? {};
  const environment = { ...MUTATED, ...driver };
  if (otherNode === undefined) return { environment };
  return { environment, command: ['node', '.dev/test-nodes.mjs', WITH_SQLITE, '--', ...MUTATION] };
}
