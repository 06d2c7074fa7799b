import express from 'express';
import { tagUrl } from './posts.js';
import { slugify } from './slug.js';
import { render } from './views.js';

/** @import { PostModel } from './posts.js' */

const LATEST_POSTS = 20;
const parseForm = express.urlencoded({ extended: false, limit: '1mb' });

/**
 * Plain Express: nothing here knows that its answers are kept. A handler that has nothing to show calls next(),
 * and the 404 page answers.
 *
 * @param {PostModel} Post
 */
export function createRoutes(Post) {
  const routes = express.Router();

  routes.get('/', (_request, response) => {
    response.send(render('home', { posts: Post.latest(LATEST_POSTS), tags: Post.tags(), tagUrl }));
  });

  routes.get('/posts/:slug', (request, response, next) => {
    const post = Post.find(request.params.slug);
    if (!post) return next();
    response.send(render('post', { post, tagUrl }));
  });

  routes.get('/tags/:tag/', (request, response, next) => {
    const posts = Post.withTag(request.params.tag);
    if (posts.length === 0) return next();
    response.send(render('tag', { tag: request.params.tag, posts }));
  });

  routes.get('/feed.xml', (_request, response) => {
    response.type('xml').send(render('feed', { posts: Post.latest(LATEST_POSTS) }));
  });

  routes.get('/api/posts', (_request, response) => {
    response.json(Post.latest(LATEST_POSTS));
  });

  routes.get('/posts/:slug/edit', (request, response, next) => {
    const post = Post.find(request.params.slug);
    if (!post) return next();
    response.send(render('edit', { post }));
  });

  routes.post('/posts/:slug/edit', parseForm, async (request, response, next) => {
    const post = Post.find(request.params.slug);
    if (!post) return next();
    Object.assign(post, readForm(request.body));
    if (!post.title || !post.body) {
      response.status(422).send(render('edit', { post, problem: 'A post needs a title and a text.' }));
      return;
    }
    await post.save();
    response.redirect(303, post.getAbsoluteUrl());
  });

  return routes;
}

/** @param {Record<string, unknown>} [form] */
function readForm({ title = '', body = '', tags = '' } = {}) {
  return {
    title: clean(title),
    body: clean(body),
    tags: clean(tags).split(',').map(slugify).filter(Boolean),
  };
}

/**
 * Browsers send lines that end in CRLF; control characters would make the feed malformed.
 *
 * @param {unknown} field
 */
function clean(field) {
  return String(field)
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim();
}
