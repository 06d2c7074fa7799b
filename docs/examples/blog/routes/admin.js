import express from 'express';
import { postUrl } from '../models/posts.js';
import { requireToken, requireUser } from '../security.js';
import { slugify } from '../text/slug.js';
import { field, parseForm } from './form.js';

/** @import { Request } from 'express' */
/** @import { Services } from '../site.js' */

const MESSAGES = 20;

/**
 * Mounted at /admin, for those who have signed in. Every form has to have the token of its session.
 *
 * @param {Services} services
 */
export function adminRoutes({ Post, Comment, mailbox }) {
  const routes = express.Router();
  routes.use(requireUser);
  routes.post('/{*any}', parseForm, requireToken);

  routes.get('/', (request, response, next) => {
    const list = Post.page(Number(request.query.page ?? 1));
    if (!list) return next();
    response.render('admin', { ...list, messages: mailbox.latest(MESSAGES) });
  });

  routes.get('/posts/new', (_request, response) => {
    response.render('edit', { post: newPost() });
  });

  routes.post('/posts/new', async (request, response) => {
    const post = Object.assign(newPost(), readForm(request));
    if (!post.title || !post.body) return response.status(422).render('edit', { post, problem: PROBLEM });
    await post.save();
    request.session.flash = `“${post.title}” is published.`;
    response.redirect(303, post.getAbsoluteUrl());
  });

  routes.get('/posts/:slug', (request, response, next) => {
    const post = Post.find(request.params.slug);
    if (!post) return next();
    response.render('edit', { post });
  });

  routes.post('/posts/:slug', async (request, response, next) => {
    const post = Post.find(request.params.slug);
    if (!post) return next();
    Object.assign(post, readForm(request));
    if (!post.title || !post.body) return response.status(422).render('edit', { post, problem: PROBLEM });
    await post.save();
    request.session.flash = `“${post.title}” is saved.`;
    response.redirect(303, post.getAbsoluteUrl());
  });

  routes.post('/posts/:slug/delete', async (request, response, next) => {
    const post = Post.find(request.params.slug);
    if (!post) return next();
    await post.delete();
    request.session.flash = `“${post.title}” is deleted.`;
    response.redirect(303, '/admin');
  });

  routes.post('/comments/:id/delete', async (request, response, next) => {
    const comment = Comment.find(Number(request.params.id));
    if (!comment) return next();
    await comment.delete();
    request.session.flash = `The comment by ${comment.author} is deleted.`;
    response.redirect(303, postUrl(comment.slug));
  });

  function newPost() {
    const now = new Date().toISOString();
    return new Post({ slug: '', title: '', body: '', tags: [], publishedAt: now, updatedAt: now });
  }

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
