import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PATIENCE_MS } from '../patience.js';

/** Database servers refuse to run as root, who can be anybody: `nobody` on Debian. */
const UNPRIVILEGED = 65_534;
/**
 * Ends the server and removes its folder when its standard input ends, which happens too when the tests are killed.
 * The signal stops it at once; clients that are still connected are not waited for.
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
  /** Makes the files of a new server in a folder. */
  initialize(folder: string): void;
  /** The command that serves them on a Unix socket in the folder. */
  command(folder: string): readonly string[];
  /** What it says when it is ready. */
  readonly ready: string;
  /** The signal that stops it at once. */
  readonly signal: string;
}

/** One in which databases are made, each for a test. */
export interface DatabaseServer<Address = unknown> extends Server {
  /** How to reach a database of the server that has this folder. */
  address(folder: string, database: string): Address;
  createDatabase(folder: string, name: string): Promise<unknown>;
  dropDatabase(folder: string, name: string): Promise<unknown>;
}

export interface RunningServer {
  /** Where its Unix socket is. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts a server in a folder of its own. It ends with the process that started it. */
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

/** For programs that refuse to run as root. */
export function asAnybody(): { uid?: number; gid?: number } {
  return isRoot() ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
}

/** Who that is, for messages. */
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

/** Resolves when the server has said that it is ready. */
async function readiness({ name, ready }: Server, child: ChildProcess): Promise<void> {
  let said = '';
  const isReady = new Promise<void>((resolve) => {
    // Read to the end, for who cannot write its log may stop.
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
