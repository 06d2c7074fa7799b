/** Astro's Node adapter in Express, as the recipe of the guide describes it, and a form that edits a post. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import express from 'express';
import { staticGenerator } from 'staticgenerator';
import options from './staticgenerator.config.mjs';

const { APP_FOLDER, PORT } = process.env;
const pages = staticGenerator(options);
const { handler } = await import(pathToFileURL(join(APP_FOLDER, 'dist/server/entry.mjs')).href);
const app = express();
app.use(pages.middleware);
app.post('/edit/:slug', async (request, response) => {
  globalThis.posts.get(request.params.slug).edits += 1;
  await pages.quickDelete(`/posts/${request.params.slug}`, '/');
  response.sendStatus(204);
});
app.use(handler);
app.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
