import { expect, onTestFinished, test } from 'vitest';
import { effort, effortFrom, isLong, numberFrom } from '../helpers/effort.js';
import { Soak } from '../helpers/protocol/soak.js';

const READS = effortFrom('STATICGENERATOR_READS', { usual: 600, long: 220_000 });
const settings = {
  reads: READS,
  processes: effort({ usual: 3, long: 4 }),
  deletes: Math.ceil(READS / 100),
  kills: effort({ usual: 1, long: 20 }),
  seed: numberFrom('STATICGENERATOR_SEED', 1),
};
const TIMEOUT_MS = effort({ usual: 10 * 60_000, long: 60 * 60 * 1000 });

test(
  `${settings.processes} processes behind nginx, ${READS} reads among ${settings.deletes} deletions: none is stale, torn or mixed`,
  async () => {
    const soak = new Soak(settings);
    onTestFinished(() => soak.stop());
    const report = await soak.run();
    if (isLong) console.log(JSON.stringify(report));
    expect(report.stale).toEqual([]);
    expect(report.broken).toEqual([]);
    soak.check();
    expect([...report.stale, ...report.broken]).toEqual([]);
    expect(report.reads).toBeGreaterThanOrEqual(READS);
    expect(report.deletes).toBeGreaterThanOrEqual(settings.deletes);
    expect(report.kills).toBe(settings.kills);
    expect(report.hits / report.reads).toBeGreaterThan(0.5);
    expect(report.byCoding.gzip).toBeGreaterThan(0);
    expect(await soak.countPagesOfNginx()).toBeGreaterThan(50);
  },
  TIMEOUT_MS,
);
