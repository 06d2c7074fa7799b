// A site with plain pages and one other kind of page: node kinds-app.mjs <plain|query|variant|islands> <webRoot>.
import { createServer } from 'node:http';
import express from 'express';
import { staticGenerator } from '../../../dist/index.js';
import { optionsOf } from '../harness/pages/kinds.mjs';
import { pageOf } from '../harness/pages/pages.mjs';

const [kind, webRoot] = process.argv.slice(2);
const body = String(pageOf(10_000));
const pages = staticGenerator({ ...optionsOf[kind], webRoot, logger: false });

const app = express().set('x-powered-by', false).use(pages.middleware);
pages.attach(app);
app.get('/variant/page', (_request, response) => {
  pages.variant('language');
  response.type('html').send(body);
});
app.get('/islands/page', (_request, response) => {
  const island = pages.island('/menu', { fallback: '<a href="/login">Sign in</a>' });
  // As long as the other pages, because this compares what nginx does, not the length that a menu adds.
  response.type('html').send(body.slice(0, body.lastIndexOf('<p') - island.length) + island);
});
app.get('/menu', (_request, response) => response.type('html').send('Hello <b>Ada</b>'));
app.get(['/pages/page', '/query/page'], (_request, response) => response.type('html').send(body));

const server = createServer(app).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
server.keepAliveTimeout = 600_000;
process.on('disconnect', async () => {
  await pages.close();
  process.exit(0);
});
