import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveConfig } from '../../src/config.js';
import { generateNginx } from '../../src/front/nginx/generate.js';
import { generators, withoutPagesOf } from '../front/setup/server-front.js';
import { installedNginx, startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { type OtherServer, startServer } from '../helpers/servers/web-server.js';
import type { SiteArguments, SiteCommand, SiteEvent } from './site/process.js';
import { type Setting, type SettingName, settings } from './site/settings.js';

/**
 * A server in front of one process, one process alone, or nginx in front of two processes, which are also asked
 * directly.
 */
export type Form = 'nginx' | OtherServer | 'embedded' | 'processes';

/** Two ports that get the same requests: one of the site with the cache, one of the site without it. */
export interface Route {
  readonly name: string;
  readonly on: number;
  readonly off: number;
}

/** The site twice, with the cache on and off. */
export interface Arrangement {
  readonly setting: Setting;
  readonly routes: readonly Route[];
  /** Contains everything that the sites may write, WEB_ROOT included. */
  readonly folder: string;
  readonly webRoot: string;
  /** Returns how often the processes with the cache have answered, by Cache-Status. */
  figures(): Promise<ReadonlyMap<string, number>>;
  /** Returns the warnings of these processes. */
  warnings(): readonly string[];
  /** Whether a process has ended unexpectedly. */
  hasFailed(): boolean;
  /** Closes the sites with the cache properly. */
  close(): Promise<void>;
  stop(): Promise<void>;
}

const SCRIPT = 'test/differential/site/process.js';
const START_MS = 60_000;

/** Starts the sites from the folder of their compiled code. */
export async function arrange(form: Form, name: SettingName, compiled: string): Promise<Arrangement> {
  const folder = mkdtempSync(join(tmpdir(), 'staticgenerator-'));
  chmodSync(folder, 0o755);
  const webRoot = join(folder, 'pages');
  for (const one of ['on', 'off', 'pages']) mkdirSync(join(folder, one), { mode: 0o755 });
  const siteOf = (side: 'on' | 'off') =>
    new SiteProcess(join(compiled, SCRIPT), {
      ...{ setting: name, folder: join(folder, side) },
      webRoot: side === 'on' ? webRoot : undefined,
    });
  const on = Array.from({ length: form === 'processes' ? 2 : 1 }, () => siteOf('on'));
  const off = siteOf('off');
  const servers: Stoppable[] = [];
  const stop = async () => {
    await Promise.all([...on, off].map((site) => site.kill()));
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ports = await Promise.all(on.map((site) => site.port()));
    const offPort = await off.port();
    const direct = ports.map((port, index): Route => ({ name: `process ${index}`, on: port, off: offPort }));
    const front =
      form === 'embedded' ? [] : [await startFronts(form, name, webRoot, ports, offPort, servers)];
    return {
      ...{ setting: settings[name], folder, webRoot, stop },
      routes: ['embedded', 'processes'].includes(form) ? [...front, ...direct] : front,
      figures: async () => sum(await Promise.all(on.map((site) => site.figures()))),
      warnings: () => on.flatMap((site) => site.warnings),
      hasFailed: () => [...on, off].some((site) => site.hasEnded()),
      close: async () => {
        await Promise.all(on.map((site) => site.close()));
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Starts the generated server in front of the site with the cache, and the same without its pages in front of the
 * other.
 */
async function startFronts(
  form: Exclude<Form, 'embedded'>,
  name: SettingName,
  webRoot: string,
  ports: readonly number[],
  offPort: number,
  servers: Stoppable[],
): Promise<Route> {
  const config = resolveConfig({ ...settings[name].options, webRoot, logger: false });
  const start = async (upstreams: readonly number[], hasPages: boolean) => {
    const port = await freePort();
    const addresses = {
      listen: [`127.0.0.1:${port}`],
      upstreams: upstreams.map((upstream) => `127.0.0.1:${upstream}`),
    };
    if (form === 'apache2' || form === 'caddy') {
      const text = generators[form](config, addresses);
      servers.push(await startServer(form, hasPages ? text : withoutPagesOf[form](text)));
    } else {
      const text = generateNginx(config, { form: 'whole', ...brotliFor(name), ...addresses });
      servers.push(await startNginx(hasPages ? text : withoutPages(text)));
    }
    return port;
  };
  return {
    name: form === 'processes' ? 'nginx' : form,
    on: await start(ports, true),
    off: await start([offPort], false),
  };
}

interface Stoppable {
  stop(): Promise<void>;
}

function brotliFor(name: SettingName) {
  const { brotliModule } = installedNginx();
  return name === 'dressed' && brotliModule !== null ? { brotli: true, brotliModule } : {};
}

/**
 * Removes the pages from a configuration: everything goes to the app, as it would be passed on if there were no pages.
 */
export function withoutPages(configuration: string): string {
  const pages = /^( *)location \/ \{\n.*?^\1\}\n/ms;
  const app = 'location @staticgenerator_app {';
  if (!pages.test(configuration) || !configuration.includes(app))
    throw new Error('Expected the generated configuration to have a location for pages and one for the app');
  return configuration.replace(pages, '').replace(app, 'location / {');
}

function sum(all: readonly Readonly<Record<string, number>>[]): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const one of all)
    for (const [name, count] of Object.entries(one)) total.set(name, (total.get(name) ?? 0) + count);
  return total;
}

/** A process of the site. */
class SiteProcess {
  readonly warnings: string[] = [];
  readonly #child: ChildProcess;
  readonly #told: SiteEvent[] = [];

  constructor(script: string, given: SiteArguments) {
    this.#child = fork(script, [JSON.stringify(given)], {
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => {
      const event = message as SiteEvent;
      if (event.event === 'warning') this.warnings.push(event.message);
      else this.#told.push(event);
    });
  }

  async port(): Promise<number> {
    const told = await this.#next();
    if (told.event !== 'listening') throw new Error(`Expected a site to listen, got ${JSON.stringify(told)}`);
    return told.port;
  }

  async figures(): Promise<Readonly<Record<string, number>>> {
    this.#command('figures');
    const told = await this.#next();
    if (told.event !== 'figures') throw new Error(`Expected figures, got ${JSON.stringify(told)}`);
    return told.figures;
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#command('close');
    await exited;
  }

  hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async kill(): Promise<void> {
    if (this.hasEnded()) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #command(command: SiteCommand): void {
    this.#child.send(command);
  }

  /** Returns the next event that the process reports. Throws if the process exits. */
  async #next(): Promise<SiteEvent> {
    const signal = AbortSignal.timeout(START_MS);
    while (this.#told.length === 0) {
      const exit = once(this.#child, 'exit', { signal }).then(([code]) => `exit ${String(code)}`);
      const message = once(this.#child, 'message', { signal }).then(() => 'message');
      const what = await Promise.race([exit, message]);
      if (what !== 'message') throw new Error(`A process of the site ended: ${what}`);
    }
    const [event] = this.#told.splice(0, 1);
    if (event === undefined) throw new Error('Expected something to have been told');
    return event;
  }
}
