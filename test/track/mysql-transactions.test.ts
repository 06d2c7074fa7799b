/**
 * What MySQL and MariaDB commit without a COMMIT, through ORMs: statements that commit implicitly, and tables without
 * transactions.
 */
import { DataTypes, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { trackPrisma } from '../../src/track/prisma/index.js';
import { trackSequelize } from '../../src/track/sequelize/index.js';
import { trackTypeOrm } from '../../src/track/typeorm/index.js';
import { installedMariadb, type MariadbAddress, useMariadb } from '../helpers/databases/mariadb.js';
import { openMariadb } from '../helpers/databases/prisma.js';
import { FuzzPages } from './fuzz/pairs.js';

const TABLES = [
  'create table Post (id integer primary key, title varchar(50)) engine = InnoDB',
  'create table Note (id integer primary key, title varchar(50)) engine = MyISAM',
  "insert into Post values (1, 'a')",
  "insert into Note values (1, 'a')",
];

interface Opened {
  /** Runs statements in a transaction, which is rolled back. */
  rollBack(statements: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

async function typeorm({ user: username, ...address }: MariadbAddress, pages: FuzzPages): Promise<Opened> {
  const entities = ['Post', 'Note'].map(
    (name) =>
      new EntitySchema({
        name,
        tableName: name,
        columns: { id: { type: 'int', primary: true }, title: { type: 'varchar' } },
      }),
  );
  const dataSource = await new DataSource({ type: 'mariadb', username, ...address, entities }).initialize();
  for (const sql of TABLES) await dataSource.query(sql);
  trackTypeOrm(dataSource, pages);
  return {
    rollBack: async (statements) => {
      const work = dataSource.transaction(async (manager) => {
        for (const sql of statements) await manager.query(sql);
        throw new Error('undone');
      });
      await expect(work).rejects.toThrow('undone');
    },
    close: () => dataSource.destroy(),
  };
}

async function sequelize(
  { user: username, database, socketPath }: MariadbAddress,
  pages: FuzzPages,
): Promise<Opened> {
  const options = { dialect: 'mysql', username, database, logging: false } as const;
  const own = new Sequelize({ ...options, dialectOptions: { socketPath } });
  for (const name of ['Post', 'Note'])
    own.define(name, { title: DataTypes.STRING }, { tableName: name, timestamps: false });
  for (const sql of TABLES) await own.query(sql);
  trackSequelize(own, pages);
  return {
    rollBack: async (statements) => {
      const work = own.transaction(async (transaction) => {
        for (const sql of statements) await own.query(sql, { transaction });
        throw new Error('undone');
      });
      await expect(work).rejects.toThrow('undone');
    },
    close: () => own.close(),
  };
}

/** Opens Prisma with the tables of its own models. */
async function prisma(address: MariadbAddress, pages: FuzzPages): Promise<Opened> {
  const client = await openMariadb(address, { posts: 2, authors: 1 });
  await client.$executeRawUnsafe('alter table comments drop foreign key comments_ibfk_1');
  await client.$executeRawUnsafe('alter table comments engine = MyISAM');
  const tracked = trackPrisma(client, pages);
  const named = (sql: string) =>
    sql.replace('Post set title', 'posts set title').replace('Note set title', 'comments set text');
  return {
    rollBack: async (statements) => {
      const work = tracked.$transaction(async (transaction) => {
        for (const sql of statements) await transaction.$executeRawUnsafe(named(sql));
        throw new Error('undone');
      });
      await expect(work).rejects.toThrow('undone');
    },
    close: () => client.$disconnect(),
  };
}

describe.skipIf(installedMariadb === undefined)('what stays although it is rolled back', () => {
  const server = useMariadb();

  describe.each([
    ['TypeORM', typeorm],
    ['Sequelize', sequelize],
    ['Prisma', prisma],
  ])('%s', (name, open) => {
    test.each<[string, string, string[]]>([
      ['of a table without transactions', 'note:1', ["update Note set title = 'b' where id = 1"]],
      [
        'before a statement that commits',
        'post:1',
        ["update Post set title = 'b' where id = 1", 'create table a (id int)'],
      ],
      ['before a transaction that begins', 'post:1', ["update Post set title = 'b' where id = 1", 'begin']],
    ])('%s: deletes %s', async (_what, tag, statements) => {
      const pages = new FuzzPages();
      const opened = await open(await server.createDatabase(), pages);
      const selectors = await pages.selectorsOf(() => opened.rollBack(statements));
      expect(selectors).toContainEqual({
        kind: 'tag',
        value: name === 'Prisma' ? tag.replace('note', 'comment') : tag,
      });
      await opened.close();
    });
  });
});
