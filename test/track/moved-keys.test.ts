/** Foreign keys to a unique column that is not the primary key, with ON UPDATE CASCADE, as ORMs declare them. */
import { DataTypes, Sequelize } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { trackSequelize } from '../../src/track/sequelize/index.js';
import { trackTypeOrm } from '../../src/track/typeorm/index.js';
import { sqlite3 } from '../helpers/databases/sqlite3.js';
import { FuzzPages } from './fuzz/pairs.js';

interface Author {
  id: number;
  handle: string;
  name: string;
}
interface Post {
  id: number;
  author: Author;
}

interface Authors {
  update(values: Partial<Author>): Promise<unknown>;
}

async function typeOrm(pages: FuzzPages): Promise<Authors> {
  const Author = new EntitySchema<Author>({
    name: 'Author',
    columns: {
      id: { type: 'int', primary: true },
      handle: { type: 'text', unique: true },
      name: { type: 'text' },
    },
  });
  const Post = new EntitySchema<Post>({
    name: 'Post',
    columns: { id: { type: 'int', primary: true } },
    relations: {
      author: {
        type: 'many-to-one',
        target: 'Author',
        joinColumn: { name: 'handle', referencedColumnName: 'handle' },
        onUpdate: 'CASCADE',
      },
    },
  });
  const options = { type: 'better-sqlite3', database: ':memory:', synchronize: true } as const;
  const dataSource = await new DataSource({ ...options, entities: [Author, Post] }).initialize();
  onTestFinished(() => dataSource.destroy());
  trackTypeOrm(dataSource, pages as never);
  return { update: (values) => dataSource.getRepository(Author).update({ id: 1 }, values) };
}

async function sequelize(pages: FuzzPages): Promise<Authors> {
  const common = { logging: false, define: { timestamps: false } } as const;
  const orm = new Sequelize({ dialect: 'sqlite', dialectModule: sqlite3, storage: ':memory:', ...common });
  onTestFinished(() => orm.close());
  const Author = orm.define('Author', {
    handle: { type: DataTypes.STRING, unique: true },
    name: DataTypes.STRING,
  });
  const Post = orm.define('Post', {});
  Post.belongsTo(Author, { foreignKey: 'handle', targetKey: 'handle', onUpdate: 'CASCADE' });
  await orm.sync();
  trackSequelize(orm, pages as never);
  return { update: (values) => Author.update(values, { where: { id: 1 } }) };
}

test.each([
  ['TypeORM', typeOrm],
  ['Sequelize', sequelize],
])(
  '%s: the rows that name a row by a column change with that column, and with no other',
  async (_name, open) => {
    const pages = new FuzzPages();
    const authors = await open(pages);
    const deletes = async (values: Partial<Author>) =>
      (await pages.selectorsOf(() => authors.update(values))).map((one) => 'value' in one && one.value);
    expect(await deletes({ name: 'x' })).not.toContain('post:*');
    expect(await deletes({ handle: 'x' })).toContain('post:*');
  },
);
