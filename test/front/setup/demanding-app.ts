import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Cleanup } from '../../helpers/temporary.js';

/** Longer than a server in front waits in these tests. */
export const LONGER_MS = 2_000;

/**
 * Starts an app that needs much of the server in front: long headers, long silence, WebSockets, events. It stops with
 * the test, or at another end.
 */
export async function startDemandingApp(atEnd: (cleanup: Cleanup) => void = onTestFinished): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    socket.on('data', () => socket.write('pong')).on('error', () => undefined);
    atEnd(() => void socket.destroy());
  });
  await once(server, 'listening');
  atEnd(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

const long = (length: number) => 'x'.repeat(length);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '', 'http://localhost');
  const length = Number(search.slice(1));
  if (pathname === '/link') response.setHeader('Link', long(length)).end();
  else if (pathname === '/cookies') response.setHeader('Set-Cookie', Array(3).fill(long(2_500))).end();
  else if (pathname === '/body') response.end(long(length));
  else if (pathname === '/slow') setTimeout(() => response.end('slow'), LONGER_MS);
  else if (pathname === '/events') sendPieces(response.setHeader('X-Accel-Buffering', 'no'));
  else if (pathname === '/pieces') sendPieces(response);
  else await count(request, response);
}

function sendPieces(response: ServerResponse): void {
  response.write('data: 1\n\n');
  setTimeout(() => response.end('data: 2\n\n'), 500);
}

/** Answers with the length of the body. With X-Report, first reports the first chunk. */
async function count(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let bytes = 0;
  if (request.headers['x-report'] !== undefined) response.setHeader('X-Accel-Buffering', 'no');
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (bytes === 0 && request.headers['x-report'] !== undefined) response.write(`${chunk} reported`);
    bytes += chunk.length;
  }
  response.end(`${bytes} bytes`);
}
