import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { folder } from './folder.js';
import { untilListening } from './listening.js';
import { findProgram, readNote, repository } from './programs.js';

/**
 * Returns the Redis that an earlier start recorded, or the one on the PATH. If there is none, downloads one for this
 * repository only. Returns undefined if that fails.
 *
 * @returns {Promise<string | undefined>}
 */
export async function findRedis() {
  return notedRedis() ?? findProgram('redis-server') ?? findProgram('valkey-server') ?? (await fetchRedis());
}

function notedRedis() {
  const note = /** @type {{ redis: string } | undefined} */ (readNote('redis'));
  return note?.redis;
}

async function fetchRedis() {
  const child = spawn(process.execPath, [join(repository, '.dev/prepare.mjs'), 'hosts'], {
    stdio: 'inherit',
  });
  await once(child, 'exit');
  return notedRedis();
}

/**
 * Starts Redis on `port`. Resolves when it accepts connections. It stores nothing on the disk: hosts notice if it has
 * lost its data.
 *
 * @param {string} program
 * @param {number} port
 */
export async function startRedis(program, port) {
  const place = join(folder, 'redis');
  await mkdir(place, { recursive: true });
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', place, '--save', ''];
  // In a process group of its own, because Ctrl-C stops a whole group, and the hosts still need Redis to leave the
  // register.
  const child = spawn(program, [...options, '--loglevel', 'warning'], { stdio: 'ignore', detached: true });
  process.once('exit', () => child.kill('SIGKILL')); // it has nothing to save
  await untilListening('Redis', port, child);
  return child;
}
