import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningServer, startServer } from '../../databases/database-server.js';
import { type PostgresAddress, postgresServer, queryOnce } from '../../databases/postgres.js';
import { startRedis } from '../../databases/redis.js';

/** The engine that the hosts of a site share. */
export interface HostsEngine {
  /** The path of its Unix socket. An engine that is started again has another one. */
  readonly socket: string;
  /** Returns how a process reaches it through a port of the loopback address, as arguments of process.mjs. */
  at(port: number): Readonly<Record<string, unknown>>;
  /** Removes all data that it holds. */
  forgetAll(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an empty engine. */
export type StartEngine = () => Promise<HostsEngine>;

export async function startRedisEngine(): Promise<HostsEngine> {
  const redis = await startRedis();
  return { ...redis, at: (port) => ({ redis: `redis://127.0.0.1:${port}` }) };
}

const TABLES = 'staticgenerator_bus, staticgenerator_bus_host, staticgenerator_bus_log';

export async function startPostgresEngine(): Promise<HostsEngine> {
  const kind = postgresServer();
  const server: RunningServer = await startServer(kind);
  const address: PostgresAddress = kind.address(server.folder, 'postgres');
  return {
    socket: join(server.folder, `.s.PGSQL.${address.port}`),
    at: (port) => ({ postgres: { ...address, host: '127.0.0.1', port } }),
    forgetAll: async () => void (await queryOnce(address, `drop table if exists ${TABLES}`)),
    stop: async () => {
      await server.stop();
      await rm(server.folder, { recursive: true, force: true });
    },
  };
}
