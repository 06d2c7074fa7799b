import * as fs from 'node:fs';
import { join } from 'node:path';
import { run } from '../prepare/command.mjs';
import { giveUp } from '../prepare/messages.mjs';
import { root } from '../prepare/places.mjs';

const MOUNT = join(root, 'test/suites/mount.mjs');
/** Many times as long as the slowest suite takes. */
const PATIENCE_MS = 10 * 60_000;

/** Runs a suite, and returns the outcome of each test by its name: its failure, or undefined if it passed. */
export function runSuite(folder, { mocha }, mounted) {
  const report = join(folder, `report-${mounted}.json`);
  fs.rmSync(report, { force: true });
  const words = [
    'node_modules/mocha/bin/mocha',
    ...['--exit', '--timeout', '20000', '--reporter', 'json', '--reporter-option', `output=${report}`],
    ...mocha,
  ];
  const options = mounted === 'not' ? '' : `--import=${MOUNT}`;
  const environment = { NODE_OPTIONS: options, STATICGENERATOR_MOUNTED: mounted };
  const outcome = run(process.execPath, words, environment, PATIENCE_MS, folder);
  const results = readReport(report, outcome);
  if (results === undefined) giveUp(`the suite in ${folder} did not run`, outcome);
  return outcomesOf(results);
}

/** Reads the report. Older versions of mocha have no output file, and print the report. */
function readReport(report, { output }) {
  const text = fs.existsSync(report)
    ? fs.readFileSync(report, 'utf8')
    : output.slice(output.indexOf('{\n  "stats"'));
  try {
    return JSON.parse(text.slice(0, text.lastIndexOf('}') + 1));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Returns the outcome of each test. Tests with the same name get a number. */
function outcomesOf({ tests, pending }) {
  const skipped = new Set(pending.map(({ fullTitle }) => fullTitle));
  const seen = new Map();
  const outcomes = new Map();
  for (const { fullTitle, err } of tests) {
    if (skipped.has(fullTitle)) continue;
    const count = (seen.get(fullTitle) ?? 0) + 1;
    seen.set(fullTitle, count);
    const failure = Object.keys(err).length === 0 ? undefined : (err.message ?? 'failed');
    outcomes.set(count === 1 ? fullTitle : `${fullTitle} (${count})`, failure);
  }
  return outcomes;
}
