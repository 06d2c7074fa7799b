import { DataTypes, Sequelize } from 'sequelize';
import { trackSequelize } from '../../../src/track/sequelize/index.js';
import { sqlite3 } from '../../helpers/databases/sqlite3.js';
import type { FuzzPages } from '../fuzz/pairs.js';
import { type PreciseBlog, rows, tables } from './blog.js';

function define(sequelize: Sequelize) {
  const id = () => ({ type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true });
  const text = () => ({ type: DataTypes.TEXT, allowNull: false });
  const ofPost = { id: id(), slug: { ...text(), unique: true }, title: text() };
  const Author = sequelize.define('Author', { id: id(), name: text() }, { tableName: 'authors' });
  const Post = sequelize.define('Post', ofPost, { tableName: 'posts' });
  const Comment = sequelize.define('Comment', { id: id(), text: text() }, { tableName: 'comments' });
  const Tag = sequelize.define('Tag', { id: id(), name: text() }, { tableName: 'tags' });
  const PostTag = sequelize.define('PostTag', {}, { tableName: 'post_tags' });
  const named = (name: string) => ({ name, field: name.replace('Id', '_id') });
  Post.belongsTo(Author, { as: 'author', foreignKey: named('authorId') });
  Author.hasMany(Post, { as: 'posts', foreignKey: named('authorId') });
  Post.hasMany(Comment, { as: 'comments', foreignKey: named('postId') });
  const [post, tag] = [named('postId'), named('tagId')];
  Post.belongsToMany(Tag, { as: 'tags', through: PostTag, foreignKey: post, otherKey: tag });
  Tag.belongsToMany(Post, { as: 'posts', through: PostTag, foreignKey: tag, otherKey: post });
  return { Author, Post, Comment, Tag, PostTag };
}

/** Opens the blog with the methods of models. */
export async function openSequelize(pages: FuzzPages): Promise<PreciseBlog> {
  const common = { logging: false, define: { timestamps: false } } as const;
  const sequelize = new Sequelize({
    dialect: 'sqlite',
    dialectModule: sqlite3,
    storage: ':memory:',
    ...common,
  });
  for (const statement of [...tables, ...rows()]) await sequelize.query(statement);
  const { Author, Post, Comment, Tag, PostTag } = define(sequelize);
  trackSequelize(sequelize, pages);
  const found = { rejectOnEmpty: true } as const;
  return {
    reads: {
      start: (limit) => Post.findAll({ include: 'author', order: [['id', 'DESC']], limit }),
      archive: () => Post.findAll({ order: ['id'] }),
      author: (id) => Author.findByPk(id, { include: 'posts' }),
      tags: () => Tag.findAll({ order: ['id'] }),
      tag: (id) => Tag.findByPk(id, { include: 'posts' }),
      post: (id) => Post.findOne({ where: { slug: `slug-${id}` }, include: ['author', 'comments', 'tags'] }),
    },
    writes: {
      savePost: async (id, title) => (await Post.findByPk(id, found)).update({ title }),
      addComment: (postId, text) => Comment.create({ postId, text }),
      editComment: async (id, text) => (await Comment.findByPk(id, found)).update({ text }),
      removeComment: async (id) => (await Comment.findByPk(id, found)).destroy(),
      addTag: (postId, tagId) => PostTag.create({ postId, tagId }),
      removeTag: (postId, tagId) => PostTag.destroy({ where: { postId, tagId } }),
      createPost: async (id, authorId, tagId) => {
        await Post.create({ id, slug: `slug-${id}`, title: 'new', authorId });
        await PostTag.create({ postId: id, tagId });
      },
    },
    close: () => sequelize.close(),
  };
}
