import express from 'express';
import { postUrl } from '../models/posts.js';

/**
 * Mounted at /visitor: the islands, which pages for everybody fetch for each visitor. They ask nothing but the session,
 * so they cost next to nothing.
 */
export function visitorRoutes() {
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

  routes.get('/token', (_request, response) => {
    response.type('text').send(response.locals.visitor.token());
  });

  return routes;
}
