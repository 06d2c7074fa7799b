import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { redis } from '../../../../src/cluster/redis/index.js';
import { resolveConfig } from '../../../../src/config.js';
import { generateNginx } from '../../../../src/front/nginx/generate.js';
import { PATIENCE_MS } from '../../patience.js';
import { TestProcess } from '../../process/child-process.js';
import { startNginx } from '../../servers/nginx.js';
import { freePort } from '../../servers/ports.js';
import { startTcpProxy, type TcpProxy } from '../../servers/tcp-proxy.js';
import { memoryFolder } from '../faults/memory-folder.js';
import type { HostsEngine } from './engine.js';

/** Short, so that tests do not wait long. The folder names that nginx looks for stand for one second each. */
export const TERM_SECONDS = 3;
/** How long a request waits before it gives up: the process may be frozen. */
const ANSWER_MS = 1_000;
const POLL_MS = 20;

export interface Read {
  readonly status: number;
  readonly body: string;
  readonly isHit: boolean;
}

/** What the hosts of one site share. */
export interface SharedSite {
  readonly name: string;
  readonly engine: HostsEngine;
  readonly folder: string;
  readonly versionFile: string;
}

let sites = 0;

export function newSite(engine: HostsEngine): SharedSite & { readonly write: (version: number) => void } {
  sites += 1;
  const folder = mkdtempSync(join(memoryFolder(), 'staticgenerator-hosts-'));
  // nginx's workers run as `nobody`.
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const versionFile = join(folder, 'version');
  const write = (version: number) => {
    writeFileSync(`${versionFile}.new`, String(version));
    renameSync(`${versionFile}.new`, versionFile);
  };
  write(1);
  return { name: `hosts-${process.pid}-${sites}`, engine, folder, versionFile, write };
}

/** A machine: its own WEB_ROOT, some processes, an nginx, and a network to the engine that can break. */
export class Host {
  readonly name: string;
  readonly webRoot: string;
  readonly #site: SharedSite;
  readonly #agent = new Agent({ keepAlive: false });
  #proxy: TcpProxy | undefined;
  #processes: TestProcess[] = [];
  #ports: number[] = [];
  #nginxPort = 0;
  #deletions = 0;

  constructor(site: SharedSite, name: string) {
    this.name = name;
    this.#site = site;
    this.webRoot = join(site.folder, name);
    mkdirSync(this.webRoot);
  }

  get proxy(): TcpProxy {
    if (this.#proxy === undefined) throw new Error('The host has not been started');
    return this.#proxy;
  }

  async start(processes = 1): Promise<void> {
    this.#proxy = await startTcpProxy(this.#site.engine.socket);
    this.#ports = await Promise.all(Array.from({ length: processes }, () => freePort()));
    await this.startProcesses();
    this.#nginxPort = await freePort();
    const config = resolveConfig({
      webRoot: this.webRoot,
      urls: [/^\//],
      // nginx's configuration is the same for every engine.
      cluster: redis({ termSeconds: TERM_SECONDS }),
      logger: false,
    });
    const upstreams = this.#ports.map((port) => `127.0.0.1:${port}`);
    const nginx = await startNginx(
      generateNginx(config, { form: 'whole', listen: [`127.0.0.1:${this.#nginxPort}`], upstreams }),
    );
    onTestFinished(() => nginx.stop());
  }

  async startProcesses(): Promise<void> {
    const { name, versionFile, engine } = this.#site;
    const options = {
      ...{ name, versionFile, webRoot: this.webRoot, termSeconds: TERM_SECONDS },
      ...engine.at(this.proxy.port),
    };
    this.#processes = this.#ports.map(
      (port) => new TestProcess('protocol/hosts/process.mjs', { ...options, port }),
    );
    await Promise.all(this.#processes.map((process) => process.waitFor('listening')));
  }

  /** Sends a signal to all processes of the app, but not to nginx. */
  signal(signal: NodeJS.Signals): void {
    for (const { child } of this.#processes) child.kill(signal);
  }

  async kill(): Promise<void> {
    const exits = this.#processes.map(({ child }) => new Promise((resolve) => child.once('exit', resolve)));
    this.signal('SIGKILL');
    await Promise.all(exits);
  }

  /** Stops all processes of the app gracefully. */
  async close(): Promise<void> {
    const exits = this.#processes.map(({ child }) => new Promise((resolve) => child.once('exit', resolve)));
    for (const process of this.#processes) process.command('close');
    await Promise.all(exits);
  }

  /** Deletes pages. Returns the code of the error, if there was one. */
  async delete(...targets: readonly unknown[]): Promise<string | undefined> {
    this.#deletions += 1;
    const [process] = this.#processes;
    if (process === undefined) throw new Error('The host has not been started');
    const id = this.#deletions;
    const from = process.told.length;
    process.command('delete', { id, targets });
    const { error } = await process.waitFor('deleted', (told) => told.id === id, from);
    return error === undefined ? undefined : String(error);
  }

  /** Does what {@link delete} does, but returns `gone` if the process has exited or exits meanwhile. */
  async deleteUnlessGone(...targets: readonly unknown[]): Promise<string | undefined> {
    const [process] = this.#processes;
    if (process === undefined || process.child.exitCode !== null || process.child.signalCode !== null)
      return 'gone';
    process.child.setMaxListeners(0);
    const gone = new Promise<string>((resolve) => process.child.once('exit', () => resolve('gone')));
    return await Promise.race([gone, this.delete(...targets).catch(() => 'gone')]);
  }

  /** Requests a page through nginx. Returns undefined if there was no response. */
  async read(path: string): Promise<Read | undefined> {
    return await read(this.#nginxPort, path, this.#agent);
  }

  /** Requests a page from one of the processes itself. */
  async readDirectly(path: string, process = 0): Promise<Read | undefined> {
    return await read(this.#ports[process] ?? 0, path, this.#agent);
  }

  async untilHit(path: string): Promise<void> {
    const end = performance.now() + PATIENCE_MS / 2;
    while ((await this.read(path))?.isHit !== true) {
      if (performance.now() > end)
        throw new Error(`${this.name} has no hit: ${[...new Set(this.warnings())].join('; ')}`);
      await delay(POLL_MS);
    }
  }

  /** Returns the seconds in which nginx may serve. */
  seconds(): readonly number[] {
    return readdirSync(join(this.webRoot, '.term')).map(Number);
  }

  /** Returns what its processes have logged, except at level info. */
  warnings(): readonly string[] {
    return this.#processes.flatMap(({ told }) =>
      told.flatMap(({ event, message, error }) => (event === 'log' ? [`${message}: ${error}`] : [])),
    );
  }
}

function read(port: number, path: string, agent: Agent): Promise<Read | undefined> {
  return new Promise((resolve) => {
    const to = { port, path, agent, host: '127.0.0.1', headers: { Host: 'localhost' } };
    const request = get({ ...to, timeout: ANSWER_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body,
          isHit: response.headers['cache-status'] === 'staticgenerator; hit',
        }),
      );
      response.on('error', () => resolve(undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
