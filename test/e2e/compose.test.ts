import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../cli/run.js';
import {
  balanced,
  composeFolder,
  configurationCommand,
  found,
  optionOf,
  readExample,
  serviceOf,
  volumeAt,
} from '../docs/compose.js';
import { repository } from '../docs/markdown.js';
import { installedRedis, startRedis } from '../helpers/databases/redis.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { startTcpProxy } from '../helpers/servers/tcp-proxy.js';
import { type Answer, type RequestOptions, send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

const PAGE = '/notes.txt';
const HIT = /^staticgenerator; hit$/;

/**
 * Runs the services of the example as processes of this machine: paths become folders; names and ports of services
 * become ports.
 */
class Machine {
  readonly #ports = new Map<string, number>();
  readonly #folder: string;
  readonly project: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.project = join(folder, 'app');
  }

  static async create(): Promise<Machine> {
    const folder = await temporaryFolder();
    // The workers of nginx run as another user.
    await chmod(folder, 0o755);
    const machine = new Machine(folder);
    await cp(join(composeFolder, 'app'), machine.project, { recursive: true });
    // Node finds the package itself one folder above the folder of its dependencies.
    await mkdir(join(folder, 'node_modules'));
    await symlink(repository, join(folder, 'node_modules/staticgenerator'));
    await symlink(join(repository, 'node_modules'), join(machine.project, 'node_modules'));
    return machine;
  }

  /** Returns the folder of this machine for the volume that a service sees at this path. */
  folderOf(service: string, path: string): string {
    return join(this.#folder, volumeAt(service, path));
  }

  async open(service: string): Promise<number> {
    const port = await freePort();
    this.#ports.set(service, port);
    return port;
  }

  lead(service: string, port: number): void {
    this.#ports.set(service, port);
  }

  /** Returns the address at which a service finds another one by name. */
  addressOf(from: string, name: string): string {
    const [entry] = found(from, name);
    return `127.0.0.1:${this.#ports.get(entry?.service ?? '')}`;
  }

  async request(service: string, path: string, options?: RequestOptions): Promise<Answer> {
    return await send(this.#ports.get(service) ?? 0, path, options);
  }
}

async function startValkey(machine: Machine): Promise<void> {
  const [, ...settings] = serviceOf('valkey').command ?? [];
  const server = await startRedis(settings);
  onTestFinished(() => server.stop());
  machine.lead('valkey', (await startTcpProxy(server.socket)).port);
}

/** Starts what the image runs, with the environment of the service. */
async function startApp(machine: Machine, service: string): Promise<ChildProcess> {
  const { WEB_ROOT = '', REDIS_URL = '', ...others } = serviceOf(service).environment ?? {};
  const environment = {
    ...others,
    PATH: process.env.PATH,
    PORT: String(await machine.open(service)),
    WEB_ROOT: machine.folderOf(service, WEB_ROOT),
    REDIS_URL: `redis://${machine.addressOf(service, new URL(REDIS_URL).hostname)}`,
  };
  const [command = '', ...words] = JSON.parse(/^CMD (.+)$/m.exec(readExample('app/Dockerfile'))?.[1] ?? '[]');
  expect(command).toBe('node');
  const child = spawn(process.execPath, words, {
    cwd: machine.project,
    env: environment,
    stdio: 'ignore',
  });
  onTestFinished(() => end(child, 'SIGKILL'));
  const [, , ...check] = serviceOf(service).healthcheck?.test ?? [];
  await expect.poll(() => exitCode(check, environment), { interval: 250 }).toBe(0);
  return child;
}

async function exitCode(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [code] = await once(spawn(process.execPath, words, { env }), 'exit');
  return Number(code);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** Starts the nginx of a host, with the configuration that the service `configuration` writes for it. */
async function startHostNginx(machine: Machine, service: string): Promise<void> {
  const port = await machine.open(service);
  const [upstream, webRoot, trust] = ['--upstream', '--web-root', '--trust'].map(optionOf);
  const here = new Map([
    [upstream, machine.addressOf(service, upstream?.split(':')[0] ?? '')],
    [webRoot, machine.folderOf(service, webRoot ?? '')],
    [trust, '127.0.0.1'],
  ]);
  const words = configurationCommand().words.map((word) => here.get(word) ?? word);
  const { stdout, stderr, code } = await run([...words, '--listen', `127.0.0.1:${port}`], {
    folder: machine.project,
    environment: { ...serviceOf('configuration').environment },
  });
  expect([code, stderr]).toEqual([0, '']);
  await start(stdout);
}

async function startBalancer(machine: Machine): Promise<void> {
  const port = await machine.open('balancer');
  const servers = balanced().reduce(
    (text, server) => text.replace(server, machine.addressOf('balancer', server.split(':')[0] ?? '')),
    readExample('balancer.conf'),
  );
  await start(servers.replace('listen 80;', `listen 127.0.0.1:${port};`));
}

async function start(configuration: string): Promise<void> {
  const nginx = await startNginx(`events {}\nhttp {\n${configuration}\n}`);
  onTestFinished(() => nginx.stop());
}

const save = (text: string): RequestOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: `text=${text}`,
});

async function startAll(): Promise<{ machine: Machine; apps: readonly ChildProcess[] }> {
  const machine = await Machine.create();
  await startValkey(machine);
  const apps = await Promise.all(['app-1', 'app-2'].map((app) => startApp(machine, app)));
  for (const nginx of ['nginx-1', 'nginx-2']) await startHostNginx(machine, nginx);
  await startBalancer(machine);
  return { machine, apps };
}

/** Waits until the nginx of this host serves the host's own page. */
async function untilServed(machine: Machine, nginx: string): Promise<Answer> {
  const ask = () => machine.request(nginx, PAGE);
  await expect.poll(async () => (await ask()).cache).toMatch(HIT);
  return await ask();
}

describe.skipIf(installedRedis === undefined)('the example with Docker Compose, without Docker', () => {
  test('serves no page of one host that was deleted on the other, and goes on without a host', async () => {
    const { machine, apps } = await startAll();
    for (const host of ['1', '2'])
      expect((await untilServed(machine, `nginx-${host}`)).body).toMatch(`Rendered by host-${host} at `);

    // One request to each host, through the load balancer: whichever host saves, both delete their page.
    for (const text of ['first', 'second']) {
      const saved = await machine.request('balancer', '/notes', save(text));
      expect([saved.status, saved.body]).toEqual([200, expect.stringMatching(/^Saved by host-[12]\n$/)]);
      for (const nginx of ['nginx-1', 'nginx-2']) {
        const { body, cache } = await machine.request(nginx, PAGE);
        expect([cache, body]).toEqual([expect.not.stringMatching(HIT), expect.stringContaining(text)]);
        await untilServed(machine, nginx);
      }
    }

    // The load balancer asks both in turn.
    const answers = [await machine.request('balancer', PAGE), await machine.request('balancer', PAGE)];
    expect(answers.map(({ body }) => /by (host-\d)/.exec(body)?.[1]).sort()).toEqual(['host-1', 'host-2']);

    // A host leaves properly. No host waits for it, and no visitor reaches it.
    const [, second] = apps;
    if (second !== undefined) await end(second, 'SIGTERM');
    expect(second?.exitCode).toBe(0);
    expect((await machine.request('nginx-2', PAGE)).status).toBe(502);
    for (let times = 0; times < 4; times += 1)
      expect((await machine.request('balancer', PAGE)).body).toContain('Rendered by host-1 at ');
    expect((await machine.request('nginx-1', '/notes', save('third'))).status).toBe(200);
    const { status, body } = await machine.request('balancer', PAGE);
    expect([status, body]).toEqual([200, expect.stringContaining('third')]);
  });
});
