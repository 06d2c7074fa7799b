import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bothDrivers } from '../helpers/databases/other-driver.js';
import { effort, effortFrom, numberFrom } from '../helpers/effort.js';
import { readPages } from '../helpers/protocol/faults/disk.js';
import { FaultProcess } from '../helpers/protocol/faults/fault-process.js';
import { temporaryMemoryFolder } from '../helpers/protocol/faults/memory-folder.js';
import { Soak } from '../helpers/protocol/soak.js';

const READS = effortFrom('STATICGENERATOR_READS', { usual: 800, long: 50_000 });
const drivers = bothDrivers();

/** Each driver, paired with the other. */
const pairs = (drivers ?? []).map((driver, index, all) => {
  const other = all[1 - index] ?? driver;
  return { name: String(driver.env.STATICGENERATOR_SQLITE), driver, other };
});

describe.skipIf(drivers === undefined)('processes with different drivers of SQLite on one ledger', () => {
  test(
    `give ${READS} readers nothing that is stale, torn or mixed, while they are killed`,
    async () => {
      const soak = new Soak({
        ...{ reads: READS, deletes: Math.ceil(READS / 50), drivers: drivers ?? [] },
        processes: effort({ usual: 2, long: 4 }),
        kills: effort({ usual: 1, long: 20 }),
        seed: numberFrom('STATICGENERATOR_SEED', 1),
      });
      onTestFinished(() => soak.stop());
      const report = await soak.run();
      soak.check();
      expect([...report.stale, ...report.broken]).toEqual([]);
      expect(report.hits / report.reads).toBeGreaterThan(0.5);
    },
    effort({ usual: 10 * 60_000, long: 60 * 60 * 1000 }),
  );

  describe.each(pairs)('of which that with $name is killed', ({ driver, other }) => {
    let survivor: FaultProcess;
    beforeAll(async () => {
      survivor = await FaultProcess.start(other);
    });
    afterAll(() => survivor?.stop());

    test.each([
      ['between the record of a deletion and its first batch', 'sqlite BEGIN IMMEDIATE', 2],
      ['after the first file of a deletion', 'unlink', 4],
      ['before the commit of its first batch', 'sqlite COMMIT', 2],
      ['between two of its batches', 'sqlite BEGIN IMMEDIATE', 3],
    ])('%s: the other one finishes it', async (_name, name, at) => {
      const webRoot = join(temporaryMemoryFolder(), 'pages');
      await survivor.prepare(webRoot, ['/a', '/a/', '/a/x']);
      const victim = await FaultProcess.start(driver);
      onTestFinished(() => victim.stop());
      const killed = await victim.meet(webRoot, 'delete by tag', { name, at, kind: 'SIGKILL' });
      expect(killed).toBeUndefined();
      expect(readPages(webRoot)).not.toEqual([]);
      // This deletes one page, but first finishes the victim's deletion.
      await survivor.meet(webRoot, 'delete by path', { at: -1, kind: 'SIGKILL' });
      expect(readPages(webRoot)).toEqual([]);
    });
  });
});
