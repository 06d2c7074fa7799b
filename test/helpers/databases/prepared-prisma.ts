import { fileURLToPath } from 'node:url';

/** What .dev/prepare.mjs has made of test/fixtures/prisma: packages, and a client for each database. */
export const preparedPrisma = fileURLToPath(
  new URL('../../../node_modules/.cache/staticgenerator/prisma/', import.meta.url),
);
