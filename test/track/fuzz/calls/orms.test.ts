/** Random calls of TypeORM and Sequelize on a real database: no page stays that a write has changed. */
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { trackSequelize } from '../../../../src/track/sequelize/index.js';
import { trackTypeOrm } from '../../../../src/track/typeorm/index.js';
import { effortFrom, isLong, numberFrom } from '../../../helpers/effort.js';
import { Random } from '../../../helpers/protocol/choices.js';
import { canonical, FuzzPages, goesOn, newTally, runRound } from '../pairs.js';
import { refilling } from './models.js';
import { type Orm, someWrite } from './orm-calls.js';
import { SequelizeCalls } from './sequelize.js';
import { openSequelize } from './sequelize-schema.js';
import { TypeOrmCalls } from './typeorm.js';
import { openTypeOrm } from './typeorm-schema.js';

const LONG_MS = 60 * 60 * 1000;
const READS = 8;
const BOUNDS = { changed: 0.01, deleted: 0.85 };

interface Opened<C> {
  readonly orm: Orm<C>;
  query(sql: string): Promise<unknown>;
  close(): Promise<unknown>;
}

async function search<C>(
  name: string,
  open: (pages: FuzzPages, random: Random) => Promise<Opened<C>>,
): Promise<void> {
  const seed = numberFrom('STATICGENERATOR_SEED', Math.floor(Math.random() * 2 ** 31));
  onTestFailed(() => console.error(`STATICGENERATOR_SEED=${seed}`));
  const random = new Random(seed);
  const pages = new FuzzPages();
  const { orm, query, close } = await open(pages, random);
  onTestFinished(async () => void (await close()));
  const tally = newTally();
  const wanted = effortFrom('STATICGENERATOR_PAIRS', { usual: 384, long: 40_000 });
  while (goesOn(tally, wanted, BOUNDS)) {
    orm.focus.move();
    for (const sql of refilling(random)) await query(sql);
    const reads = Array.from({ length: READS }, () => orm.read());
    await runRound({ pages, reads, write: () => someWrite(orm, random), tally, shown: canonical });
  }
  const { pairs, changed, deleted, stale } = tally;
  if (isLong || process.env.STATICGENERATOR_PAIRS !== undefined)
    console.log(
      `${name}: ${pairs} pairs, ${changed} changed, ${deleted} deleted, ${stale.length} stale, seed ${seed}`,
    );
  expect(stale.slice(0, 5)).toEqual([]);
  // Otherwise nothing would have been tested, or every change would delete everything.
  expect(changed).toBeGreaterThan(pairs * BOUNDS.changed);
  expect(deleted).toBeLessThan(pairs * BOUNDS.deleted);
}

const timeout = isLong ? { timeout: LONG_MS } : {};

test('TypeORM', timeout, async () => {
  await search('TypeORM', async (pages, random) => {
    const dataSource = await openTypeOrm();
    trackTypeOrm(dataSource, pages);
    return {
      orm: new TypeOrmCalls(dataSource, random),
      query: (sql) => dataSource.query(sql),
      close: () => dataSource.destroy(),
    };
  });
});

test('Sequelize', timeout, async () => {
  await search('Sequelize', async (pages, random) => {
    const opened = await openSequelize();
    const { sequelize } = opened;
    trackSequelize(sequelize, pages);
    return {
      orm: new SequelizeCalls(opened, random),
      query: (sql) => sequelize.query(sql),
      close: () => sequelize.close(),
    };
  });
});
