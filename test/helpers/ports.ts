import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';

/** Below the ports that systems give to connections by themselves: none of a busy test run takes one between. */
const FIRST_PORT = 15_000;
const LAST_PORT = 32_000;

/** A TCP port that nothing listens on, for a program that cannot be given port 0. */
export async function freePort(): Promise<number> {
  const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
  const server = await listenOn(port);
  if (server === undefined) return await freePort();
  server.close();
  await once(server, 'close');
  return port;
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

/** Undefined: another program has the port. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
