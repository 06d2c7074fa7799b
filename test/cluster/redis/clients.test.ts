import { createCluster, createSentinel } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Bus } from '../../../src/cluster/bus.js';
import { redis } from '../../../src/cluster/redis/index.js';
import { installedRedis } from '../../helpers/databases/redis.js';
import { startAt, startSentinel, until } from '../../helpers/databases/sentinel.js';
import { freePort } from '../../helpers/servers/ports.js';

function open(client: { duplicate(): unknown }, termSeconds = 30): { bus: Bus; heard: () => number } {
  const bus = redis({ client, name: 'site', termSeconds }).connect();
  onTestFinished(() => bus.close());
  let news = 0;
  bus.listen(() => {
    news += 1;
  });
  return { bus, heard: () => news };
}

/** Whether an answer to INFO says that the replica has all that its primary has written. */
function isReplicated(answer: string): boolean {
  const [, replica, primary] = /,offset=(\d+),.*master_repl_offset:(\d+)/.exec(answer) ?? [];
  return replica !== undefined && replica === primary;
}

/** Expects that every method of the bus works, and that news of appended entries arrive. */
async function expectWorks({ bus, heard }: ReturnType<typeof open>): Promise<string> {
  await expect.poll(heard).toBeGreaterThan(0);
  const before = heard();
  const { epoch, last } = await bus.append(['a', 'b']);
  await expect.poll(heard).toBeGreaterThan(before);
  expect((await bus.read(0, 10)).entries.map(({ text }) => text)).toEqual(['a', 'b']);
  const state = await bus.tell({ host: 'one', name: '', epoch, cursor: last });
  expect(state.hosts.get('one')).toMatchObject({ cursor: 2 });
  expect(await bus.settle(epoch)).toMatchObject({ settled: true });
  expect(await bus.survey()).toMatchObject({ isCurrent: true, last: 2 });
  return epoch;
}

describe.skipIf(installedRedis === undefined)('a client of the site', () => {
  test('of a Redis Cluster is a bus', async () => {
    const port = await freePort();
    await startAt(port, ['--cluster-enabled', 'yes']);
    await until(port, ['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'], (answer) => answer === '"OK"');
    await until(port, ['CLUSTER', 'INFO'], (answer) => answer.includes('cluster_state:ok'));
    const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });
    const opened = open(client);
    await expectWorks(opened);
    expect((await opened.bus.drop('one')).hosts.size).toBe(0);
  });

  test('of Sentinel follows to the replica that is promoted, in another epoch', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const primary = await startAt(first);
    await startAt(second, ['--replicaof', `127.0.0.1 ${first}`]);
    await until(second, ['INFO', 'replication'], (answer) => answer.includes('master_link_status:up'));
    const sentinel = await startSentinel(first, { downAfterMs: 1_000 });
    await until(sentinel, ['SENTINEL', 'REPLICAS', 'site'], (answer) => answer.includes(String(second)));
    const client = createSentinel({
      name: 'site',
      sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel }],
    });
    // The client waits for a lost primary for a third of this term.
    const { bus, heard } = open(client, 3);
    const epoch = await expectWorks({ bus, heard });
    // Replicas get what is written a moment later.
    await until(first, ['INFO', 'replication'], isReplicated);

    await primary.stop();
    await expect
      .poll(async () => (await bus.state().catch(() => undefined))?.epoch, { interval: 250 })
      .toSatisfy((now) => now !== undefined && now !== epoch);
    expect(await bus.state()).toMatchObject({ previous: epoch, settled: false });
    const before = heard();
    await bus.append(['c']);
    await expect.poll(heard).toBeGreaterThan(before);
  });
});
