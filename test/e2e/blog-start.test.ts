import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { exampleFolder, HIT, MISS } from '../helpers/blog.js';
import { freePort } from '../helpers/ports.js';
import { send } from '../helpers/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

const execute = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const LAST_LINE = /^.*\bcurl\b.*\n.*\bcurl\b.*$/m;

interface Started {
  /** Resolves with all that was printed when it fits; rejects with it if the process ends before. */
  readonly printed: Promise<string>;
  /** Its process, which leads a group of its own, as in a terminal. */
  readonly child: ChildProcess;
  /** All that was printed so far. */
  said(): string;
  stop(): Promise<void>;
}

/** What `npm start` runs, in a folder of the test's own. */
async function start(environment: Record<string, string>, words: string[] = []): Promise<Started> {
  const child = spawn(process.execPath, [join(exampleFolder, 'start.js'), ...words], {
    env: { PATH: process.env.PATH, BLOG_FOLDER: await temporaryFolder(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  onTestFinished(stop);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const printed = (async () => {
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += chunk;
      if (LAST_LINE.test(said)) return said;
    }
    throw new Error(`It ended before it had told how to try it: ${said}`);
  })();
  return { printed, child, said: () => said, stop };
}

async function twoPorts(): Promise<{ PORT: string; NGINX_PORT: string }> {
  return { PORT: String(await freePort()), NGINX_PORT: String(await freePort()) };
}

/** The status of an address that was printed, as a browser asks for it. */
async function statusOf(address: string): Promise<number> {
  const { host, port, pathname } = new URL(address);
  return (await send(Number(port), pathname, { headers: { host } })).status;
}

test.each([
  ['with nginx', [], 'NGINX_PORT'],
  ['without nginx', ['--no-nginx'], 'PORT'],
] as const)('start.js prints addresses that answer, %s', async (_name, words, publicPort) => {
  const ports = await twoPorts();
  const { printed, stop } = await start(ports, [...words]);
  const addresses = (await printed).match(/http:\/\/localhost:\d+\S+$/gm) ?? [];
  expect(addresses.length).toBeGreaterThan(1);
  for (const address of addresses) {
    expect(new URL(address).port).toBe(ports[publicPort]);
    expect(await statusOf(address), address).toBe(200);
  }

  await stop();
  for (const port of Object.values(ports)) await expectFree(Number(port));
});

test.each<[string, string[], 'SIGINT' | 'SIGTERM', number]>([
  ['Ctrl-C, with nginx', [], 'SIGINT', 1],
  ['Ctrl-C, without nginx', ['--no-nginx'], 'SIGINT', 1],
  ['Ctrl-C twice', [], 'SIGINT', 2],
  ['SIGTERM to all', [], 'SIGTERM', 1],
])('%s ends it quietly, with 0', async (_name, words, signal, times) => {
  const { printed, child, said } = await start(await twoPorts(), words);
  const before = await printed;
  const exited = once(child, 'exit');
  // A terminal sends the signal to the whole group: to nginx as well.
  for (let time = 0; time < times; time += 1) process.kill(-Number(child.pid), signal);
  expect(await exited).toEqual([0, null]);
  expect(said().slice(before.length)).toBe('');
});

test.skipIf(!hasCurl)('the lines to try show a page that is made, then found', async () => {
  const { printed } = await start(await twoPorts());
  const lines = LAST_LINE.exec(await printed)?.[0] ?? '';
  const { stdout } = await execute('sh', ['-c', lines]);
  const statuses = stdout.match(/staticgenerator;.*$/gm)?.map((status) => status.trim());
  expect(statuses).toEqual([MISS, HIT]);
});

test.each(['PORT', 'NGINX_PORT'] as const)('a %s that is taken is told with the remedy', async (name) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  onTestFinished(() => void holder.close());
  const { port } = holder.address() as AddressInfo;

  const ports = { ...(await twoPorts()), [name]: String(port) };
  const child = spawn(process.execPath, [join(exampleFolder, 'start.js')], {
    env: { PATH: process.env.PATH, BLOG_FOLDER: await temporaryFolder(), ...ports },
  });
  const [message] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect(child.exitCode).toBe(1);
  expect(message).toBe(`Port ${port} is taken. Set ${name} to a free one: ${name}=${port + 1} npm start\n`);
});

/** Nobody listens there any more. */
async function expectFree(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
