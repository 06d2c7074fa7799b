import { fileURLToPath } from 'node:url';

/** The folder that .dev/prepare.mjs has made from test/fixtures/prisma: packages, and a client for each database. */
export const preparedPrisma = fileURLToPath(
  new URL('../../../node_modules/.cache/staticgenerator/prisma/', import.meta.url),
);
