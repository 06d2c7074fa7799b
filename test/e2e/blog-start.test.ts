import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLedgerFile } from '../helpers/databases/ledger-file.js';
import { installedRedis } from '../helpers/databases/redis.js';
import { isLong } from '../helpers/effort.js';
import { freePort } from '../helpers/servers/ports.js';
import { exampleFolder, filledForm, HIT, MISS } from '../helpers/site/blog.js';
import { type RequestOptions, send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

const execute = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const LAST_LINE = /^.*\bcurl\b.*\n.*\bcurl\b.*$/m;

interface Started {
  /**
   * Resolves with the output when the last line has been printed. Rejects with the output if the process ends before.
   */
  readonly printed: Promise<string>;
  /** The process, which leads its own process group, as in a terminal. */
  readonly child: ChildProcess;
  /** The folder of its database and its pages. */
  readonly folder: string;
  /** Returns everything that was printed so far. */
  said(): string;
  stop(): Promise<void>;
}

/** Starts what `npm start` runs, in a folder of the test. */
async function start(environment: Record<string, string>, words: string[] = []): Promise<Started> {
  const folder = await temporaryFolder();
  const child = spawn(process.execPath, [join(exampleFolder, 'start.js'), ...words], {
    env: { PATH: process.env.PATH, BLOG_FOLDER: folder, ...environment },
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
  const printed = new Promise<string>((resolve, reject) => {
    const add = (chunk: string) => {
      said += chunk;
      if (LAST_LINE.test(said)) resolve(said);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', add);
    child.once('close', () => reject(new Error(`It ended before it had told how to try it: ${said}`)));
  });
  printed.catch(() => undefined);
  return { printed, child, folder, said: () => said, stop };
}

async function twoPorts(): Promise<{ PORT: string; NGINX_PORT: string }> {
  return { PORT: String(await freePort()), NGINX_PORT: String(await freePort()) };
}

/** Returns the status of a printed address, requested as a browser does. */
async function statusOf(address: string): Promise<number> {
  const { host, port, pathname } = new URL(address);
  return (await send(Number(port), pathname, { headers: { host } })).status;
}

/**
 * How the process is stopped: a terminal sends the signal to the whole group, including nginx; a supervisor sends it to
 * one process.
 */
interface Ending {
  readonly words: readonly string[];
  readonly signal: 'SIGINT' | 'SIGTERM';
  readonly isTwice?: boolean;
  readonly isAlone?: boolean;
}

const endings: [name: string, ending: Ending][] = [
  ['Ctrl-C twice, with nginx', { words: [], signal: 'SIGINT', isTwice: true }],
  ['Ctrl-C, without nginx', { words: ['--no-nginx'], signal: 'SIGINT' }],
  ['SIGTERM to it alone, with nginx', { words: [], signal: 'SIGTERM', isAlone: true }],
];
const others: typeof endings = [
  ['Ctrl-C, with nginx', { words: [], signal: 'SIGINT' }],
  ['SIGTERM to all, with nginx', { words: [], signal: 'SIGTERM' }],
  ['SIGTERM to it alone, without nginx', { words: ['--no-nginx'], signal: 'SIGTERM', isAlone: true }],
];

test.each([...endings, ...(isLong ? others : [])])(
  'start.js prints addresses that answer, and lines that show a page made, then found. %s ends it quietly, with 0',
  async (_name, { words, signal, isTwice = false, isAlone = false }) => {
    const ports = await twoPorts();
    const { printed, child, folder, said } = await start(ports, [...words]);
    const before = await printed;
    const lines = LAST_LINE.exec(before)?.[0] ?? '';
    if (hasCurl) {
      const { stdout } = await execute('sh', ['-c', lines]);
      const statuses = stdout.match(/staticgenerator;.*$/gm)?.map((status) => status.trim());
      expect(statuses).toEqual([MISS, HIT]);
    }
    const addresses = before.match(/http:\/\/localhost:\d+\S+$/gm) ?? [];
    expect(addresses.length).toBeGreaterThan(1);
    for (const address of addresses) {
      expect(new URL(address).port).toBe(words.includes('--no-nginx') ? ports.PORT : ports.NGINX_PORT);
      expect(await statusOf(address), address).toBe(200);
    }

    // The visits must be logged before the signal is sent.
    await expect.poll(said).toContain('"msg":"page stored"');
    const logged = said();
    const exited = once(child, 'exit');
    const receiver = isAlone ? Number(child.pid) : -Number(child.pid);
    const signalIt = () => process.kill(receiver, signal);
    if (isTwice) await signalTwice({ folder, port: Number(ports.PORT) }, signalIt);
    else signalIt();
    expect(await exited).toEqual([0, null]);
    expect(said().slice(logged.length)).toBe('');
    for (const port of Object.values(ports)) await expectFree(Number(port));
  },
);

/**
 * Sends a signal to a running site, and again while the site ends. Until then, the site cannot end: it has figures to
 * note, and the test has the lock of its ledger.
 */
async function signalTwice(site: { readonly folder: string; readonly port: number }, signalIt: () => void) {
  const ledger = openLedgerFile(join(site.folder, 'www', '.staticgenerator', 'ledger.sqlite'));
  ledger.exec('BEGIN IMMEDIATE');
  await send(site.port, '/login', { headers: { host: `localhost:${site.port}` } });
  signalIt();
  await expect.poll(() => isFree(site.port)).toBe(true);
  signalIt();
  ledger.exec('ROLLBACK');
  ledger.close();
}

describe.skipIf(installedRedis === undefined)('two hosts', () => {
  const POST = '/posts/readme';

  /** Starts two hosts, and a Redis that they share. Returns their ports. */
  async function startTwo() {
    const [port, nginxPort, redisPort] = [await twoInARow(), await twoInARow(), await freePort()];
    const ports = { PORT: String(port), NGINX_PORT: String(nginxPort), REDIS_PORT: String(redisPort) };
    const started = await start(ports, ['--hosts', '2']);
    const text = await started.printed;
    const pids = [...text.matchAll(/its app is process (\d+)$/gm)].map(([, pid]) => Number(pid));
    const request = (host: 1 | 2, path: string, options = {}) => send(nginxPort + host - 1, path, options);
    const all = [port, port + 1, nginxPort, nginxPort + 1, redisPort];
    return { ...started, text, pids, request, ports: all, nginxPort };
  }

  /** Returns the states in the table that was shown last. */
  function statesIn(said: string): readonly string[] {
    const table = said.split(/^Host +Machine/m).at(-1) ?? '';
    return [...table.matchAll(/^\w{16} .* ([a-z-]+)$/gm)].map(([, state = '']) => state);
  }

  test('are started with one command, shown with their state, share what is deleted, and say good-bye at Ctrl-C, quietly', async () => {
    const { text, request, said, child, ports, nginxPort } = await startTwo();
    for (const host of [1, 2]) expect(text).toContain(`http://localhost:${nginxPort + host - 1}/  is `);
    const ids = [...text.matchAll(/is (\w{16}) below/g)].map(([, id = '']) => id);
    await expect.poll(() => statesIn(said())).toEqual(['serves', 'serves']);
    for (const id of ids) expect(said().split('Machine')[1]).toContain(id);

    for (const host of [1, 2] as const)
      await expect.poll(async () => (await request(host, POST)).cache).toBe(HIT);
    const ask = (path: string, options?: RequestOptions) => request(1, path, options);
    await ask(`${POST}/comments`, await filledForm(ask, { author: 'Lin', body: 'Seen by both.' }));
    const { body, cache } = await request(2, POST);
    expect(cache).toBe(MISS);
    expect(body).toContain('Seen by both.');

    const exited = once(child, 'exit');
    process.kill(-Number(child.pid), 'SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(said()).not.toMatch(/error|warn|cannot be reached/i);
    for (const port of ports) await expectFree(port);
  });

  // test/protocol/hosts and test/cluster always test that pages of a dead host are not served.
  test.skipIf(!isLong)(
    'go on when the app of one is killed, whose nginx finds nothing when its term is over',
    async () => {
      const { request, said, child, pids, ports } = await startTwo();
      for (const host of [1, 2] as const)
        await expect.poll(async () => (await request(host, POST)).cache).toBe(HIT);
      process.kill(pids[1] ?? 0, 'SIGKILL');
      await expect.poll(async () => (await request(2, POST)).status).toBe(502);
      await expect.poll(async () => (await request(1, POST)).cache).toBe(HIT);
      await expect.poll(() => statesIn(said())).not.toEqual(['serves', 'serves']);

      const exited = once(child, 'exit');
      process.kill(-Number(child.pid), 'SIGINT');
      expect(await exited).toEqual([0, null]);
      for (const port of ports) await expectFree(port);
    },
  );

  test('that nobody can start are told with the remedy', async () => {
    const { child, said, printed } = await start(await twoPorts(), ['--hosts', '0']);
    await expect(printed).rejects.toThrow();
    expect([child.exitCode, said()]).toEqual([
      1,
      'Expected --hosts to be a whole number from 1 to 9, got "0".\n',
    ]);
  });
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
  expect(message).toBe(`Port ${port} is in use. Set ${name} to a free one: ${name}=${port + 1} npm start\n`);
});

/** Returns a free port whose next port is also free. */
async function twoInARow(): Promise<number> {
  const port = await freePort();
  return (await isFree(port + 1)) ? port : await twoInARow();
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** Expects that no process listens on a port any more. */
async function expectFree(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
