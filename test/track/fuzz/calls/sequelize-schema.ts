/** The models of random calls, defined for Sequelize. */
import { DataTypes, type Model, type ModelStatic, Sequelize } from 'sequelize';
import { sqlite3 } from '../../../helpers/databases/sqlite3.js';
import { MODELS, type ModelName, NAMES } from './models.js';

export type Models = Readonly<Record<ModelName, ModelStatic<Model>>>;

export async function openSequelize(): Promise<{ readonly sequelize: Sequelize; readonly models: Models }> {
  const common = { logging: false, define: { timestamps: false } } as const;
  const sequelize = new Sequelize({
    dialect: 'sqlite',
    dialectModule: sqlite3,
    storage: ':memory:',
    ...common,
  });
  const models = Object.fromEntries(NAMES.map((name) => [name, defined(sequelize, name)])) as Record<
    ModelName,
    ModelStatic<Model>
  >;
  relate(models);
  await sequelize.sync();
  return { sequelize, models };
}

function defined(sequelize: Sequelize, name: ModelName): ModelStatic<Model> {
  const { table, scalars } = MODELS[name];
  const columns = scalars.map((column) => {
    const type = column === 'views' ? DataTypes.INTEGER : DataTypes.TEXT;
    return [column, { type, ...(column === 'slug' && { unique: true }) }] as const;
  });
  const id = { type: DataTypes.INTEGER, primaryKey: true };
  return sequelize.define(name, { id, ...Object.fromEntries(columns) }, { tableName: table });
}

function relate({ Author, Profile, Label, Post, Comment, Tag }: Models): void {
  const by = (field: string) => ({
    name: field.replace(/_(.)/, (_, letter: string) => letter.toUpperCase()),
    field,
  });
  const [author, post] = [{ foreignKey: by('author_id'), onDelete: 'CASCADE' }, by('post_id')];
  const label = { foreignKey: by('label_slug'), onDelete: 'SET NULL' };
  Author.hasMany(Post, { as: 'posts', ...author });
  Post.belongsTo(Author, { as: 'author', ...author });
  Author.hasOne(Profile, { as: 'profile', ...author });
  Profile.belongsTo(Author, { as: 'author', ...author });
  Label.hasMany(Post, { as: 'posts', sourceKey: 'slug', ...label });
  Post.belongsTo(Label, { as: 'label', targetKey: 'slug', ...label });
  Post.hasMany(Post, { as: 'children', foreignKey: by('parent_id') });
  Post.belongsTo(Post, { as: 'parent', foreignKey: by('parent_id') });
  Post.hasMany(Comment, { as: 'comments', foreignKey: post, onDelete: 'CASCADE' });
  Comment.belongsTo(Post, { as: 'post', foreignKey: post, onDelete: 'CASCADE' });
  const through = { through: 'post_tags', timestamps: false };
  Post.belongsToMany(Tag, { as: 'tags', ...through, foreignKey: 'post_id', otherKey: 'tag_id' });
  Tag.belongsToMany(Post, { as: 'posts', ...through, foreignKey: 'tag_id', otherKey: 'post_id' });
}
