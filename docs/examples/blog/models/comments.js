import { EntitySchema } from 'typeorm';
import { AT_ONCE } from './save-options.js';

/** @import { DataSource } from 'typeorm' */
/** @typedef {ReturnType<typeof openComments>} Comments */

export class Comment {
  /** @type {number | undefined} */
  id; // until it is saved
  postId = 0;
  author = '';
  body = ''; // plain text
  createdAt = new Date().toISOString();
}

export const CommentSchema = new EntitySchema({
  name: 'Comment',
  target: Comment,
  tableName: 'comments',
  columns: {
    id: { type: 'integer', primary: true, generated: true },
    postId: { name: 'post_id', type: 'integer' },
    author: { type: 'text' },
    body: { type: 'text' },
    createdAt: { name: 'created_at', type: 'text' },
  },
});

/** @param {DataSource} database */
export function openComments(database) {
  const comments = database.getRepository(Comment);
  return {
    /** @param {number} id */
    find: (id) => comments.findOneBy({ id }),

    /**
     * The comments on a post, the oldest first.
     *
     * @param {Pick<import('./posts.js').Post, 'id'>} post
     */
    on: ({ id }) => comments.find({ where: { postId: Number(id) }, order: { id: 'ASC' } }),

    /** @param {Pick<Comment, 'postId' | 'author' | 'body'>} values */
    add: (values) => comments.save(Object.assign(new Comment(), values), AT_ONCE),

    /** @param {Comment} comment */
    delete: async (comment) => void (await comments.remove(comment, AT_ONCE)),
  };
}
