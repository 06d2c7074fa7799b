import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedRedis } from '../helpers/databases/redis.js';
import { type HostsEngine, startRedisEngine } from '../helpers/protocol/hosts/engine.js';
import { Host, newSite, TERM_SECONDS } from '../helpers/protocol/hosts/hosts.js';

let redis: HostsEngine;

describe.skipIf(installedRedis === undefined)('hosts with an nginx each', () => {
  beforeAll(async () => {
    redis = await startRedisEngine();
  });
  afterAll(() => redis?.stop());

  test('a host that is killed, frozen or cut off stops serving by itself; one that is closed is not waited for', async () => {
    const site = newSite(redis);
    const hosts = [new Host(site, 'a'), new Host(site, 'b'), new Host(site, 'c')] as const;
    const [a, b, c] = hosts;
    await Promise.all(hosts.map((host) => host.start()));
    let version = 1;
    const untilHits = () => Promise.all(hosts.map((host) => host.untilHit('/one')));
    const save = async (at: Host) => {
      version += 1;
      site.write(version);
      const startedAt = performance.now();
      expect(await at.delete('/one')).toBeUndefined();
      return performance.now() - startedAt;
    };
    const bodies = () => Promise.all(hosts.map(async (host) => (await host.read('/one'))?.body));
    const now = () => `${version} /one`;

    for (const host of hosts) {
      await untilHits();
      await save(host);
      expect(await bodies()).toEqual([now(), now(), now()]);
    }

    await untilHits();
    await b.kill();
    // nginx continues until the term ends.
    expect(await b.read('/one')).toMatchObject({ isHit: true, body: now() });
    c.signal('SIGSTOP');
    await save(a);
    expect((await b.read('/one'))?.status).toBe(502);
    expect(await c.read('/one')).toBeUndefined();
    expect(await a.read('/one')).toMatchObject({ body: now() });
    // Deletions no longer wait for these hosts.
    expect(await save(a)).toBeLessThan((TERM_SECONDS * 1000) / 2);
    c.signal('SIGCONT');
    await b.startProcesses();
    await untilHits();
    expect(await bodies()).toEqual([now(), now(), now()]);

    b.proxy.isolate();
    await c.close();
    expect(c.seconds()).toEqual([]);
    await save(a);
    expect(await b.read('/one')).toMatchObject({ isHit: false, body: now() });
    expect(await b.readDirectly('/one')).toMatchObject({ isHit: false, body: now() });
    expect((await c.read('/one'))?.status).toBe(502);
    expect(await b.delete('/one')).toBe('ERR_CLUSTER_UNREACHABLE');
    b.proxy.heal();
    await b.untilHit('/one');
    expect(await b.read('/one')).toMatchObject({ isHit: true, body: now() });
  });
});
