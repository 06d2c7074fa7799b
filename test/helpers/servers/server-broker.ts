/**
 * Runs next to the tests, in the process that starts their processes. Starts a database server, or makes a folder that
 * several test files read, for the first test that names it. Removes it when the run has ended.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type RunningServer, startServer } from '../databases/database-server.js';

/** What a test gets: the folder of the server's files and socket, or the reason why there is none. */
export interface Told {
  readonly folder?: string;
  readonly error?: string;
}

const folder = mkdtempSync(join(tmpdir(), 'servers-'));
const makers: Readonly<Record<string, () => Promise<RunningServer>>> = {
  '/postgres': async () => await startServer((await import('../databases/postgres.js')).postgresServer()),
  '/mariadb': async () => await startServer((await import('../databases/mariadb.js')).mariadbServer()),
  '/package': async () => await makeFolder('package', (await import('../../package/packed.js')).packInto),
  '/differential': async () =>
    await makeFolder('differential', (await import('../../differential/compile.js')).compileSiteInto),
  '/site': async () => await makeFolder('site', (await import('../../docs/built-site.js')).buildSiteInto),
};

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
  const maker = makers[path];
  if (maker === undefined) throw new Error(`Expected one of ${Object.keys(makers)}, got ${path}`);
  return await maker();
}

/** Makes a folder. It is removed with the folder that contains it. */
async function makeFolder(name: string, fill: (made: string) => Promise<void>): Promise<RunningServer> {
  const made = join(folder, name);
  mkdirSync(made);
  await fill(made);
  return { folder: made, stop: async () => undefined };
}
