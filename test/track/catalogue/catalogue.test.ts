/** Every adapter finds what only the database knows: foreign keys, views, triggers and inheritance from migrations. */
import Database from 'better-sqlite3';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { trackMysqlPool } from '../../../src/track/mysql/index.js';
import { postgresTriggers, trackPgPool } from '../../../src/track/postgres/index.js';
import { trackPrisma } from '../../../src/track/prisma/index.js';
import { trackSequelize } from '../../../src/track/sequelize/index.js';
import { trackSqlite } from '../../../src/track/sqlite/index.js';
import { trackTypeOrm } from '../../../src/track/typeorm/index.js';
import {
  installedMariadb,
  type MariadbAddress,
  runOnce,
  useMariadb,
} from '../../helpers/databases/mariadb.js';
import {
  installedPostgres,
  type PostgresAddress,
  queryOnce,
  usePostgres,
} from '../../helpers/databases/postgres.js';
import { openMariadb, openPostgres, openSqlite, type Prisma } from '../../helpers/databases/prisma.js';
import { sqlite3 } from '../../helpers/databases/sqlite3.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { FuzzPages } from '../fuzz/pairs.js';

type Run = (sql: string) => Promise<unknown>;

/** Opens an adapter on a database with these tables. */
type Open = (statements: readonly string[], pages: FuzzPages) => Promise<Run>;

const SMALL = { authors: 1, posts: 1, comments: 1, tags: 1 };
/** Foreign keys as Sequelize, Prisma and many migrations create them. */
const KEYS = 'on delete cascade on update cascade';
const INNODB: Readonly<Record<string, string>> = { mysql: ' engine = InnoDB' };

const tables = (database: string) => [
  `create table k_people (id integer primary key, handle varchar(20) unique, name varchar(20))${INNODB[database] ?? ''}`,
  `create table k_bios (id integer primary key, handle varchar(20), foreign key (handle) references k_people (handle) ${KEYS})${INNODB[database] ?? ''}`,
  `create table k_lines (id integer primary key, bio integer, foreign key (bio) references k_bios (id) on delete set null)${INNODB[database] ?? ''}`,
  `create table k_plain (id integer primary key, person integer)${INNODB[database] ?? ''}`,
  'create table k_log (id integer, what varchar(20))',
  'create table k_count (n integer)',
  'create view k_shown as select id, name from k_people where id > 0',
  'create view k_inner as select s.id, b.handle from k_shown s join k_bios b on b.id = s.id',
  "insert into k_people values (1, 'a', 'A'), (2, 'b', 'B')",
  "insert into k_bios values (1, 'a')",
];

const triggers: Readonly<Record<string, readonly string[]>> = {
  sqlite: [
    "create trigger k_noted after update on k_plain begin insert into k_log values (new.id, 'changed'); update k_count set n = n + 1; end",
  ],
  mysql: [
    "create trigger k_noted after update on k_plain for each row begin insert into k_log values (new.id, 'changed'); update k_count set n = n + 1; end",
  ],
  postgres: [
    "create function k_note() returns trigger language plpgsql as $$ begin insert into k_log values (new.id, 'changed'); if true then update k_count set n = n + 1; end if; return new; end $$",
    'create trigger k_noted after update on k_plain for each row execute function k_note()',
    'create table k_parent (id integer, n integer) partition by list (n)',
    'create table k_child partition of k_parent for values in (1)',
    'create table k_grandchild (more integer) inherits (k_plain)',
    'create function k_anything() returns integer language sql volatile as $$ select 1 $$',
    'create view k_called as select k_anything() as n',
  ],
};

/** Objects that change or read tables without any statement that shows it. */
const hidden: Readonly<Record<string, readonly string[]>> = {
  mysql: [
    'create procedure k_publish() begin update k_plain set person = 1; end',
    'create function k_look() returns integer reads sql data return (select count(*) from k_plain)',
  ],
  postgres: [
    'create function k_publish() returns void language sql as $$ update k_plain set person = 1 $$',
    "create function k_rename() returns void language sql as $$ update k_people set name = 'x' $$",
    'create function k_look() returns bigint language sql as $$ select count(*) from k_plain $$',
    "create procedure k_run() language plpgsql as $$ begin execute 'vacuum'; end $$",
    'create materialized view k_stored as select count(*) from k_plain',
    postgresTriggers(['k_people']).up,
  ],
};

const KEYLESS = ['keyless k_count', 'keyless k_log'];
const unseen: Readonly<Record<string, readonly string[]>> = {
  sqlite: KEYLESS,
  mysql: [...KEYLESS, 'function k_publish k_plain'],
  postgres: [
    ...[...KEYLESS, 'function k_publish k_plain', 'function k_run', 'materialized k_stored'],
    ...['untold k_bios k_people', 'untold k_lines k_people'],
  ],
};

