import { once } from 'node:events';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../../../src/errors.js';

/** Below the ports that systems assign to connections, so that no connection of a busy test run takes one meanwhile. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;
/** Shared by all tests on this machine, because a test may bind its port seconds after it got it. */
const CLAIMS = join(tmpdir(), `staticgenerator-ports-${process.getuid?.() ?? 0}`);
/** Longer than any test runs. */
const CLAIM_MS = 10 * 60 * 1000;

/** Returns a TCP port for a program that cannot use port 0. No program listens on it, and no other test gets it. */
export async function freePort(): Promise<number> {
  const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
  const server = claim(port) ? await listenOn(port) : undefined;
  if (server === undefined) return await freePort();
  server.close();
  await once(server, 'close');
  return port;
}

/** Claims a port for a while. Returns false if another test has it. */
function claim(port: number): boolean {
  const file = join(CLAIMS, String(port));
  mkdirSync(CLAIMS, { recursive: true });
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - since > CLAIM_MS) rmSync(file, { force: true });
    return false;
  }
}

/** Whether a program listens on a port of this machine. */
export async function acceptsConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Returns undefined if another program has the port. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (systemErrorCode(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
}
