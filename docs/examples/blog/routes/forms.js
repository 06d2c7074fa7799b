import express from 'express';
import { field, parseForm } from './form.js';

/** @import { Services } from '../site.js' */

const RESULTS = 30;

/**
 * What visitors write: comments, the search, the contact form. No answer of these is kept.
 *
 * @param {Services} services
 */
export function formRoutes({ posts, comments, mailbox }) {
  const routes = express.Router();

  routes.post('/posts/:slug/comments', parseForm, async (request, response, next) => {
    const post = await posts.find(String(request.params.slug));
    if (!post) return next();
    const author = field(request, 'author', 60);
    const body = field(request, 'body', 4_000);
    if (!author || !body) {
      const draft = { author, body, problem: 'A comment needs a name and a text.' };
      return response.status(422).render('post', { post, comments: await comments.on(post), draft });
    }
    const comment = await comments.add({ postId: Number(post.id), author, body });
    response.redirect(303, `${post.getAbsoluteUrl()}#comment-${comment.id}`);
  });

  routes.get('/search', async (request, response) => {
    const { q } = request.query;
    const text = typeof q === 'string' ? q.trim().slice(0, 200) : '';
    response.render('search', { text, posts: await posts.withIds(await posts.search(text, RESULTS)) });
  });

  routes.get('/contact', (request, response) => {
    response.render('contact', { isSent: request.query.sent !== undefined });
  });

  routes.post('/contact', parseForm, async (request, response) => {
    const sender = field(request, 'sender', 200);
    const body = field(request, 'body', 4_000);
    if (!sender || !body) {
      const problem = 'A message needs a sender and a text.';
      return response.status(422).render('contact', { sender, body, problem });
    }
    await mailbox.add({ sender, body });
    response.redirect(303, '/contact?sent');
  });

  return routes;
}
