/** How exact each adapter is: the pages that are deleted, and those that change, when the authors of a blog write. */
import { expect, test } from 'vitest';
import type { FuzzPages } from '../fuzz/pairs.js';
import { measure, type PreciseBlog } from './blog.js';
import { openDrizzle } from './drizzle.js';
import { openPrisma } from './prisma.js';
import { openSequelize } from './sequelize.js';
import { openSql } from './sql.js';
import { openTypeOrm } from './typeorm.js';

test.each<[string, (pages: FuzzPages) => Promise<PreciseBlog>]>([
  ['plain SQL', openSql],
  ['Drizzle', openDrizzle],
  ['TypeORM', openTypeOrm],
  ['Sequelize', openSequelize],
  ['Prisma', openPrisma],
])('%s deletes few pages that do not change, and none that does is left', async (name, open) => {
  const { kinds, share, stale } = await measure(open);
  if (process.env.STATICGENERATOR_PRECISION)
    console.log(name, Math.round(share * 100), JSON.stringify(kinds));
  expect(stale).toEqual([]);
  expect(share).toBeGreaterThan(0.5);
});
