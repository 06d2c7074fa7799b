/**
 * Loaded before each test file by `npm test -- --times`. Notes the CPU time of this process and of all processes that
 * it has started, three times: before the file is loaded, before its first test, and at its end. It needs Linux,
 * because it reads /proc.
 */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';

/** The ticks per second in which Linux counts CPU time. */
const TICKS = 100;
const file = process.env.STATICGENERATOR_TIMES ?? '';

const loaded = secondsOfTree();
let begun = loaded;
beforeAll(() => {
  begun = secondsOfTree();
});
// Registered first, so that it runs last.
afterAll(() => {
  const { testPath } = expect.getState();
  const note = { pid: process.pid, test: testPath, loaded, begun, ended: secondsOfTree() };
  appendFileSync(file, `${JSON.stringify(note)}\n`);
});

interface Taken {
  readonly parent: number;
  readonly seconds: number;
}

/** Returns the CPU seconds of this process and its descendants, including those that have ended and were waited for. */
function secondsOfTree(): number {
  const all = new Map<number, Taken>();
  for (const name of readdirSync('/proc')) {
    const taken = /^\d+$/.test(name) ? takenBy(name) : undefined;
    if (taken !== undefined) all.set(Number(name), taken);
  }
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (all.has(pid) && isOurs(all.get(pid)?.parent ?? 0));
  return [...all].reduce((sum, [pid, { seconds }]) => (isOurs(pid) ? sum + seconds : sum), 0);
}

/** Returns undefined if the process has ended. */
function takenBy(pid: string): Taken | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return;
  }
  // After the name in parentheses: the state, the parent; from the 12th on, ticks in user and kernel mode, and those of
  // children.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, one) => sum + one, 0);
  return { parent: fields[1] ?? 0, seconds: ticks / TICKS };
}
