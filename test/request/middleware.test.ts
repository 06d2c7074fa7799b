import type { Express } from 'express';
import { expect, test } from 'vitest';
import type { StaticGenerator } from '../../src/index.js';
import { startSite } from '../helpers/site/site.js';

const answer = (app: Express) => app.use('/page', (_request, response) => void response.send('page'));

test.each<[string, (app: Express, pages: StaticGenerator) => void]>([
  ['mounted twice', (app, pages) => answer(app.use(pages.middleware))],
  [
    'met again, by a request that the app dispatches anew',
    (app) => {
      let isFirst = true;
      app.get('/page', (request, response, next) => {
        if (!isFirst) return next();
        isFirst = false;
        app(request, response);
      });
      answer(app);
    },
  ],
])('where the middleware is %s, a request does not wait for itself', async (_name, routes) => {
  const site = await startSite(routes);
  const miss = await site.visit('/page');
  expect(miss).toMatchObject({ body: 'page', outcome: 'stored', cache: 'staticgenerator; fwd=uri-miss' });
  expect(await site.request('/page')).toMatchObject({ body: 'page', cache: 'staticgenerator; hit' });
  expect((await site.request('/page', { method: 'POST' })).cache).toBe('staticgenerator; fwd=method');
  expect((await site.request('/page')).cache).toBe('staticgenerator; fwd=uri-miss');
});
