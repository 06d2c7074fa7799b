import { join } from 'node:path';
import { DataSource, type EntityManager, EntitySchema } from 'typeorm';
import { describe, expect, test } from 'vitest';
import type { StaticGenerator } from '../../../src/static-generator.js';
import type { Change } from '../../../src/track/change.js';
import type { TrackOptions } from '../../../src/track/options.js';
import { trackTypeOrm } from '../../../src/track/typeorm/index.js';
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
import { startSite } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

interface Author {
  id: number;
  name: string;
}
interface Tag extends Author {
  posts: Post[];
}
interface Post {
  id: number;
  title: string;
  views: number;
  author: Author;
  tags: Tag[];
}
interface Comment {
  id: number;
  text: string;
  post: Post;
}

const id = { type: 'int', primary: true, generated: true } as const;
const Author = new EntitySchema<Author>({
  name: 'Author',
  tableName: 'authors',
  columns: { id, name: { type: 'text' } },
});
const Post = new EntitySchema<Post>({
  name: 'Post',
  tableName: 'posts',
  // Not `generated`: on PostgreSQL, TypeORM would leave out a given key.
  columns: {
    id: { type: 'int', primary: true },
    title: { type: 'text' },
    views: { type: 'int', default: 0 },
  },
  relations: {
    author: { type: 'many-to-one', target: 'Author', joinColumn: { name: 'authorId' } },
    tags: {
      type: 'many-to-many',
      target: 'Tag',
      inverseSide: 'posts',
      joinTable: { name: 'post_tags', joinColumn: { name: 'postId' }, inverseJoinColumn: { name: 'tagId' } },
    },
  },
});
const Comment = new EntitySchema<Comment>({
  name: 'Comment',
  tableName: 'comments',
  columns: { id, text: { type: 'text' } },
  relations: {
    post: { type: 'many-to-one', target: 'Post', joinColumn: { name: 'postId' }, onDelete: 'CASCADE' },
  },
});
const Tag = new EntitySchema<Tag>({
  name: 'Tag',
  tableName: 'tags',
  columns: { id, name: { type: 'text' } },
  relations: { posts: { type: 'many-to-many', target: 'Post', inverseSide: 'tags' } },
});
const entities = [Author, Post, Comment, Tag];

async function openSqlite(size: BlogSize): Promise<DataSource> {
  const database = join(await temporaryFolder(), 'blog.sqlite');
  fillSqlite(database, [...blogTables('sqlite'), ...blogRows(size)]);
  return await new DataSource({ type: 'better-sqlite3', database, entities }).initialize();
}

async function openPostgres(address: PostgresAddress, size: BlogSize): Promise<DataSource> {
  const { user: username, ...others } = address;
  const options = { type: 'postgres', entities, username, ...others, poolSize: 2 } as const;
  await queryOnce(address, [...blogTables('postgres'), ...blogRows(size), ...blogSequences].join(';'));
  return await new DataSource(options).initialize();
}

async function openMariadb(address: MariadbAddress, size: BlogSize): Promise<DataSource> {
  const { user: username, database, socketPath } = address;
  const options = { type: 'mariadb', entities, username, database, socketPath, poolSize: 2 } as const;
  await runOnce(address, [...blogTables('mysql'), ...blogRows(size, 'mysql')].join(';'));
  return await new DataSource(options).initialize();
}

function writesOf(manager: EntityManager, placeholder: (n: number) => string): BlogWrites {
  const posts = manager.getRepository(Post);
  return {
    savePost: (key, title) => posts.save({ id: key, title }),
    createPost: (key, title) => posts.insert({ id: key, title, author: { id: 1 } }),
    createPosts: (title) =>
      posts
        .createQueryBuilder()
        .insert()
        .values([1, 2].map((author) => ({ title, author: { id: author } })))
        .updateEntity(false)
        .execute(),
    removePost: async (key) => posts.remove(await posts.findOneByOrFail({ id: key })),
    saveAuthor: (key, name) => manager.getRepository(Author).save({ id: key, name }),
    retitlePostsOf: (author, title) => posts.update({ author: { id: author } }, { title }),
    retitlePosts: (keys, title) => posts.update([...keys], { title }),
    upsertPost: (key, title) => posts.upsert({ id: key, title, author: { id: 1 } }, ['id']),
    countView: (key) => posts.increment({ id: key }, 'views', 1),
    addComment: (post, text) => manager.getRepository(Comment).insert({ text, post: { id: post } }),
    removeComments: (post) => manager.getRepository(Comment).delete({ post: { id: post } }),
    link: async (post, tag) => {
      const tags = manager.createQueryBuilder().relation(Post, 'tags').of(post);
      await tags.remove(tag);
      await tags.add(tag);
    },
    unlink: (post, tag) => manager.createQueryBuilder().relation(Post, 'tags').of(post).remove(tag),
    rawRename: (author, name) =>
      manager.query(`update authors set name = ${placeholder(1)} where id = ${placeholder(2)}`, [
        name,
        author,
      ]),
  };
}

