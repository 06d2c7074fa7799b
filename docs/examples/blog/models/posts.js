import { summarize, toHtml } from '../text/markdown.js';
import { slugify } from '../text/slug.js';
import { Hook } from './hook.js';

/** @import { Database } from 'better-sqlite3' */
/** @typedef {ReturnType<typeof definePost>} PostModel */
/** @typedef {InstanceType<PostModel>} Post */

/**
 * A post as the tables hold it; times are ISO 8601 in UTC.
 *
 * @typedef {object} PostValues
 * @property {string} slug empty until it is saved for the first time
 * @property {string} title
 * @property {string} body Markdown
 * @property {string} publishedAt
 * @property {string} updatedAt
 * @property {string[]} tags
 */

const POSTS_PER_PAGE = 10;

const COLUMNS = `posts.slug, posts.title, posts.body, posts.published_at AS publishedAt, posts.updated_at AS updatedAt,
  (SELECT json_group_array(tag) FROM post_tags WHERE post_id = posts.id) AS tags`;
const NEWEST_FIRST = 'ORDER BY posts.published_at DESC, posts.id DESC';
const WITH_TAG = 'WHERE @tag IS NULL OR posts.id IN (SELECT post_id FROM post_tags WHERE tag = @tag)';

/**
 * The address of a post's page.
 *
 * @param {string} slug
 */
export function postUrl(slug) {
  return `/posts/${encodeURIComponent(slug)}`;
}

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
  const selectSome = database.prepare(
    `SELECT ${COLUMNS} FROM posts ${WITH_TAG} ${NEWEST_FIRST} LIMIT @limit OFFSET @from`,
  );
  const count = database.prepare(`SELECT count(*) FROM posts ${WITH_TAG}`).pluck();
  const selectFound = database.prepare(
    `SELECT ${COLUMNS} FROM post_words JOIN posts ON posts.id = post_words.rowid
     WHERE post_words MATCH ? ORDER BY bm25(post_words, 5, 1) LIMIT ?`,
  );
  const selectTags = database.prepare('SELECT tag, count(*) AS count FROM post_tags GROUP BY tag');
  const selectAddresses = database.prepare('SELECT slug, updated_at AS updatedAt FROM posts ORDER BY slug');
  const deleteOne = database.prepare('DELETE FROM posts WHERE slug = ?');

  return class Post {
    /**
     * Called after every save, with the post and with what it was before: undefined for a new one.
     *
     * @type {Hook<[post: Post, before: Post | undefined]>}
     */
    static afterSave = new Hook();

    /** @type {Hook<[post: Post]>} */
    static afterDelete = new Hook();

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
      return selectSome.all({ tag: null, limit, from: 0 }).map(Post.#fromRow);
    }

    /**
     * One page of the posts, or of those with a tag: the first is number 1. Undefined if there is no such page.
     *
     * @param {number} number
     * @param {string} [tag]
     */
    static page(number, tag) {
      const total = Number(count.get({ tag: tag ?? null }));
      const last = Math.max(1, Math.ceil(total / POSTS_PER_PAGE));
      if (!Number.isInteger(number) || number < 1 || number > last) return undefined;
      const [limit, from] = [POSTS_PER_PAGE, (number - 1) * POSTS_PER_PAGE];
      const posts = selectSome.all({ tag: tag ?? null, limit, from }).map(Post.#fromRow);
      return { posts, number, last, total };
    }

    /**
     * Posts that have every word, or one that begins with it, the best first.
     *
     * @param {string} text
     * @param {number} limit
     */
    static search(text, limit) {
      const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
      if (words.length === 0) return [];
      return selectFound.all(words.map((word) => `"${word}"*`).join(' '), limit).map(Post.#fromRow);
    }

    /** Every tag and how many posts have it. */
    static tags() {
      return /** @type {{ tag: string, count: number }[]} */ (selectTags.all());
    }

    /** Every post's slug and last change. */
    static addresses() {
      return /** @type {{ slug: string, updatedAt: string }[]} */ (selectAddresses.all());
    }

    /** @param {unknown} row */
    static #fromRow(row) {
      const { tags, ...values } = /** @type {Omit<PostValues, 'tags'> & { tags: string }} */ (row);
      return new Post({ ...values, tags: JSON.parse(tags) });
    }

    /** @param {string} wanted */
    static #freeSlug(wanted) {
      let slug = wanted;
      for (let number = 2; Post.find(slug); number += 1) slug = `${wanted}-${number}`;
      return slug;
    }

    getAbsoluteUrl() {
      return postUrl(this.slug);
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

    /** Resolves when the post is committed and every hook has run. */
    async save() {
      this.updatedAt = new Date().toISOString();
      // Immediate: nobody else writes between reading what was and writing what is.
      const before = database.transaction(() => this.#write()).immediate();
      await Post.afterSave.run(this, before);
    }

    /** With its comments. Resolves when that is committed and every hook has run. */
    async delete() {
      deleteOne.run(this.slug);
      await Post.afterDelete.run(this);
    }

    #write() {
      this.slug ||= Post.#freeSlug(slugify(this.title) || 'post');
      const before = Post.find(this.slug);
      writePost(database, { ...this });
      return before;
    }
  };
}

/**
 * Inserts the post, or updates the one that has its slug. Called inside a transaction.
 *
 * @param {Database} database
 * @param {PostValues} post
 */
export function writePost(database, { tags, ...row }) {
  const id = database
    .prepare(
      `INSERT INTO posts (slug, title, body, published_at, updated_at)
       VALUES (@slug, @title, @body, @publishedAt, @updatedAt)
       ON CONFLICT (slug) DO UPDATE SET title = excluded.title, body = excluded.body,
         published_at = excluded.published_at, updated_at = excluded.updated_at
       RETURNING id`,
    )
    .pluck()
    .get(row);
  database.prepare('DELETE FROM post_tags WHERE post_id = ?').run(id);
  const addTag = database.prepare('INSERT OR IGNORE INTO post_tags (post_id, tag) VALUES (?, ?)');
  for (const tag of tags) addTag.run(id, tag);
}
