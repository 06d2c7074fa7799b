import { EntitySchema, In, QueryFailedError } from 'typeorm';
import { summarize, toHtml } from '../text/markdown.js';
import { slugify } from '../text/slug.js';
import { AT_ONCE } from './save-options.js';

/** @import { DataSource } from 'typeorm' */
/** @typedef {ReturnType<typeof openPosts>} Posts */

/**
 * The fields of a post that the seed sets. Times are ISO 8601 in UTC, and the body is Markdown.
 *
 * @typedef {Pick<Post, 'slug' | 'title' | 'body' | 'publishedAt' | 'updatedAt' | 'tags'>} PostValues
 */

const POSTS_PER_PAGE = 10;

const WITH_TAG = 'WHERE id IN (SELECT post_id FROM post_tags WHERE tag = ?)';
const BEST_FIRST =
  'SELECT rowid AS id FROM post_words WHERE post_words MATCH ? ORDER BY bm25(post_words, 5, 1) LIMIT ?';
const TAGS = 'SELECT tag, count(*) AS count FROM post_tags GROUP BY tag';

/**
 * Returns the path of a post's page.
 *
 * @param {string} slug
 */
export function postUrl(slug) {
  return `/posts/${encodeURIComponent(slug)}`;
}

/**
 * Returns the path of a tag's page.
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

  /** Returns the fields of a post that the API sends. */
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
    slug: { type: 'text', unique: true }, // unique, so that a lookup by slug is known to read this one post
    title: { type: 'text' },
    body: { type: 'text' },
    tags: { type: 'simple-json' },
    publishedAt: { name: 'published_at', type: 'text' },
    updatedAt: { name: 'updated_at', type: 'text' },
    version: { type: 'integer', version: true, update: false }, // TypeORM adds 1 at each save, whatever a record says
  },
});

/**
 * Returns what the routes can do with posts. A list is read in two steps: the ids, then the posts. routes/pages.js says
 * why.
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
     * Returns the posts with these ids, in this order.
     *
     * @param {readonly number[]} ids
     */
    async withIds(ids) {
      const found = new Map((await posts.findBy({ id: In(ids) })).map((post) => [post.id, post]));
      return ids.flatMap((id) => found.get(id) ?? []);
    },

    /**
     * Returns the ids of the newest posts.
     *
     * @param {number} limit
     */
    latest: (limit) => newest('', [limit, 0]),

    /**
     * Returns the ids on one page of the list of posts, or of the posts with a tag. The first page has the number 1.
     * Returns undefined if there is no such page.
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
     * Returns the ids of the posts that have each word of the text, or a word that begins with it. The best match comes
     * first.
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
     * Returns each tag and the number of posts that have it.
     *
     * @returns {Promise<{ tag: string, count: number }[]>}
     */
    tags: () => database.query(TAGS),

    /** Returns the fields of each post that the sitemap needs. */
    addresses: () =>
      posts.find({ select: { id: true, slug: true, updatedAt: true }, order: { slug: 'ASC' } }),

    /**
     * Resolves when the post is written, and every page that shows it is deleted.
     *
     * @param {Post} post
     */
    async save(post) {
      post.updatedAt = new Date().toISOString();
      if (post.id === undefined) await insert(post);
      else await posts.save(post, AT_ONCE);
    },

    /**
     * Deletes a post and its comments. Resolves when every page that showed the post is deleted. First it saves the
     * post without tags: a save knows for certain which tags it had. If another request adds tags after that, the
     * database refuses to delete it.
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
   * Inserts a post under the first free slug. Another request may insert a post with the same title at the same time.
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
