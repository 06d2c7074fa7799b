import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { useServer } from '../servers/shared-servers.js';
import { asAnybody, type DatabaseServer, whom } from './database-server.js';

const RECORD = new URL('../../../node_modules/.cache/staticgenerator/mariadb.json', import.meta.url);
/** The data is not needed after the test, so it does not have to reach the disk. */
const SETTINGS = [
  ...['innodb-flush-log-at-trx-commit=0', 'innodb-flush-method=nosync', 'sync-binlog=0'],
  ...[
    'innodb-log-file-size=8M',
    'innodb-buffer-pool-size=32M',
    'innodb-file-per-table=0',
    'sync-frm=0',
    'performance-schema=OFF',
  ],
  // The defaults of MySQL and MariaDB, and so what applications get if they set nothing else.
  ...['character-set-server=utf8mb4', 'local-infile=1', 'max-connections=300'],
];

interface Installed {
  readonly mariadbd: string;
  /** The folder with the SQL of the system tables. */
  readonly share: string;
}

/**
 * The server that `.dev/prepare.mjs` found. `undefined` if there is none: the script reports that, and the tests are
 * skipped.
 */
export const installedMariadb: Installed | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Installed)
  : undefined;

/** The address of a database, with the option names of `mysql2`. */
export interface MariadbAddress {
  readonly socketPath: string;
  readonly user: string;
  readonly database: string;
}

/** Describes the server for `startServer`. */
export function mariadbServer(): DatabaseServer<MariadbAddress> {
  const installed = installedMariadb;
  if (installed === undefined) throw new Error('There is no MariaDB; run node .dev/prepare.mjs test');
  const address = (folder: string, database: string) => ({
    socketPath: join(folder, 'socket'),
    user: 'root',
    database,
  });
  return {
    name: 'MariaDB',
    initialize: (into) => initialize(installed, into),
    command: (from) => commandOf(installed, from),
    ready: 'ready for connections',
    signal: 'KILL',
    address,
    createDatabase: (folder, name) => runOnce(address(folder, 'mysql'), `create database ${name}`),
    dropDatabase: (folder, name) => runOnce(address(folder, 'mysql'), `drop database ${name}`),
  };
}

/** Provides databases of the server that all tests of a run share, for the tests of a file or of one `describe`. */
export const useMariadb = () => useServer('mariadb', mariadbServer);

/** Runs one text of statements through a new connection, as another program would that knows nothing of the site. */
export async function runOnce(address: MariadbAddress, sql: string): Promise<unknown> {
  const connection = await mysql.createConnection({ ...address, multipleStatements: true });
  try {
    const [results] = await connection.query(sql);
    return results;
  } finally {
    await connection.end();
  }
}

function initialize(installed: Installed, folder: string): void {
  const { share } = installed;
  const system = ['mysql_system_tables.sql', 'mysql_system_tables_data.sql'];
  const sql = system.map((file) => readFileSync(join(share, file), 'utf8'));
  const [program = '', ...flags] = commandOf(installed, folder);
  const child = spawnSync(program, [...flags, '--bootstrap'], {
    ...asAnybody(),
    cwd: '/',
    input: ['create database mysql;', 'use mysql;', ...sql].join('\n'),
    encoding: 'utf8',
  });
  if (child.status === 0) return;
  throw new Error(`mariadbd failed, run as ${whom('MariaDB')}: ${child.error?.message ?? child.stderr}`);
}

function commandOf({ mariadbd, share }: Installed, folder: string): readonly string[] {
  return [
    mariadbd,
    '--no-defaults',
    `--datadir=${folder}`,
    // A server that starts removes the files of others from the folder for temporary files.
    `--tmpdir=${folder}`,
    `--socket=${join(folder, 'socket')}`,
    `--lc-messages-dir=${join(share, 'english')}`,
    `--character-sets-dir=${join(share, 'charsets')}`,
    // Every process that can open the socket is root in the database.
    ...['--skip-networking', '--skip-grant-tables', '--console'],
    ...SETTINGS.map((setting) => `--${setting}`),
  ];
}
