// Runs a command until it exits.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const LAST_LINES = 30;

/**
 * Resolves to the standard output of the command. If the command fails, rejects with the last lines of its output. If
 * the signal is aborted, kills the command with all processes that it has started.
 */
export async function runCommand([program, ...words], { cwd, env = process.env, signal } = {}) {
  signal?.throwIfAborted();
  const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const kill = () => process.kill(-child.pid, 'SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const [output, errors, [code, killedBy]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    signal?.throwIfAborted();
    if (code === 0) return output;
    const last = `${output}\n${errors}`.trim().split('\n').slice(-LAST_LINES).join('\n');
    throw new Error(`${[program, ...words].join(' ')} exited with ${killedBy ?? code}:\n${last}`);
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}
