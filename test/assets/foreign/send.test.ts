/** The tests of @fastify/send, run on our middleware. Each test that fails is a difference that has a reason. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PATIENCE_MS } from '../../helpers/patience.js';
import { sendDifferences } from './send-differences.js';

const suite = dirname(createRequire(import.meta.url).resolve('@fastify/send'));
/** The files, with the number of tests in each. */
const files = [
  ['send.1.test.js', 72],
  ['send.2.test.js', 67],
] as const;

interface Told {
  readonly name: string;
  readonly nesting: number;
  readonly passed: boolean;
  readonly why?: string;
}

/** Returns the tests in the order of the file. A group, which is reported after its deeper tests, is left out. */
async function testsOf(file: string): Promise<readonly Told[]> {
  const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const options = [
    ...['--require', fileOf('send-shim.cjs'), '--test-force-exit', '--test-reporter', fileOf('reporter.mjs')],
    join('test', file),
  ];
  const child = spawn(process.execPath, options, { cwd: suite, timeout: PATIENCE_MS });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [told, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const all = told
    .split('\n')
    .filter(Boolean)
    .map((line): Told => JSON.parse(line));
  expect(all, problems).not.toEqual([]);
  return all.filter(({ nesting }, index) => nesting >= (all[index - 1]?.nesting ?? 0));
}

describe('the tests of send', () => {
  test.each(files)('%s fails nowhere but where we differ', async (file, count) => {
    const tests = await testsOf(file);
    expect(tests).toHaveLength(count);
    const listed = new Set(sendDifferences.flatMap(({ tests: byFile }) => byFile[file] ?? []));
    const describeAt = (number: number) => `${number}: ${tests[number - 1]?.name}: ${tests[number - 1]?.why}`;
    const failed = tests.flatMap(({ passed }, index) => (passed ? [] : [index + 1]));
    expect(failed.filter((number) => !listed.has(number)).map(describeAt)).toEqual([]);
    expect([...listed].filter((number) => !failed.includes(number)).map(describeAt)).toEqual([]);
  });
});
