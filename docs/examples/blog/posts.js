import { writePost } from './database.js';
import { summarize, toHtml } from './markdown.js';

/** @import { Database } from 'better-sqlite3' */
/** @import { PostValues } from './database.js' */
/** @typedef {ReturnType<typeof definePost>} PostModel */
/** @typedef {InstanceType<PostModel>} Post */

const COLUMNS = `posts.slug, posts.title, posts.body, posts.published_at AS publishedAt, posts.updated_at AS updatedAt,
  (SELECT json_group_array(tag) FROM post_tags WHERE post_id = posts.id) AS tags`;
const NEWEST_FIRST = 'ORDER BY posts.published_at DESC, posts.id DESC';

/**
 * The address of a tag's page.
 *
 * @param {string} tag
 */
export function tagUrl(tag) {
  return `/tags/${encodeURIComponent(tag)}/`;
}

/**
 * The model, bound to one database.
 *
 * @param {Database} database
 */
export function definePost(database) {
  const selectOne = database.prepare(`SELECT ${COLUMNS} FROM posts WHERE slug = ?`);
  const selectLatest = database.prepare(`SELECT ${COLUMNS} FROM posts ${NEWEST_FIRST} LIMIT ?`);
  const selectTagged = database.prepare(
    `SELECT ${COLUMNS} FROM posts JOIN post_tags ON post_id = posts.id WHERE tag = ? ${NEWEST_FIRST}`,
  );
  const countTags = database.prepare('SELECT tag, count(*) AS count FROM post_tags GROUP BY tag');

  return class Post {
    /** @type {((post: Post, before: Post | undefined) => unknown)[]} */
    static #listeners = [];

    /** @param {PostValues} values */
    constructor({ slug, title, body, publishedAt, updatedAt, tags }) {
      this.slug = slug;
      this.title = title;
      this.body = body;
      this.publishedAt = publishedAt;
      this.updatedAt = updatedAt;
      this.tags = tags;
    }

    /** @param {string} slug */
    static find(slug) {
      const row = selectOne.get(slug);
      return row === undefined ? undefined : Post.#fromRow(row);
    }

    /** @param {number} limit */
    static latest(limit) {
      return selectLatest.all(limit).map(Post.#fromRow);
    }

    /** @param {string} tag */
    static withTag(tag) {
      return selectTagged.all(tag).map(Post.#fromRow);
    }

    /** Every tag and how many posts have it. */
    static tags() {
      return /** @type {{ tag: string, count: number }[]} */ (countTags.all());
    }

    /**
     * Calls the listener after every save, with the post and with what it was before (undefined for a new one).
     *
     * @param {(post: Post, before: Post | undefined) => unknown} listener
     */
    static afterSave(listener) {
      Post.#listeners.push(listener);
    }

    /** @param {unknown} row */
    static #fromRow(row) {
      const { tags, ...values } = /** @type {Omit<PostValues, 'tags'> & { tags: string }} */ (row);
      return new Post({ ...values, tags: JSON.parse(tags) });
    }

    getAbsoluteUrl() {
      return `/posts/${encodeURIComponent(this.slug)}`;
    }

    get html() {
      return toHtml(this.body);
    }

    get summary() {
      return summarize(this.body);
    }

    /** What the API tells of a post. */
    toJSON() {
      const { slug, title, tags, publishedAt, updatedAt } = this;
      return { slug, title, url: this.getAbsoluteUrl(), tags, publishedAt, updatedAt };
    }

    /** Resolves when the post is committed and every listener is done; rejects with the first listener's error. */
    async save() {
      this.updatedAt = new Date().toISOString();
      // Immediate: nobody else writes between reading what was and writing what is.
      const before = database.transaction(() => this.#write()).immediate();
      for (const listener of Post.#listeners) await listener(this, before);
    }

    #write() {
      const before = Post.find(this.slug);
      writePost(database, { ...this });
      return before;
    }
  };
}
