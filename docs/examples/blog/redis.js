import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { folder } from './folder.js';
import { untilListening } from './listening.js';
import { findProgram, readNote, repository } from './programs.js';

/**
 * The Redis that an earlier start has noted, or the one on the PATH; else what can be fetched for this repository alone.
 * Undefined where there is none.
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
 * Starts Redis on `port`; resolves when it accepts connections. It keeps nothing on disk: what it has lost, hosts find out.
 *
 * @param {string} program
 * @param {number} port
 */
export async function startRedis(program, port) {
  const place = join(folder, 'redis');
  await mkdir(place, { recursive: true });
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--dir', place, '--save', ''];
  // Of a group of its own, since Ctrl-C reaches the whole group, and the hosts need it to say good-bye.
  const child = spawn(program, [...options, '--loglevel', 'warning'], { stdio: 'ignore', detached: true });
  process.once('exit', () => child.kill('SIGKILL')); // it has nothing to save
  await untilListening('Redis', port, child);
  return child;
}
