import { expect, test } from 'vitest';
import { HIT, hitOf, sameAnswer, startApp } from '../app.js';
import options from './staticgenerator.config.mjs';

const folder = new URL('.', import.meta.url);

test('pages and endpoints are hits, and equal to what the app says', async () => {
  const app = await startApp({ folder, options });
  for (const target of ['/', '/posts/first', '/feed.xml']) {
    const made = await app.request(target);
    expect(made.status, target).toBe(200);
    const hit = await hitOf(app, target);
    expect(sameAnswer(hit), target).toEqual(sameAnswer(made));
  }
});

test('an edit is seen at once', async () => {
  const app = await startApp({ folder, options });
  for (let edit = 1; edit <= 3; edit += 1) {
    await app.request('/posts/first');
    await hitOf(app, '/posts/first');
    expect((await app.request('/edit/first', { method: 'POST' })).status).toBe(204);
    expect((await app.request('/posts/first')).body).toContain(`Edited ${edit} times`);
  }
});

test('a page that reads the language of its visitor is never stored', async () => {
  const app = await startApp({ folder, options });
  for (const language of ['de', 'en', 'de']) {
    const answer = await app.request('/hello', { headers: { 'accept-language': language } });
    expect(answer.cache).not.toBe(HIT);
    expect(answer.body).toContain(`<p>${language}</p>`);
  }
});
