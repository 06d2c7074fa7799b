import { expect, test } from 'vitest';
import { HIT, hitOf, sameAnswer, startApp } from '../app.js';
import options from './staticgenerator.config.mjs';

const folder = new URL('.', import.meta.url);

test('pages that Next has rendered ahead are hits of nginx, and equal to what the app says', async () => {
  const app = await startApp({ folder, options });
  for (const target of ['/', '/posts/first', '/posts/second']) {
    const made = await app.request(target);
    expect(made.status, target).toBe(200);
    const hit = await hitOf(app, target);
    expect(sameAnswer(hit), target).toEqual(sameAnswer(made));
  }
});

test('what scripts of Next ask for is answered by the app', async () => {
  const app = await startApp({ folder, options });
  await app.request('/posts/first');
  await hitOf(app, '/posts/first');
  for (const header of ['rsc', 'next-router-prefetch', 'next-router-segment-prefetch']) {
    const answer = await app.request('/posts/first', { headers: { [header]: '1' } });
    expect(answer.cache, header).not.toBe(HIT);
  }
  const component = await app.request('/posts/first', { headers: { rsc: '1' } });
  expect(component.headers['content-type']).toMatch(/^text\/x-component/);
  expect((await app.request('/posts/first')).headers['content-type']).toMatch(/^text\/html/);
});

test('a page that reads a header of its visitor is never stored, nor is one that is not there', async () => {
  const app = await startApp({ folder, options });
  for (const agent of ['one', 'two', 'one']) {
    const answer = await app.request('/about', { headers: { 'user-agent': agent } });
    expect(answer.cache).not.toBe(HIT);
    expect(answer.body).toContain(agent);
  }
  expect((await app.request('/posts/third')).status).toBe(404);
  expect((await app.request('/posts/third')).cache).not.toBe(HIT);
});
