/** Records that are read with others by joins: a row that was not in the results must not get into them unnoticed. */
import { DataTypes, type FindOptions, literal, Op, Sequelize } from 'sequelize';
import { expect, onTestFinished, test } from 'vitest';
import { trackSequelize } from '../../../src/track/sequelize/index.js';
import { sqlite3 } from '../../helpers/databases/sqlite3.js';
import { FuzzPages, matches } from '../fuzz/pairs.js';

async function start() {
  const common = { logging: false, define: { timestamps: false } } as const;
  const sequelize = new Sequelize({
    dialect: 'sqlite',
    dialectModule: sqlite3,
    storage: ':memory:',
    ...common,
  });
  const id = () => ({ type: DataTypes.INTEGER, primaryKey: true });
  const Author = sequelize.define('Author', { id: id(), name: DataTypes.TEXT, active: DataTypes.BOOLEAN });
  const Post = sequelize.define('Post', { id: id(), n: DataTypes.INTEGER });
  Post.belongsTo(Author, { as: 'author', foreignKey: 'authorId' });
  await sequelize.sync();
  onTestFinished(() => sequelize.close());
  const pages = new FuzzPages();
  trackSequelize(sequelize, pages);
  await Author.bulkCreate([
    { id: 1, name: 'b', active: true },
    { id: 2, name: 'c', active: false },
  ]);
  await Post.bulkCreate([
    { id: 1, n: 1, authorId: 1 },
    { id: 2, n: 2, authorId: 2 },
  ]);
  return { pages, Author, Post };
}

const kinds: Readonly<Record<string, FindOptions>> = {
  'a condition of the include': { include: [{ association: 'author', where: { active: true } }] },
  'a required include': { include: [{ association: 'author', required: true }], where: { n: 1 } },
  'a condition by its name': { include: ['author'], where: { '$author.active$': true } },
  'a condition within others': {
    include: ['author'],
    where: { [Op.or]: [{ n: 7 }, { '$author.active$': true }] },
  },
  'a condition in SQL': { include: ['author'], where: literal('"author"."active" = 1') },
  'an order': { include: ['author'], order: [['author', 'name', 'ASC']], limit: 1, subQuery: false },
  'an order in SQL': { include: ['author'], order: literal('"author"."name"'), limit: 1, subQuery: false },
};

test.each(Object.entries(kinds))(
  'a list that is chosen or ordered by another model: %s',
  async (_, options) => {
    const { pages, Author, Post } = await start();
    const before = await pages.tagsOf(() => Post.findAll(options));
    expect(before.rows).toHaveLength(1);
    const selectors = await pages.selectorsOf(() =>
      Author.update({ active: true, name: 'a' }, { where: { id: 2 } }),
    );
    expect(selectors.map((selector) => 'value' in selector && selector.value)).toContain('author');
    expect(before.tags).toContain('author');
  },
);

test.each<[string, FindOptions]>([
  ['a list with its authors', { include: ['author'], order: [['n', 'DESC'], 'id'], limit: 2 }],
  ['a post by its key', { include: [{ association: 'author', required: true }], where: { id: 1 } }],
])('%s has the tags of rows', async (_, options) => {
  const { pages, Post } = await start();
  const { tags } = await pages.tagsOf(() => Post.findAll(options));
  expect(tags).toContain('author:1');
  expect(tags).not.toContain('author');
});

test.each<[string, boolean, string]>([
  ['of several a HasOne shows one, so another may take its place', false, 'profile?authorid=~'],
  ['where there can be one alone, the list is whole', true, 'profile:1'],
])('%s', async (_, unique, expected) => {
  const sequelize = new Sequelize({
    ...{ dialect: 'sqlite', dialectModule: sqlite3, storage: ':memory:', logging: false },
    define: { timestamps: false },
  });
  onTestFinished(() => sequelize.close());
  const Author = sequelize.define('Author', { name: DataTypes.TEXT });
  const Profile = sequelize.define('Profile', { authorId: { type: DataTypes.INTEGER, unique } });
  Author.hasOne(Profile, { as: 'profile', foreignKey: 'authorId' });
  await sequelize.sync();
  const pages = new FuzzPages();
  trackSequelize(sequelize, pages);
  await Author.bulkCreate([{ id: 2 }, { id: 3 }]);
  await Profile.bulkCreate([{ authorId: 2 }, { authorId: unique ? 3 : 2 }]);
  const options = { include: ['profile'], limit: 1, offset: unique ? 0 : 1, subQuery: false };
  const read = async () => JSON.stringify(await Author.findAll({ where: { id: 2 }, ...options }));
  const { rows, tags } = await pages.tagsOf(read);
  expect(tags).toContain(expected);
  const selectors = await pages.selectorsOf(() => Profile.update({ authorId: null }, { where: { id: 1 } }));
  expect(await read()).not.toBe(rows);
  expect(matches(tags ?? new Set(), selectors)).toBe(true);
});