/** Statements, and the tables that they change. */
const common: readonly (readonly [string, readonly string[]])[] = [
  ['delete from k_people where id = 1', ['k_bios', 'k_lines', 'k_people']],
  ["update k_people set handle = 'c' where id = 1", ['k_bios', 'k_lines', 'k_people']],
  ["update k_people set name = 'c' where id = 1", ['k_people']],
  ['delete from k_bios', ['k_bios', 'k_lines']],
  ['update k_plain set person = 2', ['k_count', 'k_log', 'k_plain']],
  ['delete from k_log', ['k_log']],
];

const own: Readonly<Record<string, typeof common>> = {
  sqlite: [["replace into k_people values (1, 'z', 'Z')", ['k_bios', 'k_lines', 'k_people']]],
  mysql: [["update k_shown set name = 'v' where id = 2", ['k_bios', 'k_lines', 'k_people', 'k_shown']]],
  postgres: [
    ["update k_shown set name = 'v' where id = 2", ['k_bios', 'k_lines', 'k_people', 'k_shown']],
    ['insert into k_parent values (1, 1)', ['k_child', 'k_parent']],
    ['update k_child set id = 2', ['k_child', 'k_parent']],
    ['insert into k_grandchild values (1, 1, 1)', ['k_count', 'k_grandchild', 'k_log', 'k_plain']],
  ],
};

/** Returns the tables that work changes. All adapters use a table's own name if it has no model. */
async function tablesOf(pages: FuzzPages, work: () => Promise<unknown>): Promise<readonly string[]> {
  const selectors = await pages.selectorsOf(work);
  const names = selectors.map((one) => ('value' in one ? one.value.replace(/[:?].*/, '') : 'everything'));
  return [...new Set(names)].sort();
}

