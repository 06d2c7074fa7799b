/** Prints the output of `npm test -- --times`: the CPU time of each test file and of all processes that it starts. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './prepare/places.mjs';

/** Ticks per second, the unit in which Linux counts CPU time. */
const TICKS = 100;

/**
 * Prints the table of a file that test/helpers/process/cpu-times.ts has written, the largest first. `start` is the time
 * until the process loaded the test file, `import` is the time of loading it, and `tests` is the rest.
 */
export function printTimes(file) {
  const notes = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const endOf = new Map();
  const rows = notes.map(({ pid, test, loaded, begun, ended }) => {
    const from = endOf.get(pid) ?? 0;
    endOf.set(pid, ended);
    return [loaded - from, begun - loaded, ended - begun, ended - from, relative(join(root, 'test'), test)];
  });
  console.log(`\n${['start', 'import', 'tests', 'CPU s'].map((one) => one.padStart(8)).join('')}`);
  for (const row of rows.sort((one, other) => other[3] - one[3])) console.log(lineOf(row));
  const sums = [0, 1, 2, 3].map((column) => rows.reduce((sum, row) => sum + row[column], 0));
  console.log(lineOf([...sums, `all ${rows.length} files, in ${endOf.size} processes`]));
}

/** Returns the CPU time of all processes that this one has started and waited for, in seconds. */
export function secondsOfChildren() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ').map(Number);
  return (fields[13] + fields[14]) / TICKS;
}

function lineOf([start, imported, tests, all, name]) {
  return `${[start, imported, tests, all].map((one) => one.toFixed(1).padStart(8)).join('')}  ${name}`;
}
