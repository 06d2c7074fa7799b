/**
 * Runs the checks and the tests at the same time, because neither needs a whole machine: the tests wait for processes,
 * and a check has one thread. Only the build comes first, because everything except the linter reads its output.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ON_BOTH_DRIVERS, otherDriver } from './other-driver.mjs';
import { noteTested, treeOfCleanFolder } from './release/tested.mjs';
import { runStep, script, vitest } from './step.mjs';
import { printTimes, secondsOfChildren } from './times.mjs';

const HELP = `Usage: node .dev/test.mjs [--quick] [--times] [options and files for vitest]

Runs build, lint, types, the package check and all tests, then the tests of the ledger with the other SQLite driver, and
exits with 1 if any of them failed.

  --quick  skip the package check and the slow tests, for quick runs while you write code
  --times  print the CPU time of each test file, with all processes that it starts (on Linux)`;

const OWN = ['--quick', '--times'];
const words = process.argv.slice(2);
if (words.includes('--help')) console.log(HELP);
else if (words.includes('--times')) await testWithTimes(words);
else await testAll(words);

async function testAll(words) {
  const isQuick = words.includes('--quick');
  const forVitest = words.filter((word) => !OWN.includes(word));
  const isWhole = !isQuick && forVitest.length === 0;
  const tree = isWhole ? treeOfCleanFolder() : undefined;
  const lint = runStep(script('lint'));
  // The types of all files are checked together, at the same time as the tests.
  const build = await runStep(script('build', ['--noCheck']));
  const chosen = isQuick ? ['--project', 'quick'] : [];
  const tests = { name: 'tests', command: vitest([...chosen, ...forVitest]) };
  const afterBuild = [script('types'), ...(isQuick ? [] : [script('package')]), tests];
  const steps = await Promise.all([lint, ...(build.isOk ? afterBuild.map(runStep) : [])]);
  if (build.isOk && isWhole) steps.push(...(await testOtherDriver()));
  const failed = [build, ...steps].filter(({ isOk }) => !isOk).map(({ name }) => name);
  if (failed.length === 0) return tree === undefined ? undefined : noteTested(tree);
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

/** Runs some tests with the other driver. Only for runs without options and files, which name the tests to run. */
async function testOtherDriver() {
  const environment = otherDriver();
  if (environment === undefined) return [];
  const name = 'tests with the other driver of SQLite';
  return [await runStep({ name, command: vitest(ON_BOTH_DRIVERS), environment })];
}

async function testWithTimes(words) {
  const folder = mkdtempSync(join(tmpdir(), 'times-'));
  const file = join(folder, 'times.jsonl');
  process.env.STATICGENERATOR_TIMES = file;
  try {
    await testAll(words);
    // Without this file no test has run, because the build failed and said so.
    if (existsSync(file)) printTimes(file);
    const seconds = secondsOfChildren().toFixed(0);
    console.log(`${seconds} s with vitest itself, shared servers and folders, and the checks`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
