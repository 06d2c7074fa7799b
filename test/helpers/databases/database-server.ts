import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATIENCE_MS } from '../patience.js';

/** Database servers refuse to run as root. Root can switch to any user, such as this one: `nobody` on Debian. */
const UNPRIVILEGED = 65_534;
/**
 * Stops the server and removes its folder when its standard input ends, which also happens when the tests are killed.
 * The signal stops the server at once; it does not wait for clients that are still connected.
 */
const SUPERVISE = `
folder=$1; signal=$2; shift 2
"$@" </dev/null & server=$!
trap : INT TERM
cat >/dev/null
kill "-$signal" "$server"; wait "$server"
rm -rf "$folder"`;

export interface Server {
  readonly name: string;
  /** Creates the files of a new server in a folder. */
  initialize(folder: string): void;
  /** Returns the command that starts the server on a Unix socket in the folder. */
  command(folder: string): readonly string[];
  /** The text that the server logs when it is ready. */
  readonly ready: string;
  /** The signal that stops it at once. */
  readonly signal: string;
}

/** A server in which each test gets its own databases. */
export interface DatabaseServer<Address = unknown> extends Server {
  /** Returns the address of a database of the server in this folder. */
  address(folder: string, database: string): Address;
  createDatabase(folder: string, name: string): Promise<unknown>;
  dropDatabase(folder: string, name: string): Promise<unknown>;
}

export interface RunningServer {
  /** The folder of its Unix socket. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts a server in its own folder. The server stops when the process that started it exits. */
export async function startServer(server: Server): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), `${server.name.toLowerCase()}-`));
  if (isRoot()) chownSync(folder, UNPRIVILEGED, UNPRIVILEGED);
  let supervisor: ChildProcess | undefined;
  try {
    server.initialize(folder);
    const started = launch(server, folder);
    supervisor = started;
    await readiness(server, started);
    return { folder, stop: () => end(started) };
  } catch (error) {
    if (supervisor !== undefined) await end(supervisor);
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Returns the options of `spawn` for programs that refuse to run as root. */
export function asAnybody(): { uid?: number; gid?: number } {
  return isRoot() ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
}

/** Names that user in messages. */
export function whom(name: string): string {
  return isRoot() ? `user ${UNPRIVILEGED}, as ${name} refuses to run as root` : 'this user';
}

function launch({ command, signal }: Server, folder: string): ChildProcess {
  return spawn('/bin/sh', ['-c', SUPERVISE, 'sh', folder, signal, ...command(folder)], {
    ...asAnybody(),
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

/** Resolves when the server has logged that it is ready. */
async function readiness({ name, ready }: Server, child: ChildProcess): Promise<void> {
  let said = '';
  const isReady = new Promise<void>((resolve) => {
    // Reads to the end, because a server that cannot write its log may stall.
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes(ready)) resolve();
    });
  });
  const gone = once(child, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined);
  const outcome = await Promise.race([isReady, gone.then(() => 'gone')]);
  if (outcome === 'gone') throw new Error(`${name} did not start: ${said}`);
}

async function end(supervisor: ChildProcess): Promise<void> {
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
  const exited = once(supervisor, 'exit');
  supervisor.stdin?.end();
  await exited;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
