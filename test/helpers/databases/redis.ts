import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from 'redis';
import { type RunningServer, startServer } from './database-server.js';

const RECORD = new URL('../../../node_modules/.cache/staticgenerator/redis.json', import.meta.url);

/**
 * The Redis that `.dev/prepare.mjs` found. `undefined` if there is none: the script reports that, and the tests are
 * skipped.
 */
export const installedRedis: string | undefined = existsSync(RECORD)
  ? (JSON.parse(readFileSync(RECORD, 'utf8')) as { readonly redis: string }).redis
  : undefined;

export interface RunningRedis {
  /** The path of its Unix socket. A server that is started again has another one. */
  readonly socket: string;
  /** Removes all keys. */
  forgetAll(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server in its own folder, on a Unix socket. The server stops when the process that started it exits. */
export async function startRedis(settings: readonly string[] = []): Promise<RunningRedis> {
  const program = installedRedis;
  if (program === undefined) throw new Error('There is no Redis; run node .dev/prepare.mjs test');
  let folder = '';
  const server: RunningServer = await startServer({
    name: 'Redis',
    initialize: (into) => {
      folder = into;
    },
    command: (from) => [
      // Redis logs to standard output, but the log is read from standard error.
      ...['/bin/sh', '-c', 'exec "$@" >&2', 'sh', program],
      ...['--port', '0', '--unixsocket', join(from, 'socket'), '--dir', from],
      ...['--save', '', '--appendonly', 'no', ...settings],
    ],
    ready: 'eady to accept connections',
    signal: 'KILL',
  });
  return {
    socket: join(folder, 'socket'),
    forgetAll: () => forgetAll(join(folder, 'socket')),
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function forgetAll(path: string): Promise<void> {
  const client = createClient({ socket: { path, tls: false } });
  await client.connect();
  await client.flushAll();
  client.destroy();
}
