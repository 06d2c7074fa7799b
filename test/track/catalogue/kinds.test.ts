/** Databases whose SQL is not supported. */
import { expect, test } from 'vitest';
import { trackPrisma } from '../../../src/track/prisma/index.js';
import { trackSequelize } from '../../../src/track/sequelize/index.js';
import { trackTypeOrm } from '../../../src/track/typeorm/index.js';
import { FuzzPages } from '../fuzz/pairs.js';

const prismaOn = (activeProvider: string) => ({
  _runtimeDataModel: { models: {} },
  _engineConfig: { inlineSchema: '', activeProvider },
});
const sequelizeOn = (dialect: string) => ({
  addHook: () => undefined,
  models: {},
  getDialect: () => dialect,
});
const typeormOn = (type: string) => ({ isInitialized: true, options: { type } });

test.each([
  ...['mongodb', 'sqlserver', 'cockroachdb'].map((name) => [name, trackPrisma, prismaOn(name)] as const),
  ...['mssql', 'oracle', 'snowflake'].map((name) => [name, trackSequelize, sequelizeOn(name)] as const),
  ...['mssql', 'mongodb', 'spanner'].map((name) => [name, trackTypeOrm, typeormOn(name)] as const),
])('%s is refused, with what to do', (name, track, client) => {
  expect(() => track(client as never, new FuzzPages())).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTIONS',
      message: expect.stringMatching(
        new RegExp(`PostgreSQL, MySQL, MariaDB or SQLite.*pages\\.track\\(\\).*got "${name}"`),
      ),
    }),
  );
});
