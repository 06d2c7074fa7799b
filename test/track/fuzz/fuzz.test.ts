/** Random reads and writes on real databases: no page stays that a write has changed. */
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { DataSource, EntitySchema } from 'typeorm';
import { describe, expect, onTestFailed, test } from 'vitest';
import { trackMysqlPool } from '../../../src/track/mysql/index.js';
import { postgresTriggers, trackPgPool } from '../../../src/track/postgres/index.js';
import { changesIn } from '../../../src/track/postgres/listen/notification.js';
import { mayMatter } from '../../../src/track/postgres/pool/text.js';
import { trackSqlite } from '../../../src/track/sqlite/index.js';
import { trackTypeOrm } from '../../../src/track/typeorm/index.js';
import { installedMariadb, useMariadb } from '../../helpers/databases/mariadb.js';
import { installedPostgres, type PostgresAddress, usePostgres } from '../../helpers/databases/postgres.js';
import { effortFrom, isLong, numberFrom } from '../../helpers/effort.js';
import { Random } from '../../helpers/protocol/choices.js';
import { type FuzzConnection, type FuzzPages, type FuzzSubject, runPairs } from './pairs.js';
import { type FuzzSchema, LISTS } from './schema.js';

const LONG_MS = 60 * 60 * 1000;
const BOUNDS = { changed: 0.02, deleted: 0.9 };

function entitiesOf(schema: FuzzSchema, text: 'text' | 'varchar' = 'text'): EntitySchema[] {
  return schema.map(
    ({ name, keyType }) =>
      new EntitySchema({
        name,
        tableName: name,
        columns: {
          id: { type: keyType === 'integer' ? keyType : text, primary: true },
          slug: { type: text, nullable: true, unique: true },
          n: { type: 'integer' },
        },
      }),
  );
}

function namedOptions(schema: FuzzSchema) {
  const byTable = <T>(value: T) => Object.fromEntries(schema.map(({ name }) => [name, value]));
  return { ids: byTable('id'), lists: byTable(LISTS) };
}

const sqlite: FuzzSubject = {
  database: 'sqlite',
  async open(schema, pages) {
    const options = { type: 'better-sqlite3', database: ':memory:', entities: entitiesOf(schema) } as const;
    const dataSource = await new DataSource(options).initialize();
    trackTypeOrm(dataSource, pages, { lists: namedOptions(schema).lists });
    return { query: (sql) => dataSource.query(sql), close: () => dataSource.destroy() };
  },
};

const betterSqlite: FuzzSubject = {
  database: 'sqlite',
  async open(schema, pages) {
    const database = new Database(':memory:');
    const tracking = trackSqlite(database, pages, namedOptions(schema));
    return {
      async query(sql) {
        try {
          const statement = database.prepare(sql);
          return statement.reader ? statement.all() : statement.run();
        } finally {
          await tracking.settled();
        }
      },
      close: async () => void database.close(),
    };
  },
};

async function search(
  name: string,
  subject: FuzzSubject,
  effort: { readonly usual: number; readonly long: number },
): Promise<void> {
  const seed = numberFrom('STATICGENERATOR_SEED', Math.floor(Math.random() * 2 ** 31));
  onTestFailed(() => console.error(`STATICGENERATOR_SEED=${seed}`));
  const wanted = effortFrom('STATICGENERATOR_PAIRS', effort);
  const tally = await runPairs(subject, new Random(seed), { wanted, bounds: BOUNDS });
  const { changed, deleted, stale } = tally;
  if (isLong || process.env.STATICGENERATOR_PAIRS !== undefined)
    console.log(
      `${name}: ${tally.pairs} pairs, ${changed} changed, ${deleted} deleted, ${stale.length} stale, seed ${seed}`,
    );
  expect(stale.slice(0, 5)).toEqual([]);
  // Otherwise nothing would have been tested.
  expect(changed).toBeGreaterThan(tally.pairs * BOUNDS.changed);
  // Otherwise every change would delete everything. How exact the deletions are depends on the random schemas.
  expect(deleted).toBeLessThan(tally.pairs * BOUNDS.deleted);
}

const timeout = isLong ? { timeout: LONG_MS } : {};

