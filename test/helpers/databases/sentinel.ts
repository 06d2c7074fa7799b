import { join } from 'node:path';
import { createClient } from 'redis';
import { expect, onTestFinished } from 'vitest';
import { freePort } from '../servers/ports.js';
import { startServer } from './database-server.js';
import { installedRedis, type RunningRedis, startRedis } from './redis.js';

/** Starts a server that others find by its port, as sentinels and the nodes of a cluster do. */
export async function startAt(port: number, settings: readonly string[] = []): Promise<RunningRedis> {
  const server = await startRedis(['--port', String(port), ...settings]);
  onTestFinished(() => server.stop());
  return server;
}

/** Sends a command until its answer fits. */
export async function until(port: number, words: readonly string[], fits: (answer: string) => boolean) {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await expect.poll(async () => fits(JSON.stringify(await client.sendCommand([...words])))).toBe(true);
  } finally {
    client.destroy();
  }
}

/**
 * Starts a sentinel that watches a primary by its port, and decides alone that it is down. Returns the port for
 * clients.
 */
export async function startSentinel(
  primary: number,
  { downAfterMs }: { readonly downAfterMs: number },
): Promise<number> {
  const port = await freePort();
  const server = await startServer({
    name: 'Sentinel',
    initialize: () => undefined,
    command: (folder) => {
      const text = `port ${port}\ndir ${folder}\nsentinel monitor site 127.0.0.1 ${primary} 1\nsentinel down-after-milliseconds site ${downAfterMs}\n`;
      // The sentinel writes its findings into its configuration, so its own user must create the file.
      const script = 'printf %s "$1" > "$2"; exec "$3" "$2" --sentinel >&2';
      return ['/bin/sh', '-c', script, 'sh', text, join(folder, 'sentinel.conf'), installedRedis ?? ''];
    },
    ready: '+monitor',
    signal: 'KILL',
  });
  onTestFinished(() => server.stop());
  return port;
}
