/** Several models of one table: options for any of these models apply to its rows. */
import { DataTypes, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TrackOptions } from '../../src/track/options.js';
import { trackSequelize } from '../../src/track/sequelize/index.js';
import { trackTypeOrm } from '../../src/track/typeorm/index.js';
import { sqlite3 } from '../helpers/databases/sqlite3.js';
import { FuzzPages, matches } from './fuzz/pairs.js';

const NAMES = ['Article', 'Draft', 'Note'] as const;
type Name = (typeof NAMES)[number];
const tableOf = (name: Name) => (name === 'Note' ? 'notes' : 'articles');

interface Opened {
  find(name: Name): Promise<unknown>;
  update(name: Name, n?: number): Promise<unknown>;
  remove(name: Name): Promise<unknown>;
}

async function typeorm(pages: FuzzPages, options: TrackOptions): Promise<Opened> {
  const entities = NAMES.map(
    (name) =>
      new EntitySchema<{ id: number; n: number }>({
        name,
        tableName: tableOf(name),
        columns: { id: { type: 'integer', primary: true }, n: { type: 'integer' } },
      }),
  );
  const source = new DataSource({ type: 'better-sqlite3', database: ':memory:', entities });
  await source.initialize();
  onTestFinished(() => source.destroy());
  for (const table of ['articles', 'notes']) {
    await source.query(`create table ${table} (id integer primary key, n integer)`);
    await source.query(`insert into ${table} values (1, 1)`);
  }
  trackTypeOrm(source, pages, options);
  const of = (name: Name) => source.getRepository<{ id: number; n: number }>(name);
  return {
    find: (name) => of(name).findOneBy({ id: 1 }),
    update: async (name, n = 2) => of(name).save({ id: 1, n }),
    remove: (name) => of(name).delete(1),
  };
}

async function sequelize(pages: FuzzPages, options: TrackOptions): Promise<Opened> {
  const orm = new Sequelize({
    dialect: 'sqlite',
    dialectModule: sqlite3,
    storage: ':memory:',
    logging: false,
  });
  onTestFinished(() => orm.close());
  const defined = NAMES.map((name) =>
    orm.define(name, { n: DataTypes.INTEGER }, { tableName: tableOf(name), timestamps: false }),
  );
  await orm.sync();
  for (const model of defined) await model.upsert({ id: 1, n: 1 });
  trackSequelize(orm, pages, options);
  const of = (name: Name) => orm.model(name);
  return {
    find: (name) => of(name).findByPk(1),
    update: async (name, n = 2) => (await of(name).findByPk(1))?.update({ n }),
    remove: (name) => of(name).destroy({ where: { id: 1 } }),
  };
}

describe.each([
  ['TypeORM', typeorm],
  ['Sequelize', sequelize],
])('%s', (_, open) => {
  test.each([
    ['Article', ['Article']],
    ['Draft', ['Draft']],
    ['a function', (name: string) => name === 'Draft'],
  ])('entities: %s follows the rows of the table', async (_told, entities) => {
    const pages = new FuzzPages();
    const { find, update } = await open(pages, { entities });
    for (const [at, name] of (['Article', 'Draft'] as const).entries()) {
      const { tags } = await pages.tagsOf(() => find(name));
      const selectors = await pages.selectorsOf(() => update(name === 'Draft' ? 'Article' : 'Draft', 5 + at));
      expect(matches(tags ?? new Set(), selectors), name).toBe(true);
    }
    expect((await pages.tagsOf(() => find('Note'))).tags).toEqual(new Set());
  });

  test.each([{ Article: ['Note'] }, { Draft: ['Note'] }])(
    'cascades: %o reaches what is named',
    async (cascades) => {
      const pages = new FuzzPages();
      const { find, remove } = await open(pages, { cascades });
      const { tags } = await pages.tagsOf(() => find('Note'));
      expect(matches(tags ?? new Set(), await pages.selectorsOf(() => remove('Draft')))).toBe(true);
    },
  );

  test('cascades: to any model of a table reaches its rows', async () => {
    for (const target of ['Article', 'Draft']) {
      const pages = new FuzzPages();
      const { find, remove } = await open(pages, { cascades: { Note: [target] } });
      const { tags } = await pages.tagsOf(() => find('Article'));
      expect(matches(tags ?? new Set(), await pages.selectorsOf(() => remove('Note')))).toBe(true);
    }
  });

  test.each(['Article', 'Draft'] as const)('urls: of %s are asked for', async (name) => {
    const pages = new FuzzPages();
    const asked: unknown[] = [];
    const ask = (record: unknown) => {
      asked.push(record);
      return [];
    };
    const { update } = await open(pages, { urls: { [name]: ask } });
    await pages.selectorsOf(() => update(name));
    expect(asked.length).toBeGreaterThan(0);
  });
});
