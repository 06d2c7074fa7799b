/** React Router 7 in Express, as the recipe of the guide describes it, and a form that edits a post. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import express from 'express';
import { staticGenerator } from 'staticgenerator';
import options from './staticgenerator.config.mjs';

const { APP_FOLDER, PORT } = process.env;
const pages = staticGenerator(options);
const { createRequestHandler } = createRequire(join(APP_FOLDER, 'package.json'))('@react-router/express');
const build = () => import(pathToFileURL(join(APP_FOLDER, 'build/server/index.js')).href);
const app = express();
app.use(pages.middleware);
app.post('/edit/:slug', async (request, response) => {
  globalThis.posts.get(request.params.slug).edits += 1;
  await pages.quickDelete(`/posts/${request.params.slug}`, `/posts/${request.params.slug}.data`);
  response.sendStatus(204);
});
app.use(express.static(join(APP_FOLDER, 'build/client'), { index: false }));
app.use(createRequestHandler({ build, mode: 'production' }));
app.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
