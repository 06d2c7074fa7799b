import { spawn } from 'node:child_process';
import { root } from './prepare/places.mjs';

const running = new Set();
// A signal that stops this script also stops the processes that it started.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exitCode = 1;
  });

/**
 * Runs a command of this project, such as `npm run lint`. Resolves with whether it succeeded and how long it took. A
 * quiet step shows its output only if it fails, so that steps that run at the same time do not mix their lines.
 */
export async function runStep({ name, command, environment = {}, folder = root, isQuiet = false }) {
  const [program, ...words] = command;
  const began = performance.now();
  const child = spawn(program, words, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', ...(isQuiet ? ['pipe', 'pipe'] : ['inherit', 'inherit'])],
  });
  running.add(child);
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk));
  const outcome = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  running.delete(child);
  const step = { name, isOk: outcome === 0, seconds: (performance.now() - began) / 1000 };
  if (isQuiet) tell(step, Buffer.concat(said).toString());
  else if (typeof outcome === 'string') console.error(`${name}: stopped by ${outcome}`);
  return step;
}

/** Returns the step of a script of package.json, with more arguments for its last command. */
export function script(name, words = []) {
  return { name, command: ['npm', 'run', '--silent', name, '--', ...words], isQuiet: true };
}

/**
 * Returns the command of the tests, with options and files for vitest. Not through npx: when it is stopped, it does not
 * stop them.
 */
export function vitest(words) {
  return ['node', 'node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...words];
}

/** Prints a line for each step. The process fails if any step has failed. */
export function printSummary(steps) {
  const width = Math.max(...steps.map(({ name }) => name.length));
  console.log('');
  for (const { name, isOk, seconds } of steps)
    console.log(`${name.padEnd(width)}  ${isOk ? 'ok    ' : 'failed'}  ${duration(seconds)}`);
  if (!steps.every(({ isOk }) => isOk)) process.exitCode = 1;
}

function duration(seconds) {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function tell({ name, isOk, seconds }, said) {
  if (isOk) console.log(`${name}: ok (${duration(seconds)})`);
  else console.error(`${name}: failed (${duration(seconds)})\n${said.trimEnd()}`);
}
