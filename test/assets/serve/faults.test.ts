import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesOf } from '../../cases/requests.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { send } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { startAssetSite } from './site.js';

/** More than all buffers on the way can hold. */
const LARGE_BYTES = 64 * 1024 * 1024;

async function siteWithLargeFile() {
  const root = await temporaryFolder();
  const file = join(root, 'large.bin');
  writeFileSync(file, Buffer.alloc(LARGE_BYTES, 1));
  return { file, root, site: await startAssetSite(root, 'production') };
}

/** Asks for the file, and reads only the beginning of the answer. */
async function readBeginning(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytesOf({ target: '/static/large.bin' }));
  await once(socket, 'readable');
  expect(socket.read(15)?.toString()).toBe('HTTP/1.1 200 OK');
  return socket;
}

/** Returns how many descriptors of this process belong to the file. */
function descriptorsOf(file: string): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => linkOf(descriptor) === file).length;
}

function linkOf(descriptor: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The descriptor was closed after it was listed.
    return undefined;
  }
}

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux('a client that leaves does not keep the file open, nor does one that was served', async () => {
  const { file, site } = await siteWithLargeFile();
  const sockets = await Promise.all(Array.from({ length: 5 }, () => readBeginning(site.port)));
  expect(descriptorsOf(file)).toBe(5);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => descriptorsOf(file)).toBe(0);
  expect((await send(site.port, '/static/large.bin')).bytes.length).toBe(LARGE_BYTES);
  await rawRequest(site.port, bytesOf({ target: '/static/large.bin', headers: ['If-None-Match: *'] }));
  await rawRequest(
    site.port,
    bytesOf({ target: '/static/large.bin', headers: ['Range: bytes=99999999999-'] }),
  );
  await expect.poll(() => descriptorsOf(file)).toBe(0);
});

test('a slow client does not make the site hold the file in memory', async () => {
  const { site } = await siteWithLargeFile();
  const before = process.memoryUsage().arrayBuffers;
  const sockets = await Promise.all(Array.from({ length: 4 }, () => readBeginning(site.port)));
  // Other requests are served meanwhile, so that everything that could be buffered has been.
  await rawRequest(site.port, bytesOf({ target: '/static/large.bin', headers: ['Range: bytes=0-999999'] }));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(LARGE_BYTES);
  for (const socket of sockets) socket.destroy();
});

test('a file that becomes shorter while it is sent breaks the connection, and is not padded', async () => {
  const { file, site } = await siteWithLargeFile();
  const socket = await readBeginning(site.port);
  truncateSync(file, 1024 * 1024);
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  await once(socket, 'close');
  expect(received).toBeLessThan(LARGE_BYTES);
});

onLinux('without descriptors left, the answer is 503 for now, and the site goes on', async () => {
  const root = await temporaryFolder();
  writeFileSync(join(root, 'a.txt'), 'a');
  const script = new URL('exhausted-process.mjs', import.meta.url).pathname;
  const child = spawn('/bin/sh', ['-c', `ulimit -n 40; exec "${process.execPath}" "${script}" "${root}"`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  await once(child, 'exit');
  expect(JSON.parse(output.toString())).toEqual({
    exhausted: [503, '1', 'no-store'],
    afterwards: [200, 'a'],
  });
});
