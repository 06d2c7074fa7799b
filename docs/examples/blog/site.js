import { fileURLToPath } from 'node:url';
import express from 'express';
import { staticGenerator } from 'staticgenerator';
import { openDatabase } from './database.js';
import { definePost, tagUrl } from './posts.js';
import { createRoutes } from './routes.js';
import { seed } from './seed.js';
import config from './staticgenerator.config.js';
import { render } from './views.js';

/** @import { Options } from 'staticgenerator' */

/**
 * @typedef {object} SiteSettings
 * @property {string | undefined} [databasePath] the SQLite file; var/blog.sqlite by default
 * @property {string | undefined} [webRoot] where the pages lie; the configuration's by default
 * @property {number} [posts] how many generated posts to add to the seed; 0 by default
 * @property {Partial<Options>} [options] overrides of staticgenerator.config.js
 *
 * @typedef {Awaited<ReturnType<typeof createSite>>} Site
 */

const DEFAULT_DATABASE = fileURLToPath(new URL('var/blog.sqlite', import.meta.url));
const STATIC_FILES = fileURLToPath(new URL('static', import.meta.url));

/**
 * Builds one whole site. Nothing is shared between two of them, unless they are given the same database and the
 * same web root; then they are two processes' worth of one site.
 *
 * @param {SiteSettings} [settings]
 */
export async function createSite({ databasePath, webRoot, posts = 0, options } = {}) {
  const database = openDatabase(databasePath || DEFAULT_DATABASE);
  const Post = definePost(database);
  const pages = staticGenerator({ ...config, ...(webRoot ? { webRoot } : {}), ...options });

  const app = express();
  app.use(pages.middleware); // first, so that a hit costs nothing of what follows
  app.use(express.static(STATIC_FILES, { index: false }));
  app.use(createRoutes(Post));
  app.use(showNotFound);
  app.use(showError);
  pages.attach(app);

  // The save hook. It runs after the commit: a page rendered between a deletion and the commit would be the old one.
  Post.afterSave((post, before) => {
    const tags = new Set([...post.tags, ...(before?.tags ?? [])]);
    return pages.quickDelete(post, '/', '/feed.xml', '/api/posts', ...[...tags].map(tagUrl));
  });

  // The seed goes past the model, and pages of an earlier database may still be there.
  if (seed(database, posts) > 0) await pages.quickDelete('/', '/**');

  async function close() {
    await pages.close();
    database.close();
  }

  return { app, pages, Post, close };
}

/**
 * @param {express.Request} request
 * @param {express.Response} response
 */
function showNotFound(request, response) {
  const message = `Nothing lives at ${request.path}.`;
  response.status(404).send(render('message', { title: 'Not found', message }));
}

/**
 * Express knows an error handler by its four parameters.
 *
 * @param {unknown} error
 * @param {express.Request} _request
 * @param {express.Response} response
 * @param {express.NextFunction} next
 */
function showError(error, _request, response, next) {
  const status = statusOf(error);
  if (status >= 500) console.error(error);
  if (response.headersSent) return next(error);
  const message = status < 500 ? 'The request could not be understood.' : 'Something broke on our side.';
  response.status(status).send(render('message', { title: 'Sorry', message }));
}

/**
 * Express's own errors (a broken escape, a form too large) carry a status; anything else is a bug.
 *
 * @param {unknown} error
 * @returns {number}
 */
function statusOf(error) {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500;
}
