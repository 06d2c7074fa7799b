import { createSentinel } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { redis } from '../../../src/cluster/redis/index.js';
import { installedRedis, startRedis } from '../../helpers/databases/redis.js';
import { startAt, startSentinel, until } from '../../helpers/databases/sentinel.js';
import { freePort } from '../../helpers/servers/ports.js';
import { startTcpProxy } from '../../helpers/servers/tcp-proxy.js';
import { type Site, startSite } from '../../helpers/site/site.js';

const TERM_SECONDS = 3;
/** The term and this lag are shorter than the time until a replica is promoted, as the guide demands. */
const LAG_SECONDS = 2;
const DOWN_AFTER_MS = 4_000;

/**
 * Starts a primary that its replica and Sentinel reach through a network that can break. One host is on the side of the
 * primary, another on their side.
 */
async function startSides(settings: readonly string[]) {
  const primary = await startRedis(settings);
  onTestFinished(() => primary.stop());
  const between = await startTcpProxy(primary.socket);
  const replicaPort = await freePort();
  const replica = await startAt(replicaPort, [
    ...['--replicaof', `127.0.0.1 ${between.port}`],
    ...['--replica-announce-ip', '127.0.0.1', '--replica-announce-port', String(replicaPort)],
  ]);
  await until(replicaPort, ['INFO', 'replication'], (answer) => answer.includes('master_link_status:up'));
  const sentinel = await startSentinel(between.port, { downAfterMs: DOWN_AFTER_MS });
  await until(sentinel, ['SENTINEL', 'REPLICAS', 'site'], (answer) => answer.includes(String(replicaPort)));
  const client = createSentinel({
    name: 'site',
    sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel }],
  });
  return { primary, replica, between, client };
}

async function untilHit(site: Site): Promise<void> {
  await expect.poll(async () => (await site.request('/value')).cache).toBe('staticgenerator; hit');
}

describe.skipIf(installedRedis === undefined)('a primary that is cut off from its replica', () => {
  async function startHosts(settings: readonly string[]) {
    const sides = await startSides(settings);
    const path = await startTcpProxy(sides.primary.socket);
    const database = { value: 1 };
    const start = async (cluster: ReturnType<typeof redis>) =>
      await startSite(
        (app, pages) => {
          app.get('/value', (_request, response) => {
            pages.tag('value');
            response.send(`value ${database.value}`);
          });
        },
        { cluster },
      );
    const same = { name: 'site', termSeconds: TERM_SECONDS };
    const [left, right] = await Promise.all([
      start(redis({ url: `redis://127.0.0.1:${path.port}`, ...same })),
      start(redis({ client: sides.client, ...same })),
    ]);
    await Promise.all([left, right].map(untilHit));
    return { ...sides, path, database, left, right };
  }

  test('lets nobody who is on its side serve what is deleted on the other, and what was deleted here is told there', async () => {
    const { between, path, replica, database, left, right } = await startHosts([
      ...['--min-replicas-to-write', '1', '--min-replicas-max-lag', String(LAG_SECONDS)],
      ...['--repl-ping-replica-period', '1'],
    ]);
    between.isolate();
    // At first the primary accepts the entry. When the attempt is over, the other side has not received it.
    database.value = 2;
    await expect(left.pages.quickDelete('/value')).rejects.toMatchObject({ code: 'ERR_CLUSTER_UNREACHABLE' });

    database.value = 3;
    await expect.poll(() => right.pages.quickDelete('/value').then(() => 'done', String)).toBe('done');
    expect((await right.request('/value')).body).toBe('value 3');
    expect(await left.request('/value')).toMatchObject({
      body: 'value 3',
      cache: 'staticgenerator; fwd=bypass; detail=no-term',
    });

    await untilHit(right);
    database.value = 4;
    path.lead(replica.socket);
    await untilHit(left);
    expect((await left.request('/value')).body).toBe('value 4');
    // The deletion that the primary accepted, and that was lost with it.
    await expect.poll(async () => (await right.request('/value')).body).toBe('value 4');
  });
});
