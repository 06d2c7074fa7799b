import { join } from 'node:path';
import { DataTypes, type Model, type ModelStatic, Sequelize, type Transaction } from 'sequelize';
import { describe } from 'vitest';
import type { StaticGenerator } from '../../../src/static-generator.js';
import type { TrackOptions } from '../../../src/track/options.js';
import { trackSequelize } from '../../../src/track/sequelize/index.js';
import {
  type BlogModels,
  type BlogSize,
  type BlogTransaction,
  type BlogWrites,
  blogRows,
  blogSequences,
  blogTables,
  describeModels,
} from '../../contract/models.js';
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
import { fillSqlite } from '../../helpers/databases/sqlite-file.js';
import { sqlite3 } from '../../helpers/databases/sqlite3.js';
import { temporaryFolder } from '../../helpers/temporary.js';

type AnyModel = ModelStatic<Model>;

interface BlogClasses {
  readonly Author: AnyModel;
  readonly Post: AnyModel;
  readonly Comment: AnyModel;
  readonly Tag: AnyModel;
  readonly PostTag: AnyModel;
}

function define(sequelize: Sequelize): BlogClasses {
  // Created again for each model, because Sequelize writes into definitions.
  const id = () => ({ type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true });
  const text = () => ({ type: DataTypes.TEXT, allowNull: false });
  const number = () => ({ type: DataTypes.INTEGER, allowNull: false });
  const views = { ...number(), defaultValue: 0 };
  const ofPost = { id: id(), title: text(), views, authorId: number() };
  const Author = sequelize.define('Author', { id: id(), name: text() }, { tableName: 'authors' });
  const Post = sequelize.define('Post', ofPost, { tableName: 'posts' });
  const ofComment = { id: id(), text: text(), postId: number() };
  const Comment = sequelize.define('Comment', ofComment, { tableName: 'comments' });
  const Tag = sequelize.define('Tag', { id: id(), name: text() }, { tableName: 'tags' });
  const PostTag = sequelize.define('PostTag', {}, { tableName: 'post_tags' });
  Post.belongsTo(Author, { as: 'author', foreignKey: 'authorId' });
  Post.hasMany(Comment, { as: 'comments', foreignKey: 'postId', onDelete: 'CASCADE' });
  Post.belongsToMany(Tag, { as: 'tags', through: PostTag, foreignKey: 'postId', otherKey: 'tagId' });
  Tag.belongsToMany(Post, { as: 'posts', through: PostTag, foreignKey: 'tagId', otherKey: 'postId' });
  return { Author, Post, Comment, Tag, PostTag };
}

const common = { logging: false, define: { timestamps: false } } as const;

async function openSqlite(size: BlogSize): Promise<Sequelize> {
  const storage = join(await temporaryFolder(), 'blog.sqlite');
  fillSqlite(storage, [...blogTables('sqlite'), ...blogRows(size)]);
  return new Sequelize({ dialect: 'sqlite', dialectModule: sqlite3, storage, ...common });
}

async function openPostgres(address: PostgresAddress, size: BlogSize): Promise<Sequelize> {
  const { user, ...others } = address;
  await queryOnce(address, [...blogTables('postgres'), ...blogRows(size), ...blogSequences].join(';'));
  return new Sequelize({ dialect: 'postgres', username: user, ...others, ...common, pool: { max: 2 } });
}

async function openMariadb(address: MariadbAddress, size: BlogSize): Promise<Sequelize> {
  const { user: username, database, socketPath } = address;
  await runOnce(address, [...blogTables('mysql'), ...blogRows(size, 'mysql')].join(';'));
  return new Sequelize({
    ...{ dialect: 'mysql', username, database, pool: { max: 2 }, ...common },
    dialectOptions: { socketPath },
  });
}

