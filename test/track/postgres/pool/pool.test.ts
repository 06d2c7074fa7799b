import { sql as drizzleSql, eq, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import knexFactory, { type Knex } from 'knex';
import { type ControlledTransaction, Kysely, sql as kyselySql, PostgresDialect } from 'kysely';
import pg from 'pg';
import { describe } from 'vitest';
import type { StaticGenerator } from '../../../../src/static-generator.js';
import type { PgPoolOptions } from '../../../../src/track/postgres/pool/options.js';
import { trackPgPool } from '../../../../src/track/postgres/pool/pool.js';
import type { TrackOptions } from '../../../../src/track/track-options.js';
import {
  type BlogModels,
  type BlogSize,
  type BlogTransaction,
  type BlogWrites,
  blogRows,
  blogSequences,
  blogTables,
  describeModels,
} from '../../../contract/models.js';
import { isLong } from '../../../helpers/effort.js';
import { installedPostgres, type PostgresAddress, usePostgres } from '../../../helpers/postgres.js';
import { IDS, names, plainReads, plainTransaction, plainWrites } from '../blog.js';

const CASCADES = { posts: ['comments', 'post_tags'], tags: ['post_tags'] };

describe.skipIf(installedPostgres === undefined)('on PostgreSQL', () => {
  const server = usePostgres();

  async function createBlog(size: BlogSize): Promise<PostgresAddress> {
    const address = await server.createDatabase();
    const client = new pg.Client(address);
    await client.connect();
    for (const statement of [...blogTables('postgres'), ...blogRows(size), ...blogSequences])
      await client.query(statement);
    await client.end();
    return address;
  }

  function describeDriver(
    name: string,
    open: (address: PostgresAddress, track: (pool: pg.Pool) => () => void) => OpenedBlog,
    { precision = 'row', isBrief = false }: { precision?: 'row' | 'table'; isBrief?: boolean } = {},
  ): void {
    describeModels(name, {
      names,
      ...{ precision, isBrief },
      isConcurrent: true,
      async open(pages, size, options) {
        const own: PgPoolOptions = {
          cascades: CASCADES,
          ...(precision === 'row' && { ids: IDS }),
          ...options,
        };
        return open(await createBlog(size), (pool) => trackPgPool(pool, pages, own));
      },
    });
  }

  describeDriver('pg', openPlain);
  describeDriver('Kysely', openKysely, { isBrief: true });
  if (isLong) {
    describeDriver('pg without keys', openPlain, { precision: 'table' });
    describeDriver('Drizzle', openDrizzle);
    describeModels('Knex', {
      names,
      precision: 'row',
      isConcurrent: true,
      open: async (pages, size, options) => openKnex(await createBlog(size), pages, options),
    });
  }
});

type OpenedBlog = BlogModels;

function openPlain(address: PostgresAddress, track: (pool: pg.Pool) => () => void): OpenedBlog {
  const pool = new pg.Pool({ ...address, max: 2 });
  return {
    detach: track(pool),
    reads: plainReads(pool),
    writes: plainWrites(pool),
    transaction: plainTransaction(pool),
    close: () => pool.end(),
  };
}

const authors = pgTable('authors', { id: integer().primaryKey(), name: text().notNull() });
const posts = pgTable('posts', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  title: text().notNull(),
  views: integer().notNull().default(0),
  authorId: integer().notNull(),
});
const comments = pgTable('comments', {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  text: text().notNull(),
  postId: integer().notNull(),
});
const tags = pgTable('tags', { id: integer().primaryKey(), name: text().notNull() });
const postTags = pgTable(
  'post_tags',
  { postId: integer().notNull(), tagId: integer().notNull() },
  (table) => [primaryKey({ columns: [table.postId, table.tagId] })],
);

