import { EntitySchema, In, QueryFailedError } from 'typeorm';
import { summarize, toHtml } from '../text/markdown.js';
import { slugify } from '../text/slug.js';
import { AT_ONCE } from './save-options.js';

/** @import { DataSource } from 'typeorm' */
/** @typedef {ReturnType<typeof openPosts>} Posts */

/**
 * What the seed knows of a post; times are ISO 8601 in UTC, the body is Markdown.
 *
 * @typedef {Pick<Post, 'slug' | 'title' | 'body' | 'publishedAt' | 'updatedAt' | 'tags'>} PostValues
 */

const POSTS_PER_PAGE = 10;

const WITH_TAG = 'WHERE id IN (SELECT post_id FROM post_tags WHERE tag = ?)';
const BEST_FIRST =
  'SELECT rowid AS id FROM post_words WHERE post_words MATCH ? ORDER BY bm25(post_words, 5, 1) LIMIT ?';
const TAGS = 'SELECT tag, count(*) AS count FROM post_tags GROUP BY tag';

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

export class Post {
  /** @type {number | undefined} */
  id; // until it is saved for the first time
  slug = '';
  title = '';
  body = '';
  publishedAt = new Date().toISOString();
  updatedAt = this.publishedAt;
  /** @type {string[]} */
  tags = [];
  version = 0;

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
}

export const PostSchema = new EntitySchema({
  name: 'Post',
  target: Post,
  tableName: 'posts',
  columns: {
    id: { type: 'integer', primary: true, generated: true },
    slug: { type: 'text', unique: true }, // so that a post that is looked up by it is known to be this one
    title: { type: 'text' },
    body: { type: 'text' },
    tags: { type: 'simple-json' },
    publishedAt: { name: 'published_at', type: 'text' },
    updatedAt: { name: 'updated_at', type: 'text' },
    version: { type: 'integer', version: true, update: false }, // TypeORM adds 1 whenever it saves, whatever a record says
  },
});

/**
 * What the routes do with posts. Lists come in two steps, which posts and then those posts; routes/pages.js tells why.
 *
 * @param {DataSource} database
 */
export function openPosts(database) {
  const posts = database.getRepository(Post);

  return {
    /** @param {string} slug */
    find: (slug) => posts.findOneBy({ slug }),

    /** @param {number} id */
    get: (id) => posts.findOneByOrFail({ id }),

    /**
     * The posts with these ids, in this order.
     *
     * @param {readonly number[]} ids
     */
    async withIds(ids) {
      const found = new Map((await posts.findBy({ id: In(ids) })).map((post) => [post.id, post]));
      return ids.flatMap((id) => found.get(id) ?? []);
    },

    /**
     * The ids of the newest posts.
     *
     * @param {number} limit
     */
    latest: (limit) => newest('', [limit, 0]),

    /**
     * The ids on one page of the posts, or of those with a tag: the first is number 1. Undefined if there is no such
     * page.
     *
     * @param {number} number
     * @param {string} [tag]
     */
    async page(number, tag = undefined) {
      const [where, parameters] = tag === undefined ? ['', []] : [WITH_TAG, [tag]];
      const [{ total }] = await database.query(`SELECT count(*) AS total FROM posts ${where}`, parameters);
      const last = Math.max(1, Math.ceil(total / POSTS_PER_PAGE));
      if (!Number.isInteger(number) || number < 1 || number > last) return undefined;
      const from = (number - 1) * POSTS_PER_PAGE;
      const ids = await newest(where, [...parameters, POSTS_PER_PAGE, from]);
      return { ids, number, last, total: Number(total) };
    },

    /**
     * The ids of posts that have every word, or one that begins with it, the best first.
     *
     * @param {string} text
     * @param {number} limit
     */
    async search(text, limit) {
      const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
      return words.length === 0
        ? []
        : await idsOf(BEST_FIRST, [words.map((word) => `"${word}"*`).join(' '), limit]);
    },

    /**
     * Every tag and how many posts have it.
     *
     * @returns {Promise<{ tag: string, count: number }[]>}
     */
    tags: () => database.query(TAGS),

    /** Every post, as far as a sitemap shows it. */
    addresses: () =>
      posts.find({ select: { id: true, slug: true, updatedAt: true }, order: { slug: 'ASC' } }),

    /**
     * Resolves when it is written, and every page that shows it is deleted.
     *
     * @param {Post} post
     */
    async save(post) {
      post.updatedAt = new Date().toISOString();
      if (post.id === undefined) await insert(post);
      else await posts.save(post, AT_ONCE);
    },

    /**
     * With its comments. Resolves when that is done, and every page that showed it is deleted. First it loses its tags:
     * a save tells for certain which it had, and the database deletes no post that somebody has given tags since.
     *
     * @param {Post} post
     */
    async delete(post) {
      if (post.tags.length > 0) await this.save(Object.assign(post, { tags: [] }));
      await posts.remove(post, AT_ONCE);
    },
  };

  /**
   * @param {string} where
   * @param {(string | number)[]} parameters
   */
  function newest(where, parameters) {
    return idsOf(
      `SELECT id FROM posts ${where} ORDER BY published_at DESC, id DESC LIMIT ? OFFSET ?`,
      parameters,
    );
  }

  /**
   * @param {string} sql
   * @param {(string | number)[]} parameters
   * @returns {Promise<number[]>}
   */
  async function idsOf(sql, parameters) {
    const rows = /** @type {{ id: number }[]} */ (await database.query(sql, parameters));
    return rows.map(({ id }) => id);
  }

  /**
   * Under the first slug that is free; somebody else may write a post of this title at the same time.
   *
   * @param {Post} post
   */
  async function insert(post) {
    const wanted = slugify(post.title) || 'post';
    for (let number = 1; post.id === undefined; number += 1) {
      post.slug = number === 1 ? wanted : `${wanted}-${number}`;
      if (await posts.existsBy({ slug: post.slug })) continue;
      await posts.save(post, AT_ONCE).catch(refuseUnlessTaken);
    }
  }
}

/** @param {unknown} error */
function refuseUnlessTaken(error) {
  const isTaken = error instanceof QueryFailedError && error.driverError.code === 'SQLITE_CONSTRAINT_UNIQUE';
  if (!isTaken) throw error;
}
