import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../../cases/requests.js';
import { freePort } from '../../helpers/servers/ports.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { frontOfTest, HIT } from '../setup/nginx-front.js';

describe('of two processes of the app, of which one breaks connections off', () => {
  test.each([
    ['GET', 200, 2],
    ['PUT', 200, 2],
    ['DELETE', 200, 2],
    ['POST', 502, 1],
    ['PATCH', 502, 1],
  ])('a %s gets %d, and is asked for %d times', async (method, status, times) => {
    const asked: string[] = [];
    const broken = await listenAt(
      createServer((request) => {
        asked.push('broken');
        request.socket.destroy();
      }),
    );
    const whole = await listenAt(
      createServer((_request, response) => {
        asked.push('whole');
        response.end('answer');
      }),
    );
    const front = await frontOfTest({ nginx: { upstreams: [`127.0.0.1:${broken}`, `127.0.0.1:${whole}`] } });
    const { response } = await front.ask(bytesOf({ method }));
    expect([response.status, asked]).toEqual([status, ['broken', 'whole'].slice(0, times)]);
  });

  test('at most two are asked', async () => {
    let asked = 0;
    const broken = () =>
      listenAt(
        createServer((request) => {
          asked += 1;
          request.socket.destroy();
        }),
      );
    const ports = [await broken(), await broken(), await broken()];
    const front = await frontOfTest({ nginx: { upstreams: ports.map((port) => `127.0.0.1:${port}`) } });
    expect([(await front.ask(bytesOf({}))).response.status, asked]).toEqual([502, 2]);
  });
});

test('the app may listen on a Unix socket', async () => {
  const folder = await temporaryFolder();
  chmodSync(folder, 0o755);
  const socket = join(folder, 'app.sock');
  await listenAt(
    createServer((_request, response) => response.end('through a socket')),
    socket,
  );
  chmodSync(socket, 0o777);
  const front = await frontOfTest({ nginx: { upstreams: [`unix:${socket}`] } });
  expect((await front.ask(bytesOf({}))).response.body.toString()).toBe('through a socket');
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

test.skipIf(!hasIpv6)('nginx may listen at several addresses, and on IPv6', async () => {
  const port = await freePort();
  const front = await frontOfTest({ nginx: { listen: [`127.0.0.1:${port}`, `[::1]:${port}`] } });
  front.place('blog.page.html', 'page');
  for (const host of ['127.0.0.1', '[::1]']) {
    const response = await fetch(`http://${host}:${port}/blog`, { headers: { host: 'localhost' } });
    await response.arrayBuffer();
    expect(response.ok).toBe(true);
  }
});

test('requests are logged with what the cache said', async () => {
  const folder = await temporaryFolder();
  chmodSync(folder, 0o777);
  const file = join(folder, 'access.log');
  const front = await frontOfTest({ nginx: { accessLog: file } });
  front.place('blog.page.html', 'page');
  await front.ask(bytesOf({ headers: ['User-Agent: test'] }));
  await front.ask(bytesOf({ target: '/missing' }));
  await front.nginx.stop();
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(
      new RegExp(
        `^127\\.0\\.0\\.1 - - \\[.*\\] "GET /blog HTTP/1\\.1" 200 4 "-" "test" "${HIT}" [\\d.]+ "-"$`,
      ),
    ),
    expect.stringMatching(/"GET \/missing HTTP\/1\.1" 200 \d+ "-" "-" "-" [\d.]+ "127\.0\.0\.1:\d+"$/),
  ]);
});

async function listenAt(server: Server, socket?: string): Promise<number> {
  if (socket === undefined) server.listen(0, '127.0.0.1');
  else server.listen(socket);
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return socket === undefined ? (server.address() as AddressInfo).port : 0;
}
