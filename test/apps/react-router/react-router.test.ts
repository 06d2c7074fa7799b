import { expect, test } from 'vitest';
import { hitOf, sameAnswer, startApp } from '../app.js';
import options from './staticgenerator.config.mjs';

const folder = new URL('.', import.meta.url);
const CRAWLER = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' };

test('documents and their data are hits, and equal to what the app says', async () => {
  const app = await startApp({ folder, options });
  for (const target of ['/', '/posts/first', '/_root.data', '/posts/first.data']) {
    const made = await app.request(target);
    expect(made.status, target).toBe(200);
    const hit = await hitOf(app, target);
    expect(sameAnswer(hit), target).toEqual(sameAnswer(made));
  }
});

test('an edit is seen at once in the document and in its data', async () => {
  const app = await startApp({ folder, options });
  for (let edit = 1; edit <= 3; edit += 1) {
    for (const target of ['/posts/first', '/posts/first.data']) {
      await app.request(target);
      await hitOf(app, target);
    }
    expect((await app.request('/edit/first', { method: 'POST' })).status).toBe(204);
    const document = await app.request('/posts/first');
    expect(document.body.replaceAll('<!-- -->', '')).toContain(`Edited ${edit} times`);
    expect((await app.request('/posts/first.data')).body).toMatch(new RegExp(`"edits",${edit}\\b`));
  }
});

test('the first visit of a crawler, for whom the app renders otherwise, is no different page', async () => {
  const app = await startApp({ folder, options });
  const forCrawler = await app.request('/posts/first', { headers: CRAWLER });
  const hit = await hitOf(app, '/posts/first');
  expect(hit.body).toBe(forCrawler.body);
  expect((await app.request('/posts/none')).status).toBe(404);
});
