import { expect, onTestFinished, test } from 'vitest';
import { effort, effortFrom, isLong, numberFrom } from '../helpers/effort.js';
import { Soak } from '../helpers/protocol/soak.js';

const READS = effortFrom('STATICGENERATOR_READS', { usual: 400, long: 200_000 });
/** A page and its codings take three blocks. */
const bounds = { maxPages: 60, maxBytes: 50 * 3 * 4_096 };
const settings = {
  ...{ reads: READS, bounds, processes: effort({ usual: 2, long: 4 }) },
  deletes: Math.ceil(READS / 100),
  kills: effort({ usual: 1, long: 20 }),
  seed: numberFrom('STATICGENERATOR_SEED', 1),
};
const TIMEOUT_MS = effort({ usual: 10 * 60_000, long: 60 * 60 * 1000 });

test(
  `${settings.processes} processes behind nginx keep ${bounds.maxPages} pages of many, a crawler's among them, and no answer is stale`,
  async () => {
    const soak = new Soak(settings);
    onTestFinished(() => soak.stop());
    const report = await soak.run();
    if (isLong) console.log(JSON.stringify(report));
    soak.check();
    expect([...report.stale, ...report.broken]).toEqual([]);
    expect(report.kills).toBe(settings.kills);
    expect(report.looks).toBeGreaterThanOrEqual(Math.floor(READS / 100));
    // A killed process may leave the file of one page whose placement it has not committed.
    expect(report.most.pages).toBeLessThanOrEqual(bounds.maxPages + report.kills);
    expect(report.most.bytes).toBeLessThanOrEqual(bounds.maxBytes + report.kills * 3 * 4_096);
    // The bound must be the reason, not a lack of pages to store.
    expect(report.most.pages).toBeGreaterThan(40);
    expect(report.hits).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
