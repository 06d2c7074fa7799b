/**
 * A transaction that stays open during renders shows rows as they were when it began, also to a page that is rendered
 * later.
 */
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { QueryTypes, Sequelize, Transaction } from 'sequelize';
import { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { trackMysqlPool } from '../../../src/track/mysql/index.js';
import { trackPgPool } from '../../../src/track/postgres/index.js';
import { trackPrisma } from '../../../src/track/prisma/index.js';
import { trackSequelize } from '../../../src/track/sequelize/index.js';
import { trackSqlite } from '../../../src/track/sqlite/index.js';
import type { TrackablePages } from '../../../src/track/tracker.js';
import { trackTypeOrm } from '../../../src/track/typeorm/index.js';
import { installedMariadb, useMariadb } from '../../helpers/databases/mariadb.js';
import { installedPostgres, usePostgres } from '../../helpers/databases/postgres.js';
import { openPostgres } from '../../helpers/databases/prisma.js';
import { deferred } from '../../helpers/deferred.js';
import { startSite } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

const READ = 'select title from posts where id = 1';
const WRITE = "update posts set title = 'new' where id = 1";
const TABLES = [
  'create table posts (id integer primary key, title varchar(20))',
  "insert into posts values (1, 'old')",
];

type Query = (sql: string) => Promise<unknown>;

interface Subject {
  /** Runs a query on a connection of its own. */
  readonly query: Query;
  /** Runs work in a transaction. */
  within(work: (query: Query) => Promise<void>): Promise<void>;
}

type Open = (pages: TrackablePages) => Promise<Subject>;

function describeSnapshots(name: string, open: Open): void {
  test(`${name}: a page of an older snapshot is not stored, and one of its own is`, async () => {
    let read: Query | undefined;
    const site = await startSite((app) => {
      app.get('/:kind', async (request, response) => {
        // Pages other than `own` read in the transaction that is open, as a shared loader would.
        if (request.params.kind === 'own')
          return void (await subject.within(async (own) => answer(await own(READ))));
        answer(await (read ?? subject.query)(READ));
        function answer(rows: unknown): void {
          response.type('html').send(JSON.stringify(rows));
        }
      });
    });
    const subject = await open(site.pages);
    const [begun, ended] = [deferred(), deferred()];
    onTestFinished(() => ended.resolve());
    const kept = subject.within(async (query) => {
      await query(READ);
      read = query;
      begun.resolve();
      await ended.promise;
    });
    await begun.promise;
    expect(await site.visit('/before')).toMatchObject({ outcome: 'stored' });
    await subject.query(WRITE);
    const late = await site.visit('/late');
    expect(late.body).toContain('old');
    expect(late.outcome).not.toBe('stored');
    ended.resolve();
    await kept;
    read = undefined;
    for (const path of ['/before', '/late', '/own']) {
      const visit = await site.visit(path);
      expect(visit.body).toContain('new');
      expect(visit.outcome).toBe('stored');
    }
  });
}

describe('SQLite', () => {
  describeSnapshots('better-sqlite3', async (pages) => {
    const file = `${await temporaryFolder()}/snapshots.sqlite`;
    const [writer, reader] = [new Database(file), new Database(file)];
    onTestFinished(() => [writer, reader].forEach((one) => void one.close()));
    writer.pragma('journal_mode = wal');
    for (const sql of TABLES) writer.exec(sql);
    const options = { ids: { posts: 'id' } };
    const tracking = trackSqlite(writer, pages, options);
    trackSqlite(reader, pages, options);
    return {
      async query(sql) {
        const statement = writer.prepare(sql);
        const result = statement.reader ? statement.all() : statement.run();
        await tracking.settled();
        return result;
      },
      async within(work) {
        reader.exec('begin');
        await work(async (sql) => reader.prepare(sql).all());
        reader.exec('commit');
      },
    };
  });
});

describe.skipIf(installedPostgres === undefined)('PostgreSQL', () => {
  const server = usePostgres();
  const REPEATABLE = 'begin isolation level repeatable read';

  async function created() {
    const address = await server.createDatabase();
    const client = new pg.Client(address);
    await client.connect();
    for (const sql of TABLES) await client.query(sql);
    await client.end();
    return address;
  }

  describeSnapshots('a pool of pg', async (pages) => {
    const pool = new pg.Pool({ ...(await created()), max: 3 });
    onTestFinished(() => pool.end());
    trackPgPool(pool, pages, { ids: { posts: 'id' } });
    return {
      query: async (sql) => (await pool.query(sql)).rows,
      async within(work) {
        const client = await pool.connect();
        await client.query(REPEATABLE);
        await work(async (sql) => (await client.query(sql)).rows);
        await client.query('commit');
        client.release();
      },
    };
  });

  describe.each(['by its own means', 'by SQL'])('TypeORM %s', (means) => {
    describeSnapshots('TypeORM', async (pages) => {
      const { user: username, ...address } = await created();
      const dataSource = await new DataSource({
        type: 'postgres',
        username,
        ...address,
        poolSize: 3,
      }).initialize();
      onTestFinished(() => dataSource.destroy());
      trackTypeOrm(dataSource, pages);
      return {
        query: (sql) => dataSource.query(sql),
        async within(work) {
          if (means === 'by its own means')
            return await dataSource.transaction('REPEATABLE READ', (manager) =>
              work((sql) => manager.query(sql)),
            );
          const runner = dataSource.createQueryRunner();
          await runner.query(REPEATABLE);
          await work((sql) => runner.query(sql));
          await runner.query('commit');
          await runner.release();
        },
      };
    });
  });

  describeSnapshots('Sequelize', async (pages) => {
    const { user: username, ...address } = await created();
    const common = { dialect: 'postgres', dialectModule: pg, logging: false, pool: { max: 3 } } as const;
    const orm = new Sequelize({ ...common, username, ...address });
    onTestFinished(() => orm.close());
    trackSequelize(orm, pages);
    const type = { type: QueryTypes.SELECT } as const;
    const { REPEATABLE_READ: isolationLevel } = Transaction.ISOLATION_LEVELS;
    return {
      query: (sql) => (sql === READ ? orm.query(sql, type) : orm.query(sql)),
      within: (work) =>
        orm.transaction({ isolationLevel }, (transaction) =>
          work((sql) => orm.query(sql, { ...type, transaction })),
        ),
    };
  });

  describeSnapshots('Prisma', async (pages) => {
    const prisma = await openPostgres(await server.createDatabase(), { posts: 1, authors: 1 });
    onTestFinished(() => prisma.$disconnect());
    await prisma.$executeRawUnsafe("update posts set title = 'old'");
    trackPrisma(prisma, pages);
    const settings = { isolationLevel: 'RepeatableRead', timeout: 60_000 };
    const begin = prisma.$transaction as (work: unknown, settings: object) => Promise<void>;
    return {
      query: (sql) =>
        sql === READ ? prisma.post.findUnique({ where: { id: 1 } }) : prisma.$executeRawUnsafe(sql),
      within: (work) =>
        begin.call(
          prisma,
          (transaction: typeof prisma) =>
            work(async () => await transaction.post.findUnique({ where: { id: 1 } })),
          settings,
        ),
    };
  });
});

describe.skipIf(installedMariadb === undefined)('MariaDB', () => {
  const server = useMariadb();

  describe.each([
    ['begun', 'begin', 'commit'],
    ['of any statement', 'set autocommit = 0', 'set autocommit = 1'],
  ])('a transaction that is %s', (_name, first, last) => {
    describeSnapshots('a pool of mysql2', async (pages) => {
      const pool = mysql.createPool({ ...(await server.createDatabase()), connectionLimit: 3 });
      onTestFinished(() => pool.end());
      for (const sql of TABLES) await pool.query(sql);
      trackMysqlPool(pool, pages, { ids: { posts: 'id' } });
      return {
        query: async (sql) => (await pool.query(sql))[0],
        async within(work) {
          const connection = await pool.getConnection();
          await connection.query(first);
          await work(async (sql) => (await connection.query(sql))[0]);
          await connection.query(last);
          connection.release();
        },
      };
    });
  });
});
