import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PATIENCE_MS } from '../patience.js';

/** Servers other than nginx. Unless all servers are required, they may be missing. */
export type OtherServer = 'apache2' | 'caddy';

export interface RunningServer {
  /** Returns what it has written to standard error. Also works after it was stopped. */
  errorLog(): string;
  stop(): Promise<void>;
}

const CACHE = new URL('../../../node_modules/.cache/staticgenerator/', import.meta.url);
const POLL_MS = 5;
/** Longer than Apache waits for its workers. It kills them itself then, and they would outlive it otherwise. */
const STOP_MS = 20_000;

const nobody = { uid: 65_534, gid: 65_534 };

/**
 * Whether Caddy runs as `nobody`. Apache and nginx drop root's privileges by themselves, but Caddy keeps them. As
 * `nobody`, Caddy cannot start if only root may read the project.
 */
export const isCaddyNobody = process.getuid?.() === 0 && runsAsNobody(installed('caddy'));

function runsAsNobody(caddy: string | undefined): boolean {
  return caddy !== undefined && spawnSync(caddy, ['version'], nobody).status === 0;
}

/** Whether the server runs without root's privileges, so that there are files that it may not read. */
export function isUnprivileged(name: OtherServer): boolean {
  return process.getuid?.() !== 0 || name === 'apache2' || isCaddyNobody;
}

interface Program {
  readonly file: string;
  readonly arguments: (folder: string) => readonly string[];
  /** What it logs when it accepts connections. */
  readonly ready: RegExp;
}

const programs: Readonly<Record<OtherServer, Program>> = {
  apache2: {
    file: 'apache.conf',
    arguments: (folder) => ['-DFOREGROUND', '-d', folder, '-f', join(folder, 'apache.conf')],
    ready: /resuming normal operations/,
  },
  caddy: {
    file: 'Caddyfile',
    arguments: (folder) => ['run', '--config', join(folder, 'Caddyfile')],
    ready: /serving initial configuration/,
  },
};

const running = new Set<ChildProcess>();
// A test that fails before its cleanup must not leave a server behind.
process.once('exit', () => {
  for (const child of running) child.kill();
});

/** Returns the server that `.dev/prepare.mjs` found, or undefined if there is none: its tests are skipped. */
export function installed(name: OtherServer): string | undefined {
  const record = new URL(`${name}.json`, CACHE);
  if (!fs.existsSync(record)) return undefined;
  const found = JSON.parse(fs.readFileSync(record, 'utf8')) as Readonly<Record<string, string>>;
  return found[name];
}

/** Returns the folder of Apache's modules: those that were unpacked with it, or those of the system. */
export function apacheModules(): string {
  const unpacked = join(installed('apache2') ?? '', '../usr/lib/apache2/modules');
  return fs.existsSync(unpacked) ? unpacked : '/usr/lib/apache2/modules';
}

/** Starts a server with a complete configuration, in its own folder. Resolves when it accepts connections. */
export async function startServer(name: OtherServer, config: string): Promise<RunningServer> {
  const program = programs[name];
  const folder = fs.mkdtempSync(join(tmpdir(), `${name}-`));
  fs.chmodSync(folder, 0o777);
  fs.writeFileSync(join(folder, program.file), config);
  const log = join(folder, 'stderr');
  const output = fs.openSync(log, 'a');
  const child = spawn(installed(name) ?? name, program.arguments(folder), {
    ...(name === 'caddy' && isCaddyNobody ? nobody : {}),
    stdio: ['ignore', output, output],
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  fs.closeSync(output);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  let lastLog: string | undefined;
  const errorLog = () => lastLog ?? fs.readFileSync(log, 'utf8');
  const stop = async () => {
    if (lastLog !== undefined) return;
    await terminate(child);
    lastLog = fs.readFileSync(log, 'utf8');
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(child, () => program.ready.test(errorLog()));
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start: ${lastLog}`, { cause: error });
  }
  return { errorLog, stop };
}

async function untilReady(child: ChildProcess, isReady: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isReady()) {
    if (hasExited(child)) throw new Error('It has ended');
    if (performance.now() > end) throw new Error(`It was not ready within ${PATIENCE_MS} ms`);
    await delay(POLL_MS);
  }
}

async function terminate(child: ChildProcess): Promise<void> {
  if (hasExited(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(timer);
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
