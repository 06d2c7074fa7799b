/**
 * Runs the checks and the tests at once, because neither needs a whole machine: the tests wait for processes, and a
 * check has one thread. Only the build comes first, because all but the linter read it.
 */
import { ON_BOTH_DRIVERS, otherDriver } from './other-driver.mjs';
import { noteTested, treeOfCleanFolder } from './release/tested.mjs';
import { runStep, script, vitest } from './step.mjs';

const HELP = `Usage: node .dev/test.mjs [--quick] [options and files for vitest]

Runs build, lint, types, the package check and all tests, then the tests of the ledger with the other SQLite driver, and
exits with 1 if any of them failed.

  --quick  skip the package check and the slow tests, for quick runs while you write code`;

const words = process.argv.slice(2);
if (words.includes('--help')) console.log(HELP);
else await testAll(words);

async function testAll(words) {
  const isQuick = words.includes('--quick');
  const forVitest = words.filter((word) => word !== '--quick');
  const tree = words.length === 0 ? treeOfCleanFolder() : undefined;
  const lint = runStep(script('lint'));
  const build = await runStep(script('build'));
  const chosen = isQuick ? ['--project', 'quick'] : [];
  const tests = { name: 'tests', command: vitest([...chosen, ...forVitest]) };
  const afterBuild = [script('types'), ...(isQuick ? [] : [script('package')]), tests];
  const steps = await Promise.all([lint, ...(build.isOk ? afterBuild.map(runStep) : [])]);
  if (build.isOk && words.length === 0) steps.push(...(await testOtherDriver()));
  const failed = [build, ...steps].filter(({ isOk }) => !isOk).map(({ name }) => name);
  if (failed.length === 0) return tree === undefined ? undefined : noteTested(tree);
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

/** Without options and files, which say what is to be run. */
async function testOtherDriver() {
  const environment = otherDriver();
  if (environment === undefined) return [];
  const name = 'tests with the other driver of SQLite';
  return [await runStep({ name, command: vitest(ON_BOTH_DRIVERS), environment })];
}
