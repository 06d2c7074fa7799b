import express from 'express';
import { postUrl } from '../models/posts.js';
import { stripOf } from '../text/strip.js';

/** @import { Services } from '../site.js' */

/**
 * The routes at /visitor: the islands, which shared pages fetch for each visitor. They read only the session, so they
 * cost very little. The strip, which is for people who try this site, also asks what is stored.
 *
 * @param {Services} services
 */
export function visitorRoutes({ facts, deliveries }) {
  const routes = express.Router();

  routes.get('/menu', (_request, response) => {
    response.render('menu');
  });

  routes.get('/flash', (_request, response) => {
    response.render('flash');
  });

  routes.get('/posts/:slug', (request, response) => {
    response.render('edit-link', { url: postUrl(request.params.slug) });
  });

  routes.get('/strip', async (request, response) => {
    const path = String(request.query.page ?? '');
    const status = deliveries.take(request, path);
    const isBehindNginx = request.get('x-forwarded-for') !== undefined;
    response.render('strip', stripOf(await facts.of(path), { status, isBehindNginx, now: Date.now() }));
  });

  routes.get('/token', (_request, response) => {
    response.type('text').send(response.locals.visitor.token());
  });

  return routes;
}