test('SQLite, through TypeORM', timeout, async () => {
  await search('SQLite', sqlite, { usual: 600, long: 400_000 });
});

test('SQLite, through better-sqlite3', timeout, async () => {
  await search('SQLite', betterSqlite, { usual: 600, long: 400_000 });
});

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();

  test('PostgreSQL, through a pool of pg', timeout, async () => {
    const address = await server.createDatabase();
    const postgres: FuzzSubject = {
      database: 'postgres',
      async open(schema, pages) {
        const pool = new pg.Pool({ ...address, max: 1 });
        trackPgPool(pool, pages, namedOptions(schema));
        return { query: async (sql) => rowsOf(await pool.query(sql)), close: () => pool.end() };
      },
    };
    await search('PostgreSQL', postgres, { usual: 400, long: 300_000 });
  });

  test('PostgreSQL, through its triggers', timeout, async () => {
    const address = await server.createDatabase();
    const postgres: FuzzSubject = {
      database: 'postgres',
      open: (schema, pages) => told(address, schema, pages),
    };
    await search('Triggers', postgres, { usual: 240, long: 100_000 });
  });
});

describe.skipIf(installedMariadb === undefined)('with MariaDB', () => {
  const server = useMariadb();
  // As on older servers: a text that is no number can be compared with a number.
  const MODE = "set sql_mode = ''";

  test('MariaDB, through a pool of mysql2', timeout, async () => {
    const address = await server.createDatabase();
    const mariadb: FuzzSubject = {
      database: 'mysql',
      async open(schema, pages) {
        const pool = mysql.createPool({ ...address, connectionLimit: 1, multipleStatements: true });
        trackMysqlPool(pool, pages, namedOptions(schema));
        await pool.query(MODE);
        return { query: async (sql) => (await pool.query(sql))[0], close: () => pool.end() };
      },
    };
    await search('MariaDB', mariadb, { usual: 400, long: 300_000 });
  });

  test('MariaDB, through TypeORM', timeout, async () => {
    const { user: username, ...address } = await server.createDatabase();
    const mariadb: FuzzSubject = {
      database: 'mysql',
      async open(schema, pages) {
        const entities = entitiesOf(schema, 'varchar');
        const extra = { multipleStatements: true };
        const options = { type: 'mariadb', username, ...address, entities, poolSize: 1, extra } as const;
        const dataSource = await new DataSource(options).initialize();
        trackTypeOrm(dataSource, pages, { lists: namedOptions(schema).lists });
        await dataSource.query(MODE);
        return { query: (sql) => dataSource.query(sql), close: () => dataSource.destroy() };
      },
    };
    await search('MariaDB', mariadb, { usual: 400, long: 300_000 });
  });
});

/** Reads go through a pool that is followed. Only the database knows of the writes. */
async function told(address: PostgresAddress, schema: FuzzSchema, pages: FuzzPages): Promise<FuzzConnection> {
  const pool = new pg.Pool({ ...address, max: 1 });
  trackPgPool(pool, pages, namedOptions(schema));
  // The connection gets the notifications of its own changes before the answer to a statement is complete.
  const writer = new pg.Client(address);
  await writer.connect();
  await writer.query('listen staticgenerator');
  const payloads: string[] = [];
  writer.on('notification', ({ payload = '' }) => void payloads.push(payload));
  const tracker = pages.track({});
  const tell = async () => {
    for (const payload of payloads.splice(0)) await tracker.changed(changesIn(payload) ?? []);
  };
  return {
    async query(sql) {
      if (!mayMatter(sql)) return rowsOf(await pool.query(sql));
      const table = /^create table (\w+)/.exec(sql)?.[1];
      const up = table && postgresTriggers([{ table, key: 'id', lists: LISTS }]).up;
      await writer.query(up === undefined ? sql : `${sql}; ${up}`).finally(tell);
      return undefined;
    },
    close: async () => void (await Promise.all([pool.end(), writer.end()])),
  };
}

/** Returns the rows of a result, or undefined for a text of several statements. */
function rowsOf(result: pg.QueryResult | readonly pg.QueryResult[]): unknown {
  return 'rows' in result ? result.rows : undefined;
}