function blogOf(dataSource: DataSource, detach: () => void, placeholder: (n: number) => string): BlogModels {
  const { manager } = dataSource;
  const within = (inner: EntityManager): BlogTransaction => ({
    ...writesOf(inner, placeholder),
    nested: (work) => inner.transaction((own) => work(writesOf(own, placeholder))),
  });
  return {
    reads: {
      post: (key) => manager.getRepository(Post).findOne({ where: { id: key }, relations: { author: true } }),
      posts: () => manager.getRepository(Post).find({ select: { title: true }, order: { id: 'ASC' } }),
      countPosts: () => manager.getRepository(Post).count(),
      author: (key) => manager.getRepository(Author).findOneBy({ id: key }),
      comments: (post) =>
        manager.getRepository(Comment).find({ where: { post: { id: post } }, order: { id: 'ASC' } }),
      tag: (key) =>
        manager
          .getRepository(Tag)
          .findOne({ where: { id: key }, relations: { posts: true }, order: { posts: { id: 'ASC' } } }),
      rawAuthors: () => manager.query('select name from authors order by id'),
    },
    writes: writesOf(manager, placeholder),
    transaction: (work) => manager.transaction((inner) => work(within(inner))),
    detach,
    postModel: Post,
    close: () => dataSource.destroy(),
  };
}

const tracked =
  (openDatabase: (size: BlogSize) => Promise<DataSource>, placeholder: (n: number) => string) =>
  async (pages: StaticGenerator, size: BlogSize, options?: TrackOptions) => {
    const dataSource = await openDatabase(size);
    return blogOf(dataSource, trackTypeOrm(dataSource, pages, options), placeholder);
  };

describeModels('TypeORM on SQLite', {
  open: tracked(openSqlite, () => '?'),
  names: { post_tags: 'post_tags' },
  precision: 'row',
  isConcurrent: false,
  isShared: true,
  deletesOnRollback: true,
});

describe.skipIf(installedPostgres === undefined)('with a server', () => {
  const server = usePostgres();
  describeModels('TypeORM on PostgreSQL', {
    ...{ isBrief: true, isAgain: true },
    open: tracked(
      async (size) => await openPostgres(await server.createDatabase(), size),
      (n) => `$${n}`,
    ),
    names: { post_tags: 'post_tags' },
    precision: 'row',
    isConcurrent: true,
  });
});

describe.skipIf(installedMariadb === undefined)('with MariaDB', () => {
  const server = useMariadb();
  describeModels('TypeORM on MariaDB', {
    ...{ isBrief: true, isAgain: true },
    open: tracked(
      async (size) => await openMariadb(await server.createDatabase(), size),
      () => '?',
    ),
    names: { post_tags: 'post_tags' },
    precision: 'row',
    isConcurrent: true,
    deletesOnRollback: true,
  });
});

test('`urls` is told what a saved record was before', async () => {
  const seen: unknown[] = [];
  const urls = {
    Author: ({ name }: Author, { action, before }: Change) => {
      seen.push([action, name, before]);
      return '/';
    },
  };
  const dataSource = await openSqlite({ posts: 1, authors: 1 });
  const { pages } = await startSite(() => undefined);
  trackTypeOrm(dataSource, pages, { urls });
  const authors = dataSource.getRepository(Author);
  const { id } = await authors.save({ name: 'Ada' });
  await authors.save({ id, name: 'Grace' });
  await authors.remove(await authors.findOneByOrFail({ id }));
  expect(seen).toEqual([
    ['create', 'Ada', undefined],
    ['update', 'Grace', { id, name: 'Ada' }],
    ['delete', 'Grace', undefined],
  ]);
  await dataSource.destroy();
});

test('what is no DataSource, one that is not initialized, and no `pages` are refused at once', () => {
  const dataSource = new DataSource({ type: 'better-sqlite3', database: ':memory:', entities });
  expect(() => trackTypeOrm(dataSource, undefined as never)).toThrow(
    /`dataSource` to be .* initialize\(\) .*\n.*`pages` to be what staticGenerator\(\) has returned, got nothing/,
  );
});

test('an option that names a model that there is not is told in the log', async () => {
  const dataSource = await openSqlite({ posts: 1, authors: 1 });
  const { pages, logger } = await startSite(() => undefined);
  trackTypeOrm(dataSource, pages, { entities: ['Post', 'Pots'], urls: { author: () => '/' } });
  expect(logger.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toMatchObject([
    { strangers: ['Pots', 'author'], models: expect.arrayContaining(['Author', 'Post']) },
  ]);
  trackTypeOrm(dataSource, pages, { entities: ['Post'], urls: { Author: () => '/' } });
  expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  await dataSource.destroy();
});
