/** Tables in schemas. If the database has no schemas, Sequelize makes the schema a part of the table's name. */
import { DataTypes, Sequelize } from 'sequelize';
import { describe, expect, test } from 'vitest';
import { trackSequelize } from '../../../src/track/sequelize/index.js';
import { installedMariadb, useMariadb } from '../../helpers/databases/mariadb.js';
import { installedPostgres, usePostgres } from '../../helpers/databases/postgres.js';
import { sqlite3 } from '../../helpers/databases/sqlite3.js';
import { FuzzPages } from '../fuzz/pairs.js';

async function expectDeletions(sequelize: Sequelize): Promise<void> {
  const text = { type: DataTypes.STRING };
  const of = (schema: string) => ({ tableName: 'posts', schema, timestamps: false });
  const Post = sequelize.define('Post', { title: text }, of('blog'));
  const Offer = sequelize.define('Offer', { title: text }, of('shop'));
  const Note = sequelize.define('Note', { title: text }, { ...of('shop'), tableName: 'notes' });
  Offer.hasMany(Note, { onDelete: 'CASCADE', foreignKey: 'offer' });
  for (const schema of ['blog', 'shop']) await sequelize.createSchema(schema, {});
  await sequelize.sync();
  await Post.bulkCreate([{ title: 'a' }, { title: 'b' }]);
  const offer = await Offer.create({ title: 'c' });

  const pages = new FuzzPages();
  const detach = trackSequelize(sequelize, pages);
  const { tags } = await pages.tagsOf(() => Post.findByPk(1));
  const deletedBy = async (write: () => Promise<unknown>) =>
    (await pages.selectorsOf(write)).map((selector) =>
      'value' in selector ? selector.value : selector.kind,
    );
  expect(tags).toEqual(new Set(['post:*', 'post:#', 'post:1']));
  expect(await deletedBy(() => Post.update({ title: 'x' }, { where: { id: 1 } }))).toContain('post:1');
  expect(await deletedBy(() => Post.update({ title: 'x' }, { where: { title: 'b' } }))).toContain('post:*');
  expect(await deletedBy(() => Post.create({ title: 'd' }))).toContain('post');
  const gone = await deletedBy(() => offer.destroy());
  expect(gone).toEqual(expect.arrayContaining(['note:*']));
  detach();
  await sequelize.close();
}

test('a change in a schema deletes the pages of its model, on SQLite', async () => {
  await expectDeletions(
    new Sequelize({ dialect: 'sqlite', dialectModule: sqlite3, storage: ':memory:', logging: false }),
  );
});

describe.skipIf(installedMariadb === undefined)('with MariaDB', () => {
  const server = useMariadb();
  test('a change in a schema deletes the pages of its model', async () => {
    const { user: username, database, socketPath } = await server.createDatabase();
    await expectDeletions(
      new Sequelize({ dialect: 'mysql', username, database, dialectOptions: { socketPath }, logging: false }),
    );
  });
});

describe.skipIf(installedPostgres === undefined)('with PostgreSQL', () => {
  const server = usePostgres();
  test('a change in a schema deletes the pages of its model', async () => {
    const { user: username, ...address } = await server.createDatabase();
    await expectDeletions(new Sequelize({ dialect: 'postgres', username, ...address, logging: false }));
  });
});