function openDrizzle(address: PostgresAddress, track: (pool: pg.Pool) => () => void): OpenedBlog {
  const pool = new pg.Pool({ ...address, max: 2 });
  const detach = track(pool);
  const db = drizzle(pool);
  type Executor = Pick<typeof db, 'insert' | 'update' | 'delete' | 'execute'>;
  const writesOf = (own: Executor): BlogWrites => ({
    savePost: async (id, title) => await own.update(posts).set({ title }).where(eq(posts.id, id)),
    createPost: async (id, title) => await own.insert(posts).values({ id, title, authorId: 1 }),
    createPosts: async (title) =>
      await own.insert(posts).values([1, 2].map((authorId) => ({ title, authorId }))),
    removePost: async (id) => await own.delete(posts).where(eq(posts.id, id)).returning(),
    saveAuthor: async (id, name) => await own.update(authors).set({ name }).where(eq(authors.id, id)),
    retitlePostsOf: async (author, title) =>
      await own.update(posts).set({ title }).where(eq(posts.authorId, author)),
    retitlePosts: async (ids, title) =>
      await own
        .update(posts)
        .set({ title })
        .where(inArray(posts.id, [...ids])),
    upsertPost: async (id, title) =>
      await own
        .insert(posts)
        .values({ id, title, authorId: 1 })
        .onConflictDoUpdate({ target: posts.id, set: { title } }),
    countView: async (id) =>
      await own
        .update(posts)
        .set({ views: drizzleSql`${posts.views} + 1` })
        .where(eq(posts.id, id)),
    addComment: async (postId, body) => await own.insert(comments).values({ text: body, postId }),
    removeComments: async (postId) => await own.delete(comments).where(eq(comments.postId, postId)),
    link: async (postId, tagId) => await own.insert(postTags).values({ postId, tagId }).onConflictDoNothing(),
    unlink: async (postId, tagId) =>
      await own
        .delete(postTags)
        .where(drizzleSql`${postTags.postId} = ${postId} and ${postTags.tagId} = ${tagId}`),
    rawRename: async (author, name) =>
      await own.execute(drizzleSql`update authors set name = ${name} where id = ${author}`),
  });
  return {
    reads: {
      async post(id) {
        const [post] = await db.select().from(posts).where(eq(posts.id, id));
        if (post === undefined) return undefined;
        return { ...post, author: await db.select().from(authors).where(eq(authors.id, post.authorId)) };
      },
      posts: async () => await db.select({ title: posts.title }).from(posts).orderBy(posts.id),
      countPosts: () => db.$count(posts).then((count) => count),
      author: async (id) => (await db.select().from(authors).where(eq(authors.id, id)))[0],
      comments: async (post) =>
        await db.select().from(comments).where(eq(comments.postId, post)).orderBy(comments.id),
      tag: async (id) => [
        await db.select().from(tags).where(eq(tags.id, id)),
        await db
          .select({ title: posts.title })
          .from(postTags)
          .innerJoin(posts, eq(posts.id, postTags.postId))
          .where(eq(postTags.tagId, id))
          .orderBy(posts.id),
      ],
      rawAuthors: async () => (await db.execute(drizzleSql`select name from authors order by id`)).rows,
    },
    writes: writesOf(db),
    transaction: (work) =>
      db.transaction((own) =>
        work({ ...writesOf(own), nested: (inner) => own.transaction((nested) => inner(writesOf(nested))) }),
      ),
    detach,
    close: () => pool.end(),
  };
}

interface BlogDatabase {
  authors: { id: number; name: string };
  posts: { id?: number; title: string; views?: number; authorId: number };
  comments: { id?: number; text: string; postId: number };
  tags: { id: number; name: string };
  post_tags: { postId: number; tagId: number };
}

function kyselyWrites(db: Kysely<BlogDatabase>): BlogWrites {
  return {
    savePost: (id, title) => db.updateTable('posts').set({ title }).where('id', '=', id).execute(),
    createPost: (id, title) => db.insertInto('posts').values({ id, title, authorId: 1 }).execute(),
    createPosts: (title) =>
      db
        .insertInto('posts')
        .values([1, 2].map((authorId) => ({ title, authorId })))
        .execute(),
    removePost: (id) => db.deleteFrom('posts').where('posts.id', '=', id).execute(),
    saveAuthor: (id, name) => db.updateTable('authors').set({ name }).where('id', '=', id).execute(),
    retitlePostsOf: (author, title) =>
      db.updateTable('posts').set({ title }).where('authorId', '=', author).execute(),
    retitlePosts: (ids, title) => db.updateTable('posts').set({ title }).where('id', 'in', ids).execute(),
    upsertPost: (id, title) =>
      db
        .insertInto('posts')
        .values({ id, title, authorId: 1 })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ title }))
        .execute(),
    countView: (id) =>
      db
        .updateTable('posts')
        .set((own) => ({ views: own('views', '+', 1) }))
        .where('id', '=', id)
        .execute(),
    addComment: (postId, body) => db.insertInto('comments').values({ text: body, postId }).execute(),
    removeComments: (post) => db.deleteFrom('comments').where('postId', '=', post).execute(),
    link: (postId, tagId) =>
      db
        .insertInto('post_tags')
        .values({ postId, tagId })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    unlink: (post, tag) =>
      db.deleteFrom('post_tags').where('postId', '=', post).where('tagId', '=', tag).execute(),
    rawRename: (author, name) =>
      kyselySql`update authors set name = ${name} where id = ${author}`.execute(db),
  };
}

