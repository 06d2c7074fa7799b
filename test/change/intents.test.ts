import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeSite } from '../../src/site.js';
import { startSite } from '../helpers/site/site.js';

test('who takes over while a start does so by itself waits until the pages are gone', async () => {
  const { visit, pages, webRoot } = await startSite((app) => {
    app.get('/post', (_request, response) => void response.send('old'));
  });
  expect((await visit('/post')).outcome).toBe('stored');
  await pages.close();
  const options = { webRoot, urls: [/^\//], logger: false } as const;
  const died = composeSite(options, { makesPages: false });
  await died.intents.intend([{ kind: 'path', value: '/post' }]);
  await died.close();
  const next = composeSite(options, { makesPages: true });
  try {
    await next.intents.takeOver();
    expect(existsSync(join(webRoot, 'post.page.html'))).toBe(false);
  } finally {
    await next.close();
  }
});
