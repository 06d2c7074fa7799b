import { Hook } from './hook.js';
import { postUrl } from './posts.js';

/** @import { Database } from 'better-sqlite3' */
/** @typedef {ReturnType<typeof defineComment>} CommentModel */

/**
 * @typedef {object} CommentValues
 * @property {number} [id] undefined until it is saved
 * @property {string} slug of the post
 * @property {string} author
 * @property {string} body plain text
 * @property {string} [createdAt] ISO 8601 in UTC
 */

const COLUMNS = 'comments.id, posts.slug, comments.author, comments.body, comments.created_at AS createdAt';
const FROM = 'FROM comments JOIN posts ON posts.id = comments.post_id';

/**
 * The model, bound to one database.
 *
 * @param {Database} database
 */
export function defineComment(database) {
  const selectOne = database.prepare(`SELECT ${COLUMNS} ${FROM} WHERE comments.id = ?`);
  const selectOfPost = database.prepare(
    `SELECT ${COLUMNS} ${FROM} WHERE posts.slug = ? ORDER BY comments.id`,
  );
  const insert = database.prepare(
    `INSERT INTO comments (post_id, author, body, created_at)
     SELECT id, @author, @body, @createdAt FROM posts WHERE slug = @slug`,
  );
  const deleteOne = database.prepare('DELETE FROM comments WHERE id = ?');

  return class Comment {
    /** @type {Hook<[comment: Comment]>} */
    static afterSave = new Hook();

    /** @type {Hook<[comment: Comment]>} */
    static afterDelete = new Hook();

    /** @param {CommentValues} values */
    constructor({ id, slug, author, body, createdAt = new Date().toISOString() }) {
      this.id = id;
      this.slug = slug;
      this.author = author;
      this.body = body;
      this.createdAt = createdAt;
    }

    /** @param {number} id */
    static find(id) {
      const row = selectOne.get(id);
      return row === undefined ? undefined : Comment.#fromRow(row);
    }

    /**
     * The comments on a post, the oldest first.
     *
     * @param {string} slug
     */
    static on(slug) {
      return selectOfPost.all(slug).map(Comment.#fromRow);
    }

    /** @param {unknown} row */
    static #fromRow(row) {
      return new Comment(/** @type {CommentValues} */ (row));
    }

    /** A comment is on the page of its post, and nowhere else. */
    getAbsoluteUrl() {
      return `${postUrl(this.slug)}#comment-${this.id}`;
    }

    /** Resolves when the comment is committed and every hook has run. */
    async save() {
      this.id = Number(insert.run({ ...this }).lastInsertRowid);
      await Comment.afterSave.run(this);
    }

    async delete() {
      deleteOne.run(this.id);
      await Comment.afterDelete.run(this);
    }
  };
}