function describeAdapter(name: string, database: 'sqlite' | 'mysql' | 'postgres', open: Open): void {
  test(`${name} finds what changes along, and what views show`, async () => {
    const pages = new FuzzPages();
    const run = await open([...tables(database), ...(triggers[database] ?? [])], pages);
    for (const [sql, expected] of [...common, ...(own[database] ?? [])]) {
      const found = await tablesOf(pages, () => run(sql));
      // On PostgreSQL, k_grandchild inherits from k_plain.
      const others = expected.includes('k_grandchild')
        ? found
        : found.filter((one) => one !== 'k_grandchild');
      expect([sql, others]).toEqual([sql, expected]);
    }
    const read = async (sql: string) => {
      const { tags } = await pages.tagsOf(() => run(sql));
      return tags && [...new Set([...tags].map((tag) => tag.replace(/[:?].*/, '')))].sort();
    };
    expect(await read('select * from k_inner')).toEqual(['k_bios', 'k_inner', 'k_people', 'k_shown']);
    if (database === 'postgres') expect(await read('select * from k_called')).toBeUndefined();
  });

  test(`${name} tells what it cannot see`, async () => {
    const pages = new FuzzPages();
    const run = await open([...tables(database), ...(hidden[database] ?? [])], pages);
    await run("update k_people set name = 'z' where id = 1");
    const [last] = pages.unseen.slice(-1);
    const found = last?.found.map((one) => [one.kind, one.name, ...one.tables].join(' ')) ?? [];
    // Prisma has tables of its own.
    expect(found.filter((one) => one.includes(' k_')).sort()).toEqual([...(unseen[database] ?? [])].sort());
    expect(last?.database).toMatch(/^[^(]+ \((?:SQLite|PostgreSQL|MySQL or MariaDB)\)$/);
  });

  test(`${name} asks again after a definition`, async () => {
    const pages = new FuzzPages();
    const run = await open(tables(database), pages);
    expect(await tablesOf(pages, () => run('delete from k_log where id = 7'))).toEqual(['k_log']);
    await run(
      `create table k_late (id integer primary key, bio integer, foreign key (bio) references k_lines (id) on delete cascade)${INNODB[database] ?? ''}`,
    );
    expect(await tablesOf(pages, () => run('delete from k_lines where id = 7'))).toEqual([
      'k_late',
      'k_lines',
    ]);
  });
}

async function sqliteFile(statements: readonly string[]): Promise<string> {
  const file = `${await temporaryFolder()}/catalogue.sqlite`;
  const database = new Database(file);
  for (const statement of statements) database.exec(statement);
  database.close();
  return file;
}

describe('SQLite', () => {
  describeAdapter('better-sqlite3', 'sqlite', async (statements, pages) => {
    const database = new Database(await sqliteFile(statements));
    onTestFinished(() => void database.close());
    const tracking = trackSqlite(database, pages);
    return async (sql) => {
      const statement = database.prepare(sql);
      const result = statement.reader ? statement.all() : statement.run();
      await tracking.settled();
      return result;
    };
  });

  describeAdapter('TypeORM', 'sqlite', async (statements, pages) => {
    const options = { type: 'better-sqlite3', database: await sqliteFile(statements) } as const;
    const dataSource = await new DataSource(options).initialize();
    onTestFinished(() => dataSource.destroy());
    trackTypeOrm(dataSource, pages as never);
    return (sql) => dataSource.query(sql);
  });

  describeAdapter('Sequelize', 'sqlite', async (statements, pages) => {
    const storage = await sqliteFile(statements);
    const orm = new Sequelize({ dialect: 'sqlite', dialectModule: sqlite3, storage, logging: false });
    onTestFinished(() => orm.close());
    trackSequelize(orm, pages as never);
    return (sql) => orm.query(sql);
  });

  describeAdapter('Prisma', 'sqlite', async (statements, pages) =>
    ofPrisma(await openSqlite(SMALL), statements, pages),
  );
});

describe.skipIf(installedPostgres === undefined)('PostgreSQL', () => {
  const server = usePostgres();
  const created = async (statements: readonly string[]) => {
    const address = await server.createDatabase();
    for (const statement of statements) await queryOnce(address, statement);
    return address;
  };

  describeAdapter('a pool of pg', 'postgres', async (statements, pages) => {
    const pool = new pg.Pool({ ...(await created(statements)), max: 1 });
    onTestFinished(() => pool.end());
    trackPgPool(pool, pages);
    return async (sql) => (await pool.query(sql)).rows;
  });

  describeAdapter('TypeORM', 'postgres', async (statements, pages) => {
    const { user: username, ...address } = await created(statements);
    const dataSource = await new DataSource({
      type: 'postgres',
      username,
      ...address,
      poolSize: 1,
    }).initialize();
    onTestFinished(() => dataSource.destroy());
    trackTypeOrm(dataSource, pages as never);
    return (sql) => dataSource.query(sql);
  });

  describeAdapter('Sequelize', 'postgres', async (statements, pages) => {
    const { user: username, ...address }: PostgresAddress = await created(statements);
    const common = { dialect: 'postgres', dialectModule: pg, logging: false, pool: { max: 1 } } as const;
    const orm = new Sequelize({ ...common, username, ...address });
    onTestFinished(() => orm.close());
    trackSequelize(orm, pages as never);
    return (sql) => orm.transaction((transaction) => orm.query(sql, { transaction }));
  });

  describeAdapter('Prisma', 'postgres', async (statements, pages) =>
    ofPrisma(await openPostgres(await server.createDatabase(), SMALL), statements, pages),
  );
});

describe.skipIf(installedMariadb === undefined)('MariaDB', () => {
  const server = useMariadb();
  const created = async (statements: readonly string[]) => {
    const address = await server.createDatabase();
    for (const statement of statements) await runOnce(address, statement);
    return address;
  };

  describeAdapter('a pool of mysql2', 'mysql', async (statements, pages) => {
    const pool = mysql.createPool({ ...(await created(statements)), connectionLimit: 1 });
    onTestFinished(() => pool.end());
    trackMysqlPool(pool, pages);
    return async (sql) => (await pool.query(sql))[0];
  });

  describeAdapter('TypeORM', 'mysql', async (statements, pages) => {
    const { user: username, ...address } = await created(statements);
    const own = { type: 'mariadb', username, ...address, poolSize: 1 } as const;
    const dataSource = await new DataSource(own).initialize();
    onTestFinished(() => dataSource.destroy());
    trackTypeOrm(dataSource, pages as never);
    return (sql) => dataSource.query(sql);
  });

  describeAdapter('Sequelize', 'mysql', async (statements, pages) => {
    const { user: username, database, socketPath }: MariadbAddress = await created(statements);
    const common = { dialect: 'mysql', logging: false, pool: { max: 1 } } as const;
    const orm = new Sequelize({ ...common, username, database, dialectOptions: { socketPath } });
    onTestFinished(() => orm.close());
    trackSequelize(orm, pages as never);
    return (sql) => orm.query(sql);
  });

  describeAdapter('Prisma', 'mysql', async (statements, pages) =>
    ofPrisma(await openMariadb(await server.createDatabase(), SMALL), statements, pages),
  );
});

async function ofPrisma(prisma: Prisma, statements: readonly string[], pages: FuzzPages): Promise<Run> {
  onTestFinished(() => prisma.$disconnect());
  for (const statement of statements) await prisma.$executeRawUnsafe(statement);
  const tracked = trackPrisma(prisma, pages as never);
  return (sql) => (sql.startsWith('select') ? tracked.$queryRawUnsafe(sql) : tracked.$executeRawUnsafe(sql));
}
