import express from 'express';
import { tagOf } from '../invalidation.js';
import { tagUrl } from '../models/posts.js';

/** @import { Request, Response, NextFunction } from 'express' */
/** @import { Services } from '../site.js' */

const LATEST_POSTS = 20;

/**
 * What everybody may read, and what is kept. A handler that has nothing to show calls next(), and the 404 page
 * answers.
 *
 * @param {Services} services
 */
export function pageRoutes({ Post, Comment, pages }) {
  const routes = express.Router();

  routes.get(['/', '/page/:number'], showList);
  routes.get(['/tags/:tag/', '/tags/:tag/page/:number'], showList);

  /**
   * @param {Request} request
   * @param {Response} response
   * @param {NextFunction} next
   */
  function showList(request, response, next) {
    const tag = textOf(request.params.tag);
    const number = textOf(request.params.number) ?? '1';
    const base = tag === undefined ? '/' : tagUrl(tag);
    if (number === '1' && request.params.number !== undefined) return response.redirect(301, base);
    const list = /^[1-9]\d*$/.test(number) ? Post.page(Number(number), tag) : undefined;
    if (list === undefined || (tag !== undefined && list.total === 0)) return next();
    pages.tag(...list.posts.map(tagOf)); // so that the hooks find this page by any of its posts
    response.render('list', { ...list, tag, base, tags: Post.tags() });
  }

  routes.get('/posts/:slug', (request, response, next) => {
    const post = Post.find(request.params.slug);
    if (!post) return next();
    response.render('post', { post, comments: Comment.on(post.slug) });
  });

  routes.get('/feed.xml', (_request, response) => {
    response.type('xml').render('feed', { posts: latestPosts() });
  });

  routes.get('/api/posts', (_request, response) => {
    response.json(latestPosts());
  });

  routes.get('/sitemap.xml', (_request, response) => {
    response.type('xml').render('sitemap', { posts: Post.addresses() });
  });

  function latestPosts() {
    const posts = Post.latest(LATEST_POSTS);
    pages.tag(...posts.map(tagOf));
    return posts;
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
