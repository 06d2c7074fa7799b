/** Random calls of Prisma on real databases: no page stays that a write has changed. */
import { describe, expect, onTestFailed, onTestFinished, test } from 'vitest';
import { trackPrisma } from '../../../src/track/prisma/index.js';
import { installedMariadb, useMariadb } from '../../helpers/databases/mariadb.js';
import { installedPostgres, usePostgres } from '../../helpers/databases/postgres.js';
import { openMariadb, openPostgres, openSqlite, type Prisma } from '../../helpers/databases/prisma.js';
import { effortFrom, isLong, numberFrom } from '../../helpers/effort.js';
import { Random } from '../../helpers/protocol/choices.js';
import { FuzzPages, goesOn, newTally, runRound } from './pairs.js';
import { PrismaCalls, refill } from './prisma-calls.js';

const LONG_MS = 60 * 60 * 1000;
const READS = 8;
const BOUNDS = { changed: 0.02, deleted: 0.6 };
const timeout = isLong ? { timeout: LONG_MS } : {};

async function search(name: string, base: Prisma, effort: { usual: number; long: number }): Promise<void> {
  onTestFinished(() => base.$disconnect());
  const seed = numberFrom('STATICGENERATOR_SEED', Math.floor(Math.random() * 2 ** 31));
  onTestFailed(() => console.error(`STATICGENERATOR_SEED=${seed}`));
  const random = new Random(seed);
  const pages = new FuzzPages();
  const calls = new PrismaCalls(trackPrisma(base, pages), random);
  const tally = newTally();
  const wanted = effortFrom('STATICGENERATOR_PAIRS', effort);
  while (goesOn(tally, wanted, BOUNDS)) {
    await refill(base, random);
    const reads = Array.from({ length: READS }, () => calls.read());
    await runRound({ pages, reads, write: () => calls.write(), tally, shown: JSON.stringify });
  }
  const { pairs, changed, deleted, stale } = tally;
  if (isLong || process.env.STATICGENERATOR_PAIRS !== undefined)
    console.log(
      `${name}: ${pairs} pairs, ${changed} changed, ${deleted} deleted, ${stale.length} stale, seed ${seed}`,
    );
  expect(stale.slice(0, 5)).toEqual([]);
  expect(changed).toBeGreaterThan(pairs * BOUNDS.changed);
  expect(deleted).toBeLessThan(pairs * BOUNDS.deleted);
}

const EMPTY = { posts: 1, authors: 1 };

test('SQLite', timeout, async () => {
  await search('Prisma on SQLite', await openSqlite(EMPTY), { usual: 192, long: 40_000 });
});

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();
  test('PostgreSQL', timeout, async () => {
    const prisma = await openPostgres(await server.createDatabase(), EMPTY);
    await search('Prisma on PostgreSQL', prisma, { usual: 128, long: 40_000 });
  });
});

describe.skipIf(installedMariadb === undefined)('with MariaDB', () => {
  const server = useMariadb();
  test('MariaDB', timeout, async () => {
    const prisma = await openMariadb(await server.createDatabase(), EMPTY);
    await search('Prisma on MariaDB', prisma, { usual: 128, long: 40_000 });
  });
});
