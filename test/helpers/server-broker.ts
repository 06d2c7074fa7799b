/**
 * Runs beside the tests of a run, in the process that starts theirs: starts a database server for the first that asks for
 * it by name, and stops it when the run is over.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type DatabaseServer, type RunningServer, startServer } from './database-server.js';

/** What a test is told: the folder of the server's files and socket, or why there is none. */
export interface Told {
  readonly folder?: string;
  readonly error?: string;
}

const servers: Readonly<Record<string, () => Promise<DatabaseServer>>> = {
  '/postgres': async () => (await import('./postgres.js')).postgresServer(),
  '/mariadb': async () => (await import('./mariadb.js')).mariadbServer(),
};

const folder = mkdtempSync(join(tmpdir(), 'servers-'));
const running = new Map<string, Promise<RunningServer>>();
const broker = createServer(async (request, response) => {
  const path = request.url ?? '';
  const server = running.get(path) ?? start(path);
  running.set(path, server);
  const told: Told = await server.then(
    (started) => ({ folder: started.folder }),
    (error: unknown) => ({ error: String(error) }),
  );
  response.end(JSON.stringify(told));
});

export async function setup(project: TestProject): Promise<void> {
  const socket = join(folder, 'socket');
  broker.listen(socket);
  await once(broker, 'listening');
  project.provide('serverBroker', socket);
}

export async function teardown(): Promise<void> {
  broker.close();
  for (const end of await Promise.allSettled(running.values()))
    if (end.status === 'fulfilled') await end.value.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function start(path: string): Promise<RunningServer> {
  const server = await servers[path]?.();
  if (server === undefined) throw new Error(`Expected one of ${Object.keys(servers)}, got ${path}`);
  return await startServer(server);
}
