import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { PATIENCE_MS } from './patience.js';

const RECORD = new URL('../../node_modules/.cache/staticgenerator/postgres.json', import.meta.url);
/** PostgreSQL refuses to run as root, who can be anybody: `nobody` on Debian. */
const UNPRIVILEGED = 65_534;
const SUPERUSER = 'postgres';
/** Nothing has to outlive the test, so nothing has to reach the disk. */
const SETTINGS = [
  ...['listen_addresses=', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  ...['shared_buffers=32MB', 'max_connections=100', 'max_prepared_transactions=5', 'log_min_messages=log'],
];
/**
 * Ends the server and removes its folder when its standard input ends, which happens too when the tests are killed.
 * SIGQUIT is an immediate shutdown; clients that are still connected are not waited for.
 */
const SUPERVISE = `
folder=$1; shift
"$@" </dev/null & server=$!
trap : INT TERM
cat >/dev/null
kill -QUIT "$server"; wait "$server"
rm -rf "$folder"`;

/** The folder of the programs that `.dev/prepare.mjs` found; undefined: the tests are skipped, as it has told. */
export const installedPostgres: string | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { readonly programs: string }).programs
  : undefined;

/** How to reach a database, in the words of `pg`, that all its users share. */
export interface PostgresAddress {
  /** The folder of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** A real PostgreSQL server without any databases of its own. */
export interface RunningPostgres {
  /** An empty database, which is gone with the server. */
  createDatabase(): Promise<PostgresAddress>;
  stop(): Promise<void>;
}

/** A server for a file's tests, or those of one `describe`: begun before the first, stopped after the last. */
export function usePostgres(): Pick<RunningPostgres, 'createDatabase'> {
  let server: RunningPostgres | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  return {
    createDatabase: async () => {
      if (server === undefined) throw new Error('The server has not been started');
      return await server.createDatabase();
    },
  };
}

/** Starts a server in a folder of its own, on a Unix socket. It ends with the process that started it. */
export async function startPostgres(): Promise<RunningPostgres> {
  if (installedPostgres === undefined)
    throw new Error('There is no PostgreSQL; run node .dev/prepare.mjs test');
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  if (isRoot()) chownSync(folder, UNPRIVILEGED, UNPRIVILEGED);
  let supervisor: ChildProcess | undefined;
  try {
    initialize(installedPostgres, folder);
    supervisor = launch(installedPostgres, folder);
    await readiness(supervisor);
    return handle(folder, supervisor);
  } catch (error) {
    if (supervisor !== undefined) await end(supervisor);
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Runs one statement or more, as another program would that knows nothing of the site. */
export function psql(address: PostgresAddress, sql: string): string {
  const program = join(installedPostgres ?? '', 'psql');
  const { host, port, user, database } = address;
  const flags = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
  const target = ['-h', host, '-p', String(port), '-U', user, '-d', database];
  const child = spawnSync(program, [...flags, ...target], { input: sql, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`psql: ${child.error?.message ?? child.stderr}`);
  return child.stdout.trim();
}

/** One statement through a connection of its own. */
export async function queryOnce(address: PostgresAddress, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

function handle(folder: string, supervisor: ChildProcess): RunningPostgres {
  const address = { host: folder, port: 5432, user: SUPERUSER };
  let databases = 0;
  return {
    async createDatabase() {
      databases += 1;
      const database = `test_${databases}`;
      await queryOnce({ ...address, database: 'postgres' }, `create database ${database}`);
      return { ...address, database };
    },
    stop: () => end(supervisor),
  };
}

function initialize(programs: string, folder: string): void {
  const flags = [
    '-A',
    'trust',
    '-U',
    SUPERUSER,
    '--locale=C',
    '-E',
    'UTF8',
    '--no-sync',
    '--no-instructions',
  ];
  const child = spawnSync(join(programs, 'initdb'), ['-D', join(folder, 'data'), ...flags], {
    ...asAnybody(),
    cwd: folder,
    encoding: 'utf8',
  });
  if (child.status === 0) return;
  throw new Error(`initdb failed, run as ${whom()}: ${child.error?.message ?? child.stderr}`);
}

function launch(programs: string, folder: string): ChildProcess {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const server = [join(programs, 'postgres'), '-D', join(folder, 'data'), '-k', folder, ...settings];
  return spawn('/bin/sh', ['-c', SUPERVISE, 'sh', folder, ...server], {
    ...asAnybody(),
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

/** Resolves when the server has said that it is ready. */
async function readiness(child: ChildProcess): Promise<void> {
  let said = '';
  const ready = new Promise<void>((resolve) => {
    // Read to the end, for who cannot write its log may stop.
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('ready to accept connections')) resolve();
    });
  });
  const gone = once(child, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => undefined);
  const outcome = await Promise.race([ready, gone.then(() => 'gone')]);
  if (outcome === 'gone') throw new Error(`PostgreSQL did not start: ${said}`);
}

async function end(supervisor: ChildProcess): Promise<void> {
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return;
  const exited = once(supervisor, 'exit');
  supervisor.stdin?.end();
  await exited;
}

function asAnybody(): { uid?: number; gid?: number } {
  return isRoot() ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
}

function whom(): string {
  return isRoot() ? `user ${UNPRIVILEGED}, as PostgreSQL refuses to run as root` : 'this user';
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
