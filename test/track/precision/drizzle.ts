import { and, asc, desc, eq, relations } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { FuzzPages } from '../fuzz/pairs.js';
import type { PreciseBlog } from './blog.js';
import { openDatabase } from './sql.js';

const id = () => integer().primaryKey();
const named = () => text().notNull();
const authors = sqliteTable('authors', { id: id(), name: named() });
const posts = sqliteTable('posts', {
  ...{ id: id(), slug: named(), title: named() },
  authorId: integer('author_id').notNull(),
});
const comments = sqliteTable('comments', { id: id(), text: named(), postId: integer('post_id').notNull() });
const tags = sqliteTable('tags', { id: id(), name: named() });
const postTags = sqliteTable('post_tags', {
  postId: integer('post_id').notNull(),
  tagId: integer('tag_id').notNull(),
});

const schema = {
  ...{ authors, posts, comments, tags, postTags },
  ofAuthors: relations(authors, ({ many }) => ({ posts: many(posts) })),
  ofPosts: relations(posts, ({ one, many }) => ({
    author: one(authors, { fields: [posts.authorId], references: [authors.id] }),
    comments: many(comments),
    tags: many(postTags),
  })),
  ofComments: relations(comments, ({ one }) => ({
    post: one(posts, { fields: [comments.postId], references: [posts.id] }),
  })),
  ofTags: relations(tags, ({ many }) => ({ posts: many(postTags) })),
  ofPostTags: relations(postTags, ({ one }) => ({
    post: one(posts, { fields: [postTags.postId], references: [posts.id] }),
    tag: one(tags, { fields: [postTags.tagId], references: [tags.id] }),
  })),
};

/** Opens the blog with relational queries, which return nested rows. */
export async function openDrizzle(pages: FuzzPages): Promise<PreciseBlog> {
  const { database, tracking } = openDatabase(pages);
  const db = drizzle({ client: database, schema });
  const { query } = db;
  const run = async (statement: PromiseLike<unknown>) => {
    await statement;
    await tracking.settled();
  };
  const link = (post: number, tag: number) => and(eq(postTags.postId, post), eq(postTags.tagId, tag));
  return {
    reads: {
      start: async (limit) =>
        query.posts.findMany({ with: { author: true }, orderBy: desc(posts.id), limit }),
      archive: async () => query.posts.findMany({ orderBy: asc(posts.id) }),
      author: async (key) => query.authors.findFirst({ where: eq(authors.id, key), with: { posts: true } }),
      tags: async () => query.tags.findMany({ orderBy: asc(tags.id) }),
      tag: async (key) =>
        query.tags.findFirst({ where: eq(tags.id, key), with: { posts: { with: { post: true } } } }),
      post: async (key) =>
        query.posts.findFirst({
          where: eq(posts.slug, `slug-${key}`),
          with: { author: true, comments: true, tags: { with: { tag: true } } },
        }),
    },
    writes: {
      savePost: (key, title) => run(db.update(posts).set({ title }).where(eq(posts.id, key))),
      addComment: (postId, words) => run(db.insert(comments).values({ text: words, postId })),
      editComment: (key, words) => run(db.update(comments).set({ text: words }).where(eq(comments.id, key))),
      removeComment: (key) => run(db.delete(comments).where(eq(comments.id, key))),
      addTag: (postId, tagId) => run(db.insert(postTags).values({ postId, tagId })),
      removeTag: (post, tag) => run(db.delete(postTags).where(link(post, tag))),
      createPost: async (key, authorId, tagId) => {
        await run(db.insert(posts).values({ id: key, slug: `slug-${key}`, title: 'new', authorId }));
        await run(db.insert(postTags).values({ postId: key, tagId }));
      },
    },
    close: async () => void database.close(),
  };
}
