/** The blog of the contract, with Knex. */
import type { Knex } from 'knex';
import type { BlogModels, BlogWrites } from '../../contract/models.js';

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

export function knexBlog(db: Knex): BlogModels {
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
      rawAuthors: async () => await db.raw('select name from authors order by id'),
    },
    writes: knexWrites(db),
    transaction: (work) =>
      db.transaction((own) =>
        work({
          ...knexWrites(own),
          nested: (inner) => own.transaction((nested) => inner(knexWrites(nested))),
        }),
      ),
    close: () => db.destroy(),
  };
}
