import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { asAnybody, type RunningDatabase, startServer, useServer, whom } from './database-server.js';

const RECORD = new URL('../../node_modules/.cache/staticgenerator/postgres.json', import.meta.url);
const SUPERUSER = 'postgres';
/** Nothing has to outlive the test, so nothing has to reach the disk. */
const SETTINGS = [
  ...['listen_addresses=', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  ...['shared_buffers=32MB', 'max_connections=100', 'max_prepared_transactions=5', 'log_min_messages=log'],
];

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

/** A real server without any databases of its own. */
export type RunningPostgres = RunningDatabase<PostgresAddress>;

/** A server for a file's tests, or those of one `describe`: begun before the first, stopped after the last. */
export const usePostgres = () => useServer(startPostgres);

/** Starts a server in a folder of its own, on a Unix socket. It ends with the process that started it. */
export async function startPostgres(): Promise<RunningPostgres> {
  const programs = installedPostgres;
  if (programs === undefined) throw new Error('There is no PostgreSQL; run node .dev/prepare.mjs test');
  const { folder, stop } = await startServer({
    name: 'PostgreSQL',
    initialize: (into) => initialize(programs, into),
    command: (from) => commandOf(programs, from),
    ready: 'ready to accept connections',
    // An immediate shutdown.
    signal: 'QUIT',
  });
  const address = { host: folder, port: 5432, user: SUPERUSER };
  let databases = 0;
  return {
    async createDatabase() {
      databases += 1;
      const database = `test_${databases}`;
      await queryOnce({ ...address, database: 'postgres' }, `create database ${database}`);
      return { ...address, database };
    },
    stop,
  };
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
  throw new Error(`initdb failed, run as ${whom('PostgreSQL')}: ${child.error?.message ?? child.stderr}`);
}

function commandOf(programs: string, folder: string): readonly string[] {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  return [join(programs, 'postgres'), '-D', join(folder, 'data'), '-k', folder, ...settings];
}