function openKysely(address: PostgresAddress, track: (pool: pg.Pool) => () => void): OpenedBlog {
  const pool = new pg.Pool({ ...address, max: 2 });
  const detach = track(pool);
  const db = new Kysely<BlogDatabase>({ dialect: new PostgresDialect({ pool }) });
  return {
    reads: {
      async post(id) {
        const post = await db.selectFrom('posts').selectAll().where('id', '=', id).executeTakeFirst();
        if (post === undefined) return undefined;
        const author = db.selectFrom('authors').selectAll().where('id', '=', post.authorId);
        return { ...post, author: await author.execute() };
      },
      posts: () => db.selectFrom('posts').select('title').orderBy('id').execute(),
      countPosts: () =>
        db
          .selectFrom('posts')
          .select(({ fn }) => fn.countAll().as('count'))
          .execute(),
      author: (id) => db.selectFrom('authors').selectAll().where('id', '=', id).executeTakeFirst(),
      comments: (post) =>
        db.selectFrom('comments').selectAll().where('postId', '=', post).orderBy('id').execute(),
      tag: async (id) => [
        await db.selectFrom('tags').selectAll().where('id', '=', id).execute(),
        await db
          .selectFrom('posts')
          .innerJoin('post_tags', 'post_tags.postId', 'posts.id')
          .select('posts.title')
          .where('post_tags.tagId', '=', id)
          .orderBy('posts.id')
          .execute(),
      ],
      rawAuthors: async () =>
        (await kyselySql<{ name: string }>`select name from authors order by id`.execute(db)).rows,
    },
    writes: kyselyWrites(db),
    transaction: async (work) => {
      const transaction = await db.startTransaction().execute();
      try {
        const nested = (inner: (writes: BlogWrites) => Promise<void>) => kyselySavepoint(transaction, inner);
        await work({ ...kyselyWrites(transaction), nested } satisfies BlogTransaction);
        await transaction.commit().execute();
      } catch (error) {
        await transaction.rollback().execute();
        throw error;
      }
    },
    detach,
    close: () => db.destroy(),
  };
}

async function kyselySavepoint(
  transaction: ControlledTransaction<BlogDatabase>,
  work: (writes: BlogWrites) => Promise<void>,
): Promise<void> {
  const within = await transaction.savepoint('own').execute();
  try {
    await work(kyselyWrites(within));
    await within.releaseSavepoint('own').execute();
  } catch (error) {
    await within.rollbackToSavepoint('own').execute();
    throw error;
  }
}

function knexWrites(db: Knex): BlogWrites {
  return {
    savePost: async (id, title) => await db('posts').where({ id }).update({ title }),
    createPost: async (id, title) => await db('posts').insert({ id, title, authorId: 1 }),
    createPosts: async (title) => await db('posts').insert([1, 2].map((authorId) => ({ title, authorId }))),
    removePost: async (id) => await db('posts').where({ id }).del(),
    saveAuthor: async (id, name) => await db('authors').where('authors.id', id).update({ name }),
    retitlePostsOf: async (authorId, title) => await db('posts').where({ authorId }).update({ title }),
    retitlePosts: async (ids, title) => await db('posts').whereIn('id', ids).update({ title }),
    upsertPost: async (id, title) =>
      await db('posts').insert({ id, title, authorId: 1 }).onConflict('id').merge({ title }),
    countView: async (id) => await db('posts').where({ id }).increment('views', 1),
    addComment: async (postId, body) => await db('comments').insert({ text: body, postId }),
    removeComments: async (postId) => await db('comments').where({ postId }).del(),
    link: async (postId, tagId) => await db('post_tags').insert({ postId, tagId }).onConflict().ignore(),
    unlink: async (postId, tagId) => await db('post_tags').where({ postId, tagId }).del(),
    rawRename: async (author, name) =>
      await db.raw('update authors set name = ? where id = ?', [name, author]),
  };
}

function openKnex(address: PostgresAddress, pages: StaticGenerator, options: TrackOptions = {}): BlogModels {
  const db = knexFactory({ client: 'pg', connection: { ...address }, pool: { min: 0, max: 2 } });
  const detach = trackPgPool(db.client.pool, pages, { ids: IDS, cascades: CASCADES, ...options });
  return {
    reads: {
      async post(id) {
        const post = await db('posts').where({ id }).first();
        if (post === undefined) return undefined;
        return { ...post, author: await db('authors').where({ id: post.authorId }).select() };
      },
      posts: async () => await db('posts').select('title').orderBy('id'),
      countPosts: async () => await db('posts').count(),
      author: async (id) => await db('authors').where({ id }).first(),
      comments: async (postId) => await db('comments').where({ postId }).orderBy('id'),
      tag: async (id) => [
        await db('tags').where({ id }),
        await db('posts')
          .join('post_tags', 'post_tags.postId', 'posts.id')
          .where('post_tags.tagId', id)
          .select('posts.title')
          .orderBy('posts.id'),
      ],
      rawAuthors: async () => (await db.raw('select name from authors order by id')).rows,
    },
    writes: knexWrites(db),
    transaction: (work) =>
      db.transaction((own) =>
        work({
          ...knexWrites(own),
          nested: (inner) => own.transaction((nested) => inner(knexWrites(nested))),
        }),
      ),
    detach,
    close: () => db.destroy(),
  };
}
