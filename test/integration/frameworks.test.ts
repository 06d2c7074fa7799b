import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { send } from '../helpers/site/site.js';
import { Blog } from './blog.js';
import { type Framework, frameworks } from './frameworks.js';
import { comparable, HIT, MISS, testPages, visit } from './visitor.js';

async function startBlog({ start, prefix = '' }: Framework) {
  const site = await testPages({ urls: [/./] });
  const blog = new Blog(site.pages);
  const port = await start(site.pages, blog);
  const url = (path: string) => `${prefix}${path}`;
  return { ...site, blog, port, url, file: (name: string) => join(site.webRoot, prefix, name) };
}

describe.each(Object.entries(frameworks))('%s', (_name, framework) => {
  test.each([
    ['/posts/hello', 'posts/hello.page.html'],
    ['/api/posts', 'api/posts.page.json'],
    ['/feed.xml', 'feed.xml'],
  ])('%s is rendered once, and the file is the same answer', async (path, file) => {
    const site = await startBlog(framework);
    const miss = await visit(site.port, site, site.url(path));
    expect(miss).toMatchObject({ status: 200, cache: MISS, outcome: 'stored' });
    expect(await readFile(site.file(file), 'utf8')).toBe(miss.body);

    const hit = await send(site.port, site.url(path));
    expect(hit.cache).toBe(HIT);
    expect(comparable(hit)).toEqual(comparable(miss));
    const compressed = await send(site.port, site.url(path), { headers: { 'accept-encoding': 'gzip' } });
    expect(comparable(compressed)).toEqual(comparable(miss));
    const head = await send(site.port, site.url(path), { method: 'HEAD' });
    expect({ ...comparable(head), body: miss.body }).toEqual(comparable(miss));
    expect(site.blog.renders).toBe(1);
  });

  test('a tag that a handler gives finds the page', async () => {
    const site = await startBlog(framework);
    for (const slug of ['hello', 'other']) await visit(site.port, site, site.url(`/posts/${slug}`));
    const { deleted } = await site.pages.quickDelete({ tag: 'post:hello' });
    expect(deleted).toEqual([site.url('/posts/hello')]);
    const next = await send(site.port, site.url('/posts/hello'));
    expect(next).toMatchObject({ cache: MISS, body: expect.stringContaining('render 3') });
    expect((await send(site.port, site.url('/posts/other'))).cache).toBe(HIT);
  });

  test('the page that a POST has changed is made anew', async () => {
    const site = await startBlog(framework);
    await visit(site.port, site, site.url('/posts/hello'));
    const answer = await send(site.port, site.url('/posts/hello'), { method: 'POST' });
    expect(answer).toMatchObject({ status: 303, cache: 'staticgenerator; fwd=method' });
    const next = await send(site.port, site.url('/posts/hello'));
    expect(next).toMatchObject({ cache: MISS, body: expect.stringContaining('render 2') });
  });

  test('what is no page reaches the handlers and is not stored', async () => {
    const site = await startBlog(framework);
    const query = await send(site.port, site.url('/posts/hello?page=2'));
    expect(query).toMatchObject({ status: 200, cache: 'staticgenerator; fwd=bypass; detail=query' });
    for (const [path, status, outcome] of [
      ['/missing', 404, 'status'],
      ['/broken', 500, 'status'],
      ['/preview', 200, 'skipped'],
    ] as const) {
      expect(await visit(site.port, site, site.url(path))).toMatchObject({ status, outcome });
      expect(await visit(site.port, site, site.url(path))).toMatchObject({ status, outcome });
    }
  });

  test('quickPublish renders through it, and the visitor gets what he would have got', async () => {
    const site = await startBlog(framework);
    const paths = ['/posts/hello', '/missing'].map(site.url);
    const { stored, refused } = await site.pages.quickPublish(...paths);
    expect(stored).toMatchObject([{ path: site.url('/posts/hello') }]);
    expect(refused).toEqual([{ path: site.url('/missing'), reason: 'status', detail: '404' }]);

    const hit = await send(site.port, site.url('/posts/hello'));
    expect(hit).toMatchObject({ cache: HIT, body: expect.stringContaining('render 1') });
    await site.pages.quickDelete(site.url('/posts/hello'));
    const miss = comparable(await send(site.port, site.url('/posts/hello')));
    expect(comparable(hit)).toEqual({ ...miss, body: miss.body.replace('render 2', 'render 1') });
  });

  test('visitors who come at once share one render', async () => {
    const site = await startBlog(framework);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => send(site.port, site.url('/posts/hello'))),
    );
    expect(answers.map(({ cache }) => cache).sort()).toEqual([MISS, ...Array(7).fill(HIT)]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(site.blog.renders).toBe(1);
  });
});
