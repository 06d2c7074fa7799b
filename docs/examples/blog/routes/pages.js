import express from 'express';
import { tagUrl } from '../models/posts.js';
import { commentsTag, latestTag, listTag } from '../tracking.js';

/** @import { Request, Response, NextFunction } from 'express' */
/** @import { Services } from '../site.js' */

const LATEST_POSTS = 20;

/**
 * The routes that everybody may read, whose responses are stored. A handler that has nothing to show calls next(), and
 * the 404 page answers.
 *
 * The rows that these handlers read are recorded with the page. When one of them changes, the page is deleted.
 * Selections are an exception: "the comments of this post" would be out of date when any comment is written, and "the
 * newest ten" when any post is edited. So these are read untracked, with a tag of our own, and tracking.js deletes that
 * tag.
 *
 * @param {Services} services
 */
export function pageRoutes({ posts, comments, pages }) {
  const routes = express.Router();

  routes.get(['/', '/page/:number'], showList);
  routes.get(['/tags/:tag/', '/tags/:tag/page/:number'], showList);

  /**
   * @param {Request} request
   * @param {Response} response
   * @param {NextFunction} next
   */
  async function showList(request, response, next) {
    const tag = textOf(request.params.tag);
    const number = textOf(request.params.number) ?? '1';
    const base = tag === undefined ? '/' : tagUrl(tag);
    if (number === '1' && request.params.number !== undefined) return response.redirect(301, base);
    const list = await readExactly(listTag(tag), () => readList(number, tag));
    if (list === undefined || (tag !== undefined && list.total === 0)) return next();
    const { tags, ids, ...place } = list;
    response.render('list', { ...place, tag, base, tags, posts: await posts.withIds(ids) });
  }

  routes.get('/posts/:slug', async (request, response, next) => {
    const post = await posts.find(request.params.slug);
    if (!post) return next();
    const said = await readExactly(commentsTag({ postId: Number(post.id) }), () => comments.on(post));
    response.render('post', { post, comments: said });
  });

  routes.get('/contact', (request, response) => {
    response.render('contact', { isSent: request.query.sent !== undefined });
  });

  routes.get('/feed.xml', async (_request, response) => {
    response.type('xml').render('feed', { posts: await latestPosts() });
  });

  routes.get('/api/posts.json', async (_request, response) => {
    response.json(await latestPosts());
  });

  routes.get('/sitemap.xml', async (_request, response) => {
    response.type('xml').render('sitemap', { posts: await posts.addresses() }); // a selection: every change matters
  });

  async function latestPosts() {
    const ids = await readExactly(latestTag(), () => posts.latest(LATEST_POSTS));
    return await posts.withIds(ids);
  }

  /**
   * Returns which posts the page lists and, for the home page, which tags there are.
   *
   * @param {string} number
   * @param {string | undefined} tag
   */
  async function readList(number, tag) {
    const list = /^[1-9]\d*$/.test(number) ? await posts.page(Number(number), tag) : undefined;
    const isHome = number === '1' && tag === undefined;
    return list && { ...list, tags: isHome ? await posts.tags() : [] };
  }

  /**
   * @template Result
   * @param {{ tag: string }} target the tag that deletes the page
   * @param {() => Promise<Result>} read
   */
  async function readExactly({ tag }, read) {
    pages.tag(tag);
    return await pages.untracked(read);
  }

  return routes;
}

/**
 * @param {string | string[] | undefined} parameter
 * @returns {string | undefined}
 */
function textOf(parameter) {
  return typeof parameter === 'string' ? parameter : undefined;
}
