import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startServer } from './database-server.js';
import type { PostgresAddress } from './postgres.js';

const RECORD = new URL('../../../node_modules/.cache/staticgenerator/pgbouncer.json', import.meta.url);
const PORT = 6432;

/**
 * The PgBouncer that `.dev/prepare.mjs` found. `undefined` if there is none: the script reports that, and the tests are
 * skipped.
 */
export const installedPgBouncer: string | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { readonly pgbouncer: string }).pgbouncer
  : undefined;

/**
 * Starts a pooler in front of a server, until the test has finished. Returns the address of the same database through
 * it.
 */
export async function startPgBouncer(
  { host, port, user, database }: PostgresAddress,
  mode: string,
): Promise<PostgresAddress> {
  const server = await startServer({
    name: 'PgBouncer',
    initialize: (folder) =>
      writeFileSync(
        join(folder, 'pgbouncer.ini'),
        [
          ...['[databases]', `* = host=${host} port=${port} user=${user}`],
          ...['[pgbouncer]', `unix_socket_dir = ${folder}`, `listen_port = ${PORT}`, 'auth_type = any'],
          `pool_mode = ${mode}`,
        ].join('\n'),
      ),
    command: (folder) => [String(installedPgBouncer), join(folder, 'pgbouncer.ini')],
    ready: 'process up',
    signal: 'KILL',
  });
  onTestFinished(() => server.stop());
  return { host: server.folder, port: PORT, user, database };
}
