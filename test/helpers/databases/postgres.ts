import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { useServer } from '../servers/shared-servers.js';
import { asAnybody, type DatabaseServer, whom } from './database-server.js';

const RECORD = new URL('../../../node_modules/.cache/staticgenerator/postgres.json', import.meta.url);
const SUPERUSER = 'postgres';
/** The data is not needed after the test, so it does not have to reach the disk. */
const SETTINGS = [
  ...['listen_addresses=', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  ...['shared_buffers=32MB', 'max_connections=300', 'max_prepared_transactions=5', 'log_min_messages=log'],
];

/**
 * The folder of the programs that `.dev/prepare.mjs` found. `undefined` if there is none: the script reports that, and
 * the tests are skipped.
 */
export const installedPostgres: string | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { readonly programs: string }).programs
  : undefined;

/** The address of a database, with the option names of `pg`. */
export interface PostgresAddress {
  /** The folder of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Describes the server for `startServer`. */
export function postgresServer(): DatabaseServer<PostgresAddress> {
  const programs = installedPostgres;
  if (programs === undefined) throw new Error('There is no PostgreSQL; run node .dev/prepare.mjs test');
  const address = (host: string, database: string) => ({ host, port: 5432, user: SUPERUSER, database });
  return {
    name: 'PostgreSQL',
    initialize: (into) => initialize(programs, into),
    command: (from) => commandOf(programs, from),
    ready: 'ready to accept connections',
    // An immediate shutdown.
    signal: 'QUIT',
    address,
    createDatabase: (host, name) => queryOnce(address(host, 'postgres'), `create database ${name}`),
    dropDatabase: (host, name) => dropDatabase(address(host, 'postgres'), name),
  };
}

/** Provides databases of the server that all tests of a run share, for the tests of a file or of one `describe`. */
export const usePostgres = () => useServer('postgres', postgresServer);

/** Runs one or more statements, as another program would that knows nothing of the site. */
export function psql(address: PostgresAddress, sql: string): string {
  const program = join(installedPostgres ?? '', 'psql');
  const { host, port, user, database } = address;
  const flags = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
  const target = ['-h', host, '-p', String(port), '-U', user, '-d', database];
  const child = spawnSync(program, [...flags, ...target], { input: sql, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`psql: ${child.error?.message ?? child.stderr}`);
  return child.stdout.trim();
}

/** Runs one statement through a new connection. */
export async function queryOnce(address: PostgresAddress, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** What PostgreSQL throws if somebody is still connected to a database. */
const OBJECT_IN_USE = '55006';

/**
 * Drops a database. PostgreSQL waits up to five seconds for the connections to it to end. That is needed because a pool of
 * pg reports its end before its connections end. A connection that is ended by force is an error that no test expects.
 */
async function dropDatabase(server: PostgresAddress, name: string): Promise<void> {
  try {
    await queryOnce(server, `drop database ${name}`);
  } catch (error) {
    if ((error as pg.DatabaseError).code !== OBJECT_IN_USE) throw error;
    await queryOnce(server, `drop database ${name} with (force)`);
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