function writesOf(
  sequelize: Sequelize,
  models: BlogClasses,
  transaction: Transaction | null = null,
): BlogWrites {
  const { Author, Post, Comment, PostTag } = models;
  const post = (id: number) => Post.findByPk(id, { transaction, rejectOnEmpty: true });
  return {
    savePost: async (id, title) => (await post(id)).update({ title }, { transaction }),
    createPost: (id, title) => Post.create({ id, title, authorId: 1 }, { transaction }),
    createPosts: (title) =>
      Post.bulkCreate(
        [1, 2].map((authorId) => ({ title, authorId })),
        { transaction },
      ),
    removePost: async (id) => (await post(id)).destroy({ transaction }),
    saveAuthor: async (id, name) => {
      const author = await Author.findByPk(id, { transaction, rejectOnEmpty: true });
      await author.set('name', name).save({ transaction });
    },
    retitlePostsOf: (authorId, title) => Post.update({ title }, { where: { authorId }, transaction }),
    retitlePosts: (ids, title) => Post.update({ title }, { where: { id: [...ids] }, transaction }),
    upsertPost: (id, title) => Post.upsert({ id, title, authorId: 1 }, { transaction }),
    countView: async (id) => (await post(id)).increment('views', { transaction }),
    addComment: (postId, text) => Comment.create({ postId, text }, { transaction }),
    removeComments: (postId) => Comment.destroy({ where: { postId }, transaction }),
    link: (postId, tagId) => PostTag.bulkCreate([{ postId, tagId }], { ignoreDuplicates: true, transaction }),
    unlink: (postId, tagId) => PostTag.destroy({ where: { postId, tagId }, transaction }),
    rawRename: (id, name) =>
      sequelize.query('update authors set name = :name where id = :id', {
        replacements: { id, name },
        transaction,
      }),
  };
}

const tracked =
  (openDatabase: (size: BlogSize) => Promise<Sequelize>) =>
  async (pages: StaticGenerator, size: BlogSize, options?: TrackOptions): Promise<BlogModels> => {
    const sequelize = await openDatabase(size);
    const models = define(sequelize);
    const detach = trackSequelize(sequelize, pages, options);
    const { Author, Post, Comment, Tag } = models;
    const within = (transaction: Transaction): BlogTransaction => ({
      ...writesOf(sequelize, models, transaction),
      nested: (work) =>
        sequelize.transaction({ transaction }, (inner) => work(writesOf(sequelize, models, inner))),
    });
    return {
      reads: {
        post: (id) => Post.findByPk(id, { include: 'author' }),
        posts: () => Post.findAll({ attributes: ['title'], order: ['id'], raw: true }),
        countPosts: () => Post.count(),
        author: (id) => Author.findByPk(id),
        comments: (postId) => Comment.findAll({ where: { postId }, order: ['id'] }),
        tag: (id) => Tag.findByPk(id, { include: 'posts', order: [['posts', 'id', 'ASC']] }),
        rawAuthors: async () => (await sequelize.query('select name from authors order by id'))[0],
      },
      writes: writesOf(sequelize, models),
      transaction: (work) => sequelize.transaction((transaction) => work(within(transaction))),
      detach,
      postModel: Post,
      close: () => sequelize.close(),
    };
  };

describeModels('Sequelize on SQLite', { open: tracked(openSqlite), precision: 'row', isConcurrent: false });

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();
  describeModels('Sequelize on PostgreSQL', {
    ...{ isBrief: true, isAgain: true },
    open: tracked(async (size) => await openPostgres(await server.createDatabase(), size)),
    precision: 'row',
    isConcurrent: true,
  });
});

describe.skipIf(installedMariadb === undefined)('with MariaDB', () => {
  const server = useMariadb();
  describeModels('Sequelize on MariaDB', {
    ...{ isBrief: true, isAgain: true },
    open: tracked(async (size) => await openMariadb(await server.createDatabase(), size)),
    precision: 'row',
    isConcurrent: true,
    deletesOnRollback: true,
    // The upsert sets the key too, and it may have matched the row by another unique key.
    cascading: { upsertPost: ['comments', 'post_tags'] },
  });
});
