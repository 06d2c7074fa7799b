import express, { type Express } from 'express';
import { describe, expect, test } from 'vitest';
import { startSite } from '../helpers/site/site.js';

const HIT = 'staticgenerator; hit';
const routes = (app: Express) =>
  app.get('/news/:slug', (request, response) => void response.send(`news ${request.params.slug}`));

describe('where Express ignores case', () => {
  test.each(['/news/HELLO', '/News/hello', '/NEWS/hello'])(
    '%s makes no page beside /news/hello',
    async (path) => {
      const site = await startSite(routes, { urls: [/^\/news\/\w+$/i] });
      for (const _time of [1, 2])
        expect(await site.visit(path)).toMatchObject({ status: 200, outcome: 'case' });
      expect((await site.visit('/news/hello')).outcome).toBe('stored');
      expect((await site.pages.quickPublish(path)).refused).toMatchObject([{ reason: 'case' }]);
    },
  );

  test.each<[string, RegExp, string]>([
    ['/News/hello', /^\/news\/h/, '/news/hello'],
    ['/news/HELLO', /^\/news\/h/, '/news/hello'],
    ['/news/hello', /^\/NEWS\//, '/NEWS/hello'],
    ['/news/hello', /^\/news\/[A-Z]+$/, '/news/HELLO'],
  ])('%s makes no page where %s excludes %s', async (path, excluded, listed) => {
    const site = await startSite(routes, { urls: [/^\/news\//i], excludeUrls: [excluded] });
    expect((await site.request(listed)).cache).toBe('staticgenerator; fwd=bypass; detail=excluded');
    for (const _time of [1, 2])
      expect(await site.visit(path)).toMatchObject({ status: 200, outcome: 'case' });
    expect((await site.visit('/news/2')).outcome).toBe(/NEWS/.test(excluded.source) ? 'case' : 'stored');
  });

  test('a path is a page if its pattern names the capital letters', async () => {
    const site = await startSite(routes, { urls: [/^\/news\/(?:Hello|[A-Z]\d+)$/] });
    for (const path of ['/news/Hello', '/news/A7']) expect((await site.visit(path)).outcome).toBe('stored');
    expect((await site.request('/news/Hello')).cache).toBe(HIT);
  });

  test('letters that Express does not fold make no difference', async () => {
    const site = await startSite(routes);
    for (const path of ['/news/%C3%89', '/news/%C3%A9'])
      expect((await site.visit(path)).outcome).toBe('stored');
  });
});

test('where Express does not, every spelling is a page of its own', async () => {
  const site = await startSite(routes, { before: (app) => app.enable('case sensitive routing') });
  for (const path of ['/news/Foo_(bar)', '/news/foo_(bar)'])
    expect((await site.visit(path)).outcome).toBe('stored');
  expect((await site.request('/news/Foo_(bar)')).body).toBe('news Foo_(bar)');
});

test('an inner app is asked, and is as its outer one if it says nothing', async () => {
  const strict = express().enable('case sensitive routing');
  const site = await startSite((app) => {
    app.use('/strict', routes(strict));
    app.use('/inherits', routes(express()));
  });
  expect((await site.visit('/strict/news/Hello')).outcome).toBe('stored');
  expect((await site.visit('/inherits/news/Hello')).outcome).toBe('case');
});
