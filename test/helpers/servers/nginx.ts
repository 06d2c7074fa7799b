import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PATIENCE_MS } from '../patience.js';

/** What `.dev/prepare.mjs` found, as absolute paths. */
export interface InstalledNginx {
  readonly nginx: string;
  /** For `load_module`. `null` if brotli_static is not available. */
  readonly brotliModule: string | null;
}

/** A real nginx. The test that starts it must stop it. */
export interface RunningNginx {
  /** The folder for relative paths of the configuration. {@link stop} removes it. */
  readonly prefix: string;
  /** Returns what nginx wrote to its main error log, at level notice and above. Also works after it was stopped. */
  errorLog(): string;
  /** Reads the configuration again, or another one. Resolves when only new workers accept connections. */
  reload(config?: string): Promise<void>;
  stop(): Promise<void>;
}

const RECORD = new URL('../../../node_modules/.cache/staticgenerator/nginx.json', import.meta.url);
const POLL_MS = 5;
const STOP_MS = 5_000;

const running = new Set<ChildProcess>();
// A test that fails before its cleanup must not leave an nginx behind.
process.once('exit', () => {
  for (const child of running) child.kill();
});

export function installedNginx(): InstalledNginx {
  if (fs.existsSync(RECORD)) return JSON.parse(fs.readFileSync(RECORD, 'utf8')) as InstalledNginx;
  return { nginx: 'nginx', brotliModule: null };
}

/**
 * Starts nginx with a complete configuration, and resolves when it accepts connections. Its pid file, logs and
 * temporary files are in its own folder; the rest of the configuration is used as it is. As root, nginx's workers run
 * as `nobody` unless the configuration names a `user`, so they must be able to read what they serve.
 *
 * @throws with the output of `nginx -t`, if it refuses the configuration
 */
export async function startNginx(
  config: string,
  { timeoutMs = PATIENCE_MS }: { timeoutMs?: number } = {},
): Promise<RunningNginx> {
  const prefix = fs.mkdtempSync(join(tmpdir(), 'nginx-'));
  fs.chmodSync(prefix, 0o755);
  let child: ChildProcess | undefined;
  try {
    writeConfig(prefix, config);
    // nginx checks the configuration when it starts. To check before would take another process.
    const started = launch(prefix);
    child = started;
    await until(timeoutMs, () => accepts(config, started, prefix));
    return handle(prefix, started, timeoutMs);
  } catch (error) {
    if (child !== undefined) await terminate(child);
    fs.rmSync(prefix, { recursive: true, force: true });
    throw error;
  }
}

function handle(prefix: string, child: ChildProcess, timeoutMs: number): RunningNginx {
  let lastLog: string | undefined;
  const errorLog = () => lastLog ?? readLog(prefix);
  return {
    prefix,
    errorLog,
    async reload(config) {
      if (config !== undefined) writeConfig(prefix, config);
      expectTaken(prefix);
      const workers = acceptingWorkers(errorLog());
      child.kill('SIGHUP');
      await until(timeoutMs, () => !acceptingWorkers(errorLog()).some((worker) => workers.includes(worker)));
    },
    async stop() {
      if (lastLog !== undefined) return;
      await terminate(child);
      lastLog = readLog(prefix);
      fs.rmSync(prefix, { recursive: true, force: true });
    },
  };
}

/**
 * Returns the workers that still accept connections. A worker logs when it closes its listening sockets, at its own
 * time, after the new workers have been started.
 */
function acceptingWorkers(log: string): readonly string[] {
  const found = (pattern: RegExp) => [...log.matchAll(pattern)].map(([, worker = '']) => worker);
  const leaving = found(/(\d+)#\d+: gracefully shutting down/g);
  return found(/start worker process (\d+)/g).filter((worker) => !leaving.includes(worker));
}

function launch(prefix: string): ChildProcess {
  const log = fs.openSync(logFile(prefix), 'a');
  const child = spawn(installedNginx().nginx, nginxArguments(prefix), { stdio: ['ignore', log, log] });
  fs.closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

async function terminate(child: ChildProcess): Promise<void> {
  if (hasExited(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(timer);
}

function writeConfig(prefix: string, config: string): void {
  fs.writeFileSync(join(prefix, 'nginx.conf'), keepApart(config));
}

/** Throws nginx's message if it refuses its configuration. */
function expectTaken(prefix: string): void {
  const file = join(prefix, 'nginx.conf');
  const test = spawnSync(installedNginx().nginx, ['-t', ...nginxArguments(prefix)], { encoding: 'utf8' });
  if (test.error !== undefined) {
    throw new Error('nginx was not found; run node .dev/prepare.mjs test', { cause: test.error });
  }
  if (test.status === 0) return;
  const line = Number(/nginx\.conf:(\d+)/.exec(test.stderr)?.[1]);
  const quoted = fs.readFileSync(file, 'utf8').split('\n')[line - 1] ?? '';
  throw new Error(`nginx refuses the configuration: ${test.stderr.trim()}\n${quoted.trim()}`);
}

function nginxArguments(prefix: string): string[] {
  const directives = `daemon off; pid "${pidFile(prefix)}"; error_log "${logFile(prefix)}" notice;`;
  return ['-p', prefix, '-c', join(prefix, 'nginx.conf'), '-g', directives];
}

/** Replaces the defaults that are in the system's folders. Keeps the lines, so that line numbers stay correct. */
export function keepApart(config: string): string {
  const areas = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = areas
    .filter((area) => !config.includes(`${area}_temp_path`))
    .map((area) => `${area}_temp_path ${area};`);
  const accessLog = /^\s*access_log\s/m.test(config) ? [] : ['access_log off;'];
  return config
    .replaceAll(/^[ \t]*(?:daemon|pid)\s[^;\n]*;/gm, '')
    .replace(/^[^#\n]*\bhttp\s*\{/m, (opening) => [opening, ...paths, ...accessLog].join(' '));
}

/**
 * Whether this nginx accepts a connection, not another one on the same port: it writes its pid file after it has bound
 * the port.
 */
async function accepts(config: string, child: ChildProcess, prefix: string): Promise<boolean> {
  if (child.pid === undefined || hasExited(child)) {
    expectTaken(prefix);
    throw new Error(`nginx did not start: ${readLog(prefix)}`);
  }
  const port = Number(/^[^#\n]*\blisten\s+(?:[^\s;]*:)?(\d+)/m.exec(config)?.[1]);
  if (Number.isNaN(port)) throw new Error('Expected the configuration to listen on a TCP port');
  if (!fs.existsSync(pidFile(prefix))) return false;
  if (fs.readFileSync(pidFile(prefix), 'utf8').trim() !== String(child.pid)) return false;
  const socket = connect(port, '127.0.0.1');
  const accepted = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return accepted;
}

async function until(timeoutMs: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`nginx was not ready within ${timeoutMs} ms`);
    await delay(POLL_MS);
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function pidFile(prefix: string): string {
  return join(prefix, 'nginx.pid');
}

function logFile(prefix: string): string {
  return join(prefix, 'error.log');
}

function readLog(prefix: string): string {
  return fs.readFileSync(logFile(prefix), 'utf8');
}
