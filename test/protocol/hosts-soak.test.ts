import { describe, expect, test } from 'vitest';
import { installedPostgres } from '../helpers/databases/postgres.js';
import { installedRedis } from '../helpers/databases/redis.js';
import { effort, isLong, numberFrom } from '../helpers/effort.js';
import { startPostgresEngine, startRedisEngine } from '../helpers/protocol/hosts/engine.js';
import { HostsSoak } from '../helpers/protocol/hosts/soak.js';

const ENGINES = [
  { name: 'Redis' as const, startEngine: startRedisEngine, isInstalled: installedRedis !== undefined },
  {
    name: 'PostgreSQL' as const,
    startEngine: startPostgresEngine,
    isInstalled: installedPostgres !== undefined,
  },
].filter(({ isInstalled }) => isInstalled);

/**
 * In short runs, things that do not depend on the engine happen with only one of them: several processes of a host, and
 * a restart.
 */
const usual = {
  Redis: {
    processes: 2,
    troubles: { cut: 1, freeze: 1, isolate: 0, kill: 1, stop: 0, restart: 1, empty: 1, replace: 0 },
  },
  PostgreSQL: {
    processes: 1,
    troubles: { cut: 1, freeze: 1, isolate: 0, kill: 1, stop: 0, restart: 0, empty: 1, replace: 0 },
  },
} as const;
const long = {
  processes: 2,
  troubles: { cut: 200, freeze: 20, isolate: 20, kill: 50, stop: 20, restart: 20, empty: 10, replace: 10 },
};
const TIMEOUT_MS = effort({ usual: 10 * 60_000, long: 60 * 60 * 1000 });

describe.each(ENGINES)('hosts with an nginx each, that share $name', ({ name, startEngine }) => {
  test(
    'among cuts, kills, and an engine that forgets: no read is stale',
    async () => {
      const seed = numberFrom('STATICGENERATOR_SEED', 1);
      const size = effort({
        usual: { hosts: 2, pauseMs: 200, deletes: 12, ...usual[name] },
        long: { hosts: 3, pauseMs: 0, deletes: 1_000, ...long },
      });
      const report = await new HostsSoak({ startEngine, ...size, seed }).run();
      if (isLong) console.log(name, JSON.stringify(report));
      expect(report.stale).toEqual([]);
      expect(report.deletes).toBeGreaterThanOrEqual(size.deletes);
      expect(report.hits).toBeGreaterThan(report.reads / 10);
    },
    TIMEOUT_MS,
  );
});
