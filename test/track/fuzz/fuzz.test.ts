/** Random reads and writes on real databases: no page that a write changes is left. */
import pg from 'pg';
import { DataSource, EntitySchema } from 'typeorm';
import { describe, expect, onTestFailed, test } from 'vitest';
import { trackPgPool } from '../../../src/track/postgres/index.js';
import { trackTypeOrm } from '../../../src/track/typeorm/index.js';
import { effortFrom, isLong, numberFrom } from '../../helpers/effort.js';
import { installedPostgres, usePostgres } from '../../helpers/postgres.js';
import { Random } from '../../helpers/protocol/choices.js';
import { type FuzzSubject, runPairs } from './pairs.js';
import type { FuzzSchema } from './schema.js';

const LONG_MS = 60 * 60 * 1000;

function entitiesOf(schema: FuzzSchema): EntitySchema[] {
  return schema.map(
    ({ name, keyType }) =>
      new EntitySchema({
        name,
        tableName: name,
        columns: {
          id: { type: keyType, primary: true },
          slug: { type: 'text', nullable: true, unique: true },
          n: { type: 'integer' },
        },
      }),
  );
}

const sqlite: FuzzSubject = {
  database: 'sqlite',
  async open(schema, pages) {
    const options = { type: 'better-sqlite3', database: ':memory:', entities: entitiesOf(schema) } as const;
    const dataSource = await new DataSource(options).initialize();
    trackTypeOrm(dataSource, pages);
    return { query: (sql) => dataSource.query(sql), close: () => dataSource.destroy() };
  },
};

async function search(
  name: string,
  subject: FuzzSubject,
  effort: { readonly usual: number; readonly long: number },
): Promise<void> {
  const seed = numberFrom('STATICGENERATOR_SEED', Math.floor(Math.random() * 2 ** 31));
  onTestFailed(() => console.error(`STATICGENERATOR_SEED=${seed}`));
  const pairs = effortFrom('STATICGENERATOR_PAIRS', effort);
  const tally = await runPairs(subject, new Random(seed), pairs);
  const { changed, deleted, stale } = tally;
  if (isLong || process.env.STATICGENERATOR_PAIRS !== undefined)
    console.log(
      `${name}: ${tally.pairs} pairs, ${changed} changed, ${deleted} deleted, ${stale.length} stale, seed ${seed}`,
    );
  expect(stale.slice(0, 5)).toEqual([]);
  // Or nothing would have been tried.
  expect(changed).toBeGreaterThan(tally.pairs / 50);
  expect(deleted).toBeLessThan(tally.pairs * 0.7);
}

const timeout = isLong ? { timeout: LONG_MS } : {};

test('SQLite, through TypeORM', timeout, async () => {
  await search('SQLite', sqlite, { usual: 4_000, long: 400_000 });
});

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();

  test('PostgreSQL, through a pool of pg', timeout, async () => {
    const address = await server.createDatabase();
    const postgres: FuzzSubject = {
      database: 'postgres',
      async open(schema, pages) {
        const pool = new pg.Pool({ ...address, max: 1 });
        trackPgPool(pool, pages, { ids: Object.fromEntries(schema.map(({ name }) => [name, 'id'])) });
        return { query: async (sql) => rowsOf(await pool.query(sql)), close: () => pool.end() };
      },
    };
    await search('PostgreSQL', postgres, { usual: 1_000, long: 300_000 });
  });
});

/** Of a text of several statements, none. */
function rowsOf(result: pg.QueryResult | readonly pg.QueryResult[]): unknown {
  return 'rows' in result ? result.rows : undefined;
}
