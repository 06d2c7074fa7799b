import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { useServer } from '../servers/shared-servers.js';
import { asAnybody, type DatabaseServer, whom } from './database-server.js';

const RECORD = new URL('../../../node_modules/.cache/staticgenerator/mariadb.json', import.meta.url);
/** Nothing has to outlive the test, so nothing has to reach the disk. */
const SETTINGS = [
  ...['innodb-flush-log-at-trx-commit=0', 'innodb-flush-method=nosync', 'sync-binlog=0'],
  ...[
    'innodb-log-file-size=8M',
    'innodb-buffer-pool-size=32M',
    'innodb-file-per-table=0',
    'sync-frm=0',
    'performance-schema=OFF',
  ],
  // Of MySQL and MariaDB, and so what applications get unless they say otherwise.
  ...['character-set-server=utf8mb4', 'local-infile=1', 'max-connections=300'],
];

interface Installed {
  readonly mariadbd: string;
  /** The folder with the SQL of the system tables. */
  readonly share: string;
}

/** What `.dev/prepare.mjs` found; undefined: the tests are skipped, as it has told. */
export const installedMariadb: Installed | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as Installed)
  : undefined;

/** How to reach a database, in the words of `mysql2`. */
export interface MariadbAddress {
  readonly socketPath: string;
  readonly user: string;
  readonly database: string;
}

/** What a server is to whoever starts it. */
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

/** Databases of the server that all tests of a run share, for a file's tests or those of one `describe`. */
export const useMariadb = () => useServer('mariadb', mariadbServer);

/** One text through a connection of its own, as another program would send it that knows nothing of the site. */
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
    // A server that starts removes what others have in the folder for temporary files.
    `--tmpdir=${folder}`,
    `--socket=${join(folder, 'socket')}`,
    `--lc-messages-dir=${join(share, 'english')}`,
    `--character-sets-dir=${join(share, 'charsets')}`,
    // Whoever reaches the socket is root.
    ...['--skip-networking', '--skip-grant-tables', '--console'],
    ...SETTINGS.map((setting) => `--${setting}`),
  ];
}
