/**
 * On MySQL and MariaDB, a text matches keys with a different spelling. The page of such a row is deleted by every
 * spelling.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { trackPrisma } from '../../../src/track/prisma/index.js';
import { installedMariadb, useMariadb } from '../../helpers/databases/mariadb.js';
import { openMariadb } from '../../helpers/databases/prisma.js';
import { FuzzPages, matches } from '../fuzz/pairs.js';

/** The key of a row, and the spellings with which a page and a change look for it. */
const CASES = [
  ['1 ', '1', '1'],
  ['a', 'A', 'a'],
  ['A', 'a', 'a'],
  ['é', 'e', 'E'],
  ['１', '1', '1'],
] as const;

describe.skipIf(installedMariadb === undefined)('with MariaDB', () => {
  const server = useMariadb();

  test('no page of a row whose key has several spellings stays', async () => {
    const pages = new FuzzPages();
    const prisma = await openMariadb(await server.createDatabase(), { posts: 1, authors: 1 });
    onTestFinished(() => prisma.$disconnect());
    // In this collation, a full-width digit equals the digit.
    for (const sql of [
      'alter table `_LabelToPost` drop foreign key `_LabelToPost_ibfk_1`',
      'alter table labels modify label_slug varchar(40) collate utf8mb4_unicode_ci',
    ])
      await prisma.$executeRawUnsafe(sql);
    const { label } = trackPrisma(prisma, pages);
    for (const [key, read, written] of CASES) {
      const reads = [
        () => label.findUnique({ where: { slug: read } }),
        () => label.findMany({ where: { slug: { in: [read] } } }),
        () => label.findUnique({ where: { slug: read }, select: { posts: true } }),
      ];
      const writes = [
        () => label.deleteMany({ where: { slug: written } }),
        () => label.delete({ where: { slug: written } }),
        () => prisma.$executeRaw`delete from labels where label_slug = ${written}`,
      ];
      for (const [at, find] of reads.entries())
        for (const [number, write] of writes.entries()) {
          await label.create({ data: { slug: key } });
          const { rows, tags } = await pages.tagsOf(async () => await find());
          expect(JSON.stringify(rows), `${key} by ${read}`).not.toMatch(/^(?:null|\[\])$/);
          const selectors = await pages.selectorsOf(async () => await write());
          expect(await label.count(), `${key} by ${written}`).toBe(0);
          expect(matches(tags ?? new Set(), selectors), `${key}: read ${at}, write ${number}`).toBe(true);
        }
    }
  });
});
