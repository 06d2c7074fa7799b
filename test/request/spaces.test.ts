import { expect, test } from 'vitest';
import { startSite } from '../helpers/site/site.js';

const PATH = '/tags/machine%20learning';

test('a path with a space is a page under one spelling, and is deleted under all', async () => {
  const site = await startSite(
    (app) => app.get('/tags/:name', (request, response) => void response.send(`tag ${request.params.name}`)),
    { urls: [/^\/tags\/[^/]+$/] },
  );
  for (const target of [
    PATH,
    '/tags/machine learning',
    `http://localhost${PATH}?page=2`,
    '/tags/machine l*',
  ]) {
    expect((await site.visit(PATH)).outcome).toBe('stored');
    expect(await site.request(PATH)).toMatchObject({
      cache: 'staticgenerator; hit',
      body: 'tag machine learning',
    });
    expect((await site.pages.quickDelete(target)).deleted).toEqual([PATH]);
  }
  for (const other of ['/tags/machine+learning', '/tags/machine%2520learning', '/tags/machine%C2%A0learning'])
    expect((await site.request(other)).body).not.toBe('tag machine learning');
  expect((await site.pages.quickPublish('/tags/machine learning')).stored).toMatchObject([{ path: PATH }]);
});
