import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const START_LIMIT_MS = 5_000;
const RETRY_MS = 20;

/**
 * Resolves when a program that was started accepts connections.
 *
 * @param {string} name of the program, for people
 * @param {number} port
 * @param {import('node:child_process').ChildProcess} child
 */
export async function untilListening(name, port, child) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null)
      throw new Error(`${name} ended with code ${child.exitCode}; its message is above`);
    if (Date.now() > deadline)
      throw new Error(`${name} did not listen on port ${port} within ${START_LIMIT_MS} ms`);
    await wait(RETRY_MS);
  }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function isListening(port) {
  const socket = createConnection({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
