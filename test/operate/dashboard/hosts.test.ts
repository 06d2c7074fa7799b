import { createClient } from 'redis';
import { describe, expect, test } from 'vitest';
import { redis } from '../../../src/cluster/redis/index.js';
import { installedRedis, startRedis } from '../../helpers/databases/redis.js';
import { startDashboardSite } from './site.js';

describe.skipIf(installedRedis === undefined)('of several hosts', () => {
  test('the dashboard shows each, and what this one knows when Redis is away', async () => {
    const server = await startRedis();
    const cluster = redis({
      client: createClient({ socket: { path: server.socket, tls: false } }),
      termSeconds: 5,
    });
    const one = await startDashboardSite({ cluster });
    await startDashboardSite({ cluster });
    const rows = async () =>
      [...(await one.look()).body.matchAll(/<strong>serves<\/strong>: serves pages/g)].length;
    await expect.poll(rows, { timeout: 20_000 }).toBe(2);
    expect((await one.look()).body).toContain('(this one)');
    await server.stop();
    await expect
      .poll(async () => (await one.look()).body, { timeout: 30_000 })
      .toContain('The state of the other hosts is unknown');
    expect((await one.look()).status).toBe(200);
  });
});

test('a site of one host shows no table of them', async () => {
  expect((await (await startDashboardSite()).look()).body).not.toContain('Hosts of the site');
});
