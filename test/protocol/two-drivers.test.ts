import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { effort, effortFrom, numberFrom } from '../helpers/effort.js';
import { bothDrivers } from '../helpers/other-driver.js';
import { readPages } from '../helpers/protocol/disk.js';
import { FaultProcess } from '../helpers/protocol/fault-process.js';
import { temporaryMemoryFolder } from '../helpers/protocol/memory-folder.js';
import { Soak } from '../helpers/protocol/soak.js';

const READS = effortFrom('STATICGENERATOR_READS', { usual: 800, long: 50_000 });
const drivers = bothDrivers();

/** Each with the other. */
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
        kills: effort({ usual: 2, long: 20 }),
        seed: numberFrom('STATICGENERATOR_SEED', 1),
      });
      onTestFinished(() => soak.stop());
      const report = await soak.run();
      soak.check();
      expect([...report.stale, ...report.broken]).toEqual([]);
      expect(report.hits / report.reads).toBeGreaterThan(0.5);
    },
    effort({ usual: 120_000, long: 60 * 60 * 1000 }),
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
    ])('%s: the other one finishes it', async (_name, call, number) => {
      const folder = temporaryMemoryFolder();
      const [webRoot, elsewhere] = [join(folder, 'pages'), join(folder, 'elsewhere')];
      for (const root of [webRoot, elsewhere]) await survivor.prepare(root, ['/a', '/a/', '/a/x']);
      const victim = await FaultProcess.start(driver);
      onTestFinished(() => victim.stop());
      const untouched = await victim.meet(elsewhere, 'delete by tag', { at: -1, kind: 'SIGKILL' });
      const calls = untouched?.calls ?? [];
      const at = calls.flatMap((made, index) => (made === call ? [index + 1] : []))[number - 1];
      expect(at).toBeGreaterThan(0);
      const killed = await victim.meet(webRoot, 'delete by tag', { at: at ?? 0, kind: 'SIGKILL' });
      expect(killed).toBeUndefined();
      expect(readPages(webRoot)).not.toEqual([]);
      // It deletes one page, and first what the victim has left.
      await survivor.meet(webRoot, 'delete by path', { at: -1, kind: 'SIGKILL' });
      expect(readPages(webRoot)).toEqual([]);
    });
  });
});
