import express from 'express';
import { field, parseForm } from './form.js';

/** @import { Services } from '../site.js' */

const RESULTS = 30;

/**
 * Shown to visitors whose browser did not run the script that fetches the token, or who have since signed in or out.
 */
const NO_TOKEN =
  'Nothing has been sent yet. Send it again: the form now has its security token. If you see this again, allow cookies for this site.';

/**
 * The routes of the forms for visitors: comments, search, contact. Their responses are not stored.
 *
 * @param {Services} services
 */
export function formRoutes({ posts, comments, mailbox, tokens }) {
  const routes = express.Router();

  routes.post('/posts/:slug/comments', parseForm, async (request, response, next) => {
    const post = await posts.find(String(request.params.slug));
    if (!post) return next();
    const author = field(request, 'author', 60);
    const body = field(request, 'body', 4_000);
    const refusal = refusalOf(request, author && body ? undefined : 'A comment needs a name and a text.');
    if (refusal) {
      const draft = { author, body, problem: refusal.problem };
      return response
        .status(refusal.status)
        .render('post', { post, comments: await comments.on(post), draft });
    }
    const comment = await comments.add({ postId: Number(post.id), author, body });
    response.redirect(303, `${post.getAbsoluteUrl()}#comment-${comment.id}`);
  });

  routes.get('/search', async (request, response) => {
    const { q } = request.query;
    const text = typeof q === 'string' ? q.trim().slice(0, 200) : '';
    response.render('search', { text, posts: await posts.withIds(await posts.search(text, RESULTS)) });
  });

  routes.post('/contact', parseForm, async (request, response) => {
    const sender = field(request, 'sender', 200);
    const body = field(request, 'body', 4_000);
    const refusal = refusalOf(request, sender && body ? undefined : 'A message needs a sender and a text.');
    if (refusal) {
      return response.status(refusal.status).render('contact', { sender, body, problem: refusal.problem });
    }
    await mailbox.add({ sender, body });
    response.redirect(303, '/contact?sent');
  });

  /**
   * Returns why a form is shown again, with the text that was typed, or undefined if it is accepted.
   *
   * @param {import('express').Request} request
   * @param {string | undefined} lack what is missing in the form, other than the token
   */
  function refusalOf(request, lack) {
    if (!tokens.isRight(request)) return { status: 403, problem: NO_TOKEN };
    return lack === undefined ? undefined : { status: 422, problem: lack };
  }

  return routes;
}
