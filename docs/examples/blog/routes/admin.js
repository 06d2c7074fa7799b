import express from 'express';
import { Post } from '../models/posts.js';
import { requireUser } from '../security.js';
import { slugify } from '../text/slug.js';
import { field, parseForm } from './form.js';

/** @import { Request } from 'express' */
/** @import { Services } from '../site.js' */

const MESSAGES = 20;

/**
 * The routes at /admin, for users who have signed in. Every form must have the token of its session.
 *
 * @param {Services} services
 */
export function adminRoutes({ posts, comments, mailbox, tokens }) {
  const routes = express.Router();
  routes.use(requireUser);
  routes.post('/{*any}', parseForm, tokens.require);

  routes.get('/', async (request, response, next) => {
    const list = await posts.page(Number(request.query.page ?? 1));
    if (!list) return next();
    const shown = await posts.withIds(list.ids);
    response.render('admin', { ...list, posts: shown, messages: await mailbox.latest(MESSAGES) });
  });

  routes.get('/posts/new', (_request, response) => {
    response.render('edit', { post: new Post() });
  });

  routes.post('/posts/new', async (request, response) => {
    const post = Object.assign(new Post(), readForm(request));
    if (!post.title || !post.body) return response.status(422).render('edit', { post, problem: PROBLEM });
    await posts.save(post);
    request.session.flash = `“${post.title}” is published.`;
    response.redirect(303, post.getAbsoluteUrl());
  });

  routes.get('/posts/:slug', async (request, response, next) => {
    const post = await posts.find(request.params.slug);
    if (!post) return next();
    response.render('edit', { post, comments: await comments.on(post) });
  });

  routes.post('/posts/:slug', async (request, response, next) => {
    const post = await posts.find(request.params.slug);
    if (!post) return next();
    Object.assign(post, readForm(request));
    if (!post.title || !post.body) {
      const given = { post, comments: await comments.on(post), problem: PROBLEM };
      return response.status(422).render('edit', given);
    }
    await posts.save(post);
    request.session.flash = `“${post.title}” is saved.`;
    response.redirect(303, post.getAbsoluteUrl());
  });

  routes.post('/posts/:slug/delete', async (request, response, next) => {
    const post = await posts.find(request.params.slug);
    if (!post) return next();
    await posts.delete(post);
    request.session.flash = `“${post.title}” is deleted.`;
    response.redirect(303, '/admin');
  });

  routes.post('/comments/:id/delete', async (request, response, next) => {
    const comment = await comments.find(Number(request.params.id));
    if (!comment) return next();
    const post = await posts.get(comment.postId);
    await comments.delete(comment);
    request.session.flash = `The comment by ${comment.author} is deleted.`;
    response.redirect(303, `/admin${post.getAbsoluteUrl()}#comments`);
  });

  return routes;
}

const PROBLEM = 'A post needs a title and a text.';

/** @param {Request} request */
function readForm(request) {
  return {
    title: field(request, 'title', 200),
    body: field(request, 'body', 500_000),
    tags: [...new Set(field(request, 'tags', 500).split(',').map(slugify).filter(Boolean))],
  };
}
