import knexFactory from 'knex';
import { Kysely, MysqlDialect } from 'kysely';
import mysqlCallback from 'mysql2';
import mysql from 'mysql2/promise';
import { describe } from 'vitest';
import { type MysqlPool, type MysqlPoolOptions, trackMysqlPool } from '../../../src/track/mysql/index.js';
import {
  type BlogModels,
  type BlogSize,
  blogRows,
  blogTables,
  describeModels,
} from '../../contract/models.js';
import {
  installedMariadb,
  type MariadbAddress,
  runOnce,
  useMariadb,
} from '../../helpers/databases/mariadb.js';
import { isLong } from '../../helpers/effort.js';
import { knexBlog } from '../blog/knex.js';
import { type BlogDatabase, kyselyBlog, onDuplicateKey } from '../blog/kysely.js';
import { plainReads, plainWrites, type RunSql } from '../blog/plain.js';

const CASCADES = { posts: ['comments', 'post_tags'], tags: ['post_tags'] };
const IDS = { authors: 'id', posts: 'id', comments: 'id', tags: 'id' };
const names = Object.fromEntries([...Object.keys(IDS), 'post_tags'].map((table) => [table, table]));

describe.skipIf(installedMariadb === undefined)('on MariaDB', () => {
  const server = useMariadb();

  async function createBlog(size: BlogSize): Promise<MariadbAddress> {
    const address = await server.createDatabase();
    await runOnce(address, [...blogTables('mysql'), ...blogRows(size, 'mysql')].join(';\n'));
    return address;
  }

  function describeDriver(
    name: string,
    open: (address: MariadbAddress, track: (pool: MysqlPool) => () => void) => BlogModels,
    { precision = 'row', isBrief = false }: { precision?: 'row' | 'table'; isBrief?: boolean } = {},
  ): void {
    describeModels(name, {
      names,
      ...{ precision, isBrief, isAgain: isBrief },
      isConcurrent: true,
      async open(pages, size, options) {
        const own: MysqlPoolOptions = {
          cascades: CASCADES,
          ...(precision === 'row' && { ids: IDS }),
          ...options,
        };
        return open(await createBlog(size), (pool) => trackMysqlPool(pool, pages, own));
      },
    });
  }

  describeDriver('mysql2', openPlain('execute'));
  if (isLong) {
    describeDriver('Kysely', openKysely);
    describeDriver('mysql2 without prepared statements', openPlain('query'));
    describeDriver('mysql2 without keys', openPlain('query'), { precision: 'table' });
    describeDriver('Knex', openKnex);
  }
});

type Queryable = Pick<mysql.Connection, 'query' | 'execute'>;

function openPlain(method: 'query' | 'execute') {
  const runOn =
    (db: Queryable): RunSql =>
    async (sql, values = []) => {
      const given = values as string[];
      const [rows] = await (method === 'query' ? db.query(sql, given) : db.execute(sql, given));
      return rows as unknown as readonly Record<string, unknown>[];
    };
  return (address: MariadbAddress, track: (pool: MysqlPool) => () => void): BlogModels => {
    const pool = mysql.createPool({ ...address, connectionLimit: 2 });
    const run = runOn(pool);
    return {
      detach: track(pool),
      reads: plainReads(run),
      writes: plainWrites(run, 'mysql'),
      async transaction(work) {
        const connection = await pool.getConnection();
        const own = plainWrites(runOn(connection), 'mysql');
        try {
          await connection.beginTransaction();
          await work({
            ...own,
            nested: async (inner) => {
              await connection.query('savepoint own');
              try {
                await inner(own);
                await connection.query('release savepoint own');
              } catch (error) {
                await connection.query('rollback to savepoint own');
                throw error;
              }
            },
          });
          await connection.commit();
        } catch (error) {
          await connection.rollback();
          throw error;
        } finally {
          connection.release();
        }
      },
      close: () => pool.end(),
    };
  };
}

function openKysely(address: MariadbAddress, track: (pool: MysqlPool) => () => void): BlogModels {
  const pool = mysqlCallback.createPool({ ...address, connectionLimit: 2 });
  const detach = track(pool);
  const db = new Kysely<BlogDatabase>({ dialect: new MysqlDialect({ pool }) });
  return { ...kyselyBlog(db, onDuplicateKey), detach };
}

function openKnex(address: MariadbAddress, track: (pool: MysqlPool) => () => void): BlogModels {
  const db = knexFactory({ client: 'mysql2', connection: { ...address }, pool: { min: 0, max: 2 } });
  return { detach: track(db.client.pool), ...knexBlog(db) };
}
