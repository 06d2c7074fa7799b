import { sql as drizzleSql, eq, inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import knexFactory from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { describe } from 'vitest';
import type { StaticGenerator } from '../../../../src/static-generator.js';
import type { TrackOptions } from '../../../../src/track/options.js';
import type { PgPoolOptions } from '../../../../src/track/postgres/index.js';
import { trackPgPool } from '../../../../src/track/postgres/pool/pool.js';
import {
  type BlogModels,
  type BlogSize,
  type BlogWrites,
  blogRows,
  blogSequences,
  blogTables,
  describeModels,
} from '../../../contract/models.js';
import {
  installedPostgres,
  type PostgresAddress,
  queryOnce,
  usePostgres,
} from '../../../helpers/databases/postgres.js';
import { isLong } from '../../../helpers/effort.js';
import { knexBlog } from '../../blog/knex.js';
import { type BlogDatabase, kyselyBlog, onConflict } from '../../blog/kysely.js';
import { IDS, names, plainReads, plainTransaction, plainWrites } from '../blog.js';

const CASCADES = { posts: ['comments', 'post_tags'], tags: ['post_tags'] };

describe.skipIf(installedPostgres === undefined)('on PostgreSQL', () => {
  const server = usePostgres();

  async function createBlog(size: BlogSize): Promise<PostgresAddress> {
    const address = await server.createDatabase();
    await queryOnce(address, [...blogTables('postgres'), ...blogRows(size), ...blogSequences].join(';'));
    return address;
  }

  function describeDriver(
    name: string,
    open: (address: PostgresAddress, track: (pool: pg.Pool) => () => void) => OpenedBlog,
    { precision = 'row', isBrief = false }: { precision?: 'row' | 'table'; isBrief?: boolean } = {},
  ): void {
    describeModels(name, {
      names,
      ...{ precision, isBrief, isAgain: isBrief },
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

function openKysely(address: PostgresAddress, track: (pool: pg.Pool) => () => void): OpenedBlog {
  const pool = new pg.Pool({ ...address, max: 2 });
  const detach = track(pool);
  const db = new Kysely<BlogDatabase>({ dialect: new PostgresDialect({ pool }) });
  return { ...kyselyBlog(db, onConflict), detach };
}

function openKnex(address: PostgresAddress, pages: StaticGenerator, options: TrackOptions = {}): BlogModels {
  const db = knexFactory({ client: 'pg', connection: { ...address }, pool: { min: 0, max: 2 } });
  const detach = trackPgPool(db.client.pool, pages, { ids: IDS, cascades: CASCADES, ...options });
  return { ...knexBlog(db), detach };
}
