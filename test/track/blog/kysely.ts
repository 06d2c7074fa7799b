/** The blog of the contract, with Kysely. */
import { type ControlledTransaction, type Kysely, sql as kyselySql } from 'kysely';
import type { BlogModels, BlogTransaction, BlogWrites } from '../../contract/models.js';

export interface BlogDatabase {
  authors: { id: number; name: string };
  posts: { id?: number; title: string; views?: number; authorId: number };
  comments: { id?: number; text: string; postId: number };
  tags: { id: number; name: string };
  post_tags: { postId: number; tagId: number };
}

/** How a database inserts a row that may already exist. */
export interface Insertions {
  upsertPost(db: Kysely<BlogDatabase>, id: number, title: string): Promise<unknown>;
  link(db: Kysely<BlogDatabase>, postId: number, tagId: number): Promise<unknown>;
}

/** The insertions of PostgreSQL and SQLite. */
export const onConflict: Insertions = {
  upsertPost: (db, id, title) =>
    db
      .insertInto('posts')
      .values({ id, title, authorId: 1 })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ title }))
      .execute(),
  link: (db, postId, tagId) =>
    db
      .insertInto('post_tags')
      .values({ postId, tagId })
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
};

/** The insertions of MySQL. */
export const onDuplicateKey: Insertions = {
  upsertPost: (db, id, title) =>
    db.insertInto('posts').values({ id, title, authorId: 1 }).onDuplicateKeyUpdate({ title }).execute(),
  link: (db, postId, tagId) => db.insertInto('post_tags').ignore().values({ postId, tagId }).execute(),
};

function kyselyWrites(db: Kysely<BlogDatabase>, insertions: Insertions): BlogWrites {
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
    upsertPost: (id, title) => insertions.upsertPost(db, id, title),
    countView: (id) =>
      db
        .updateTable('posts')
        .set((own) => ({ views: own('views', '+', 1) }))
        .where('id', '=', id)
        .execute(),
    addComment: (postId, body) => db.insertInto('comments').values({ text: body, postId }).execute(),
    removeComments: (post) => db.deleteFrom('comments').where('postId', '=', post).execute(),
    link: (postId, tagId) => insertions.link(db, postId, tagId),
    unlink: (post, tag) =>
      db.deleteFrom('post_tags').where('postId', '=', post).where('tagId', '=', tag).execute(),
    rawRename: (author, name) =>
      kyselySql`update authors set name = ${name} where id = ${author}`.execute(db),
  };
}

export function kyselyBlog(db: Kysely<BlogDatabase>, insertions: Insertions): BlogModels {
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
    writes: kyselyWrites(db, insertions),
    transaction: async (work) => {
      const transaction = await db.startTransaction().execute();
      try {
        const nested = (inner: (writes: BlogWrites) => Promise<void>) =>
          kyselySavepoint(transaction, inner, insertions);
        await work({ ...kyselyWrites(transaction, insertions), nested } satisfies BlogTransaction);
        await transaction.commit().execute();
      } catch (error) {
        await transaction.rollback().execute();
        throw error;
      }
    },
    close: () => db.destroy(),
  };
}

async function kyselySavepoint(
  transaction: ControlledTransaction<BlogDatabase>,
  work: (writes: BlogWrites) => Promise<void>,
  insertions: Insertions,
): Promise<void> {
  const within = await transaction.savepoint('own').execute();
  try {
    await work(kyselyWrites(within, insertions));
    await within.releaseSavepoint('own').execute();
  } catch (error) {
    await within.rollbackToSavepoint('own').execute();
    throw error;
  }
}
