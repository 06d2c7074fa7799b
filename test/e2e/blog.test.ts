import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Blog, Editor, filledForm, formOf, HIT, MISS, startBlog } from '../helpers/site/blog.js';
import { FILES, FIRST_FROST, PAGES, POST, STALE, siteHeaders, visitAll } from '../helpers/site/blog-pages.js';
import type { Answer, RequestOptions } from '../helpers/site/site.js';

describe.each(['nginx', 'node'] as const)('behind %s', (front) => {
  test('a page is made by its first visitor and a file from then on', async () => {
    const blog = await startBlog({ front });
    for (const [target, file] of FILES) {
      const first = await blog.visit(target);
      expect(first, target).toMatchObject({ status: 200, cache: MISS });
      expect(await readFile(join(blog.webRoot, file), 'utf8'), target).toBe(first.body);

      const second = await blog.request(target);
      expect(second, target).toMatchObject({ status: 200, cache: HIT, body: first.body });
      expect(siteHeaders(second), target).toEqual(siteHeaders(first));
    }
  });

  test('an edit is seen at once in the post and in every list', async () => {
    const blog = await startBlog({ front });
    await visitAll(blog);
    await expectEditIsSeen(blog, await Editor.signIn(blog.request), 'An edited title');
  });

  test('a save, a deletion and a comment make anew exactly the pages that they concern', async () => {
    const blog = await startBlog({ front });
    const ada = await Editor.signIn(blog.request);
    const latest = ['/', '/feed.xml', '/api/posts.json'];
    const numbered = ['/page/2', '/page/3'];
    const cafe = { title: 'Café', body: 'Open.', tags: 'city' };
    const changes: [name: string, change: () => Promise<Answer>, concerned: string[]][] = [
      [
        'a text',
        () => ada.post(`/admin${POST}`, FIRST_FROST),
        [POST, ...latest, '/tags/garden/', '/tags/weather/', '/sitemap.xml'],
      ],
      [
        'a text that stands on the last page',
        () => ada.post('/admin/posts/note-20', { title: 'Note 20', body: 'Old.', tags: 'notes' }),
        ['/posts/note-20', '/page/3', '/tags/notes/page/2', '/sitemap.xml'],
      ],
      [
        'tags',
        () => ada.post(`/admin${POST}`, { ...FIRST_FROST, tags: 'weather, city' }),
        [POST, ...latest, '/tags/garden/', '/tags/weather/', '/tags/city/', '/sitemap.xml'],
      ],
      [
        'a new post',
        () => ada.post('/admin/posts/new', cafe),
        [...latest, ...numbered, '/tags/city/', '/sitemap.xml'],
      ],
      [
        'a deletion',
        () => ada.post('/admin/posts/caf%C3%A9/delete', {}),
        [...latest, ...numbered, '/tags/city/', '/sitemap.xml'],
      ],
      [
        'a comment',
        async () =>
          await blog.request(
            `${POST}/comments`,
            await filledForm(blog.request, { author: 'Lin', body: 'Brr.' }),
          ),
        [POST],
      ],
      ['the deletion of a comment', () => ada.post('/admin/comments/1/delete', {}), [POST]],
      [
        'the deletion of a post that is not among the latest',
        () => ada.post('/admin/posts/note-20/delete', {}),
        ['/posts/note-20', '/', ...numbered, '/tags/notes/', '/tags/notes/page/2', '/sitemap.xml'],
      ],
      [
        'a message: no more than the page of its own URL',
        async () =>
          await blog.request('/contact', await filledForm(blog.request, { sender: 'Lin', body: 'Hello.' })),
        ['/contact'],
      ],
    ];
    for (const [name, change, concerned] of changes) {
      await visitAll(blog);
      const before = await stampFiles(blog);
      expect((await change()).status, name).toBe(303);
      const untouched = [...before].filter(([target]) => !concerned.includes(target));
      expect(await stampFiles(blog), name).toEqual(new Map(untouched));
    }
  });
});

test('nginx answers from files while no app runs', async () => {
  const blog = await startBlog({ processes: 1 });
  const made = await visitAll(blog);
  const ada = await Editor.signIn(blog.request);
  await Promise.all(blog.apps.map((app) => app.kill()));
  const found = await Promise.all(PAGES.map((target) => blog.request(target)));
  expect(found.map(({ cache }) => cache)).toEqual(made.map(() => HIT));
  expect(found.map(({ body }) => body)).toEqual(made.map(({ body }) => body));
  // nginx recognizes pages for nobody by their paths if these are plain ASCII, and leaves others to the app.
  for (const [index, target] of PAGES.entries()) {
    const expected = target.includes('%') ? { status: 502 } : { cache: HIT, body: made[index]?.body };
    expect(await ada.get(target), target).toMatchObject(expected);
  }
  expect((await blog.request('/posts/night-bus')).status).toBe(502);
});

test('what is no page gets through nginx the answer that the app gives without us', async () => {
  const requests: readonly (readonly [name: string, target: string, options?: RequestOptions])[] = [
    ['a POST', '/', { method: 'POST' }],
    ['a POST to a page', POST, formOf({ a: 'b' })],
    ['a query', '/?page=2'],
    ['an empty query', '/?'],
    ['a search with a session cookie', '/search?q=a', { headers: { cookie: 'connect.sid=s%3Aabc' } }],
    ['one with a session cookie of ours that means nothing', '/search?q=a', STALE],
    ['an island', '/visitor/menu'],
    ['an island with a session cookie of ours that means nothing', '/visitor/menu', STALE],
    ['Authorization', '/', { headers: { authorization: 'Basic YTpi' } }],
    ['another host', '/', { headers: { host: 'blog.example' } }],
    ['an empty segment', '//'],
    ['a target that looks like another host', `//blog.example${POST}`],
    ['an escaped slash', POST.replace('/posts/', '/posts%2F')],
    ['an escaped letter', POST.replace('/posts', '/p%6Fsts')],
    ['a broken escape', '/posts/%E0%A4'],
    ['dots', '/posts/../'],
    ['the file of /', '/index.html'],
    ['the file of a post', `${POST}.page.html`],
    ['a coding', '/feed.xml.gz'],
    ['a file that is none', '/x.gz'],
    ['the folder of the ledger', '/.staticgenerator/'],
    ['a page that is none', '/nothing/here'],
    ['the first page by its number', '/page/1'],
    ['a page after the last', '/page/4'],
    ['a stylesheet', '/style.css'],
    ['the search', '/search?q=frost'],
    ['the thanks for a message', '/contact?sent'],
    ['the login', '/login'],
    ['the admin area', '/admin'],
  ];
  const blog = await startBlog();
  const plain = await startBlog({ front: 'node', options: { urls: [] } });
  await visitAll(blog);
  for (const [name, target, options] of requests) {
    const expected = await plain.request(target, options);
    const answer = await blog.request(target, options);
    expect(answer.cache, name).toMatch(/^staticgenerator; fwd=/);
    expect(comparable(answer), name).toEqual(comparable(expected));
  }
});

test('two processes behind one nginx: a delete in one is a delete for both, and so is a login', async () => {
  const blog = await startBlog({ processes: 2 });
  const [a, b] = blog.apps;
  if (a === undefined || b === undefined) throw new Error('Expected two processes');
  await visitAll(blog);
  const ada = await Editor.signIn(a.request);
  await expectEditIsSeen(blog, ada, 'Edited through the one');
  await expectEditIsSeen(blog, ada.through(b.request), 'Edited through the other');
  for (const target of PAGES) {
    const { body } = await blog.visit(target);
    for (const app of blog.apps)
      expect(await app.request(target), target).toMatchObject({ cache: HIT, body });
  }
});

test('the search finds words and their beginnings in any script', async () => {
  const { request } = await startBlog({ front: 'node' });
  const found = async (words: string) => (await request(`/search?q=${encodeURIComponent(words)}`)).body;
  expect(await found('FRO first')).toContain(POST);
  expect(await found('КОФЕ')).toContain('Чай и кофе');
  expect(await found('frost bus')).not.toContain(POST);
  expect(await found('"; DROP TABLE posts --')).toContain('Nothing');
});

test('answers are compressed on the way, once, made or found', async () => {
  const blog = await startBlog();
  const plain = await blog.visit(POST);
  const options = { headers: { 'accept-encoding': 'gzip' } };
  const found = await blog.request(POST, options);
  expect(found).toMatchObject({
    cache: HIT,
    headers: { 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
  });
  expect(gunzipSync(found.bytes).toString()).toBe(plain.body);

  const made = await blog.request('/', options);
  expect(made).toMatchObject({
    cache: MISS,
    headers: { 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
  });
  await expect.poll(async () => (await blog.request('/')).cache).toBe(HIT);
  expect((await blog.request('/')).body).toBe(gunzipSync(made.bytes).toString());
});

/** Edits a post with its form, as an editor sends it, and checks the pages through the server in front. */
async function expectEditIsSeen(blog: Blog, editor: Editor, title: string): Promise<void> {
  const saved = await editor.post(`/admin${POST}`, {
    title,
    body: 'A *new* text.',
    tags: 'Weather, New things',
  });
  expect(saved).toMatchObject({ status: 303, headers: { location: POST } });
  for (const target of [POST, '/', '/feed.xml', '/api/posts.json', '/tags/weather/', '/tags/new-things/']) {
    const answer = await blog.visit(target);
    expect(answer, target).toMatchObject({ status: 200, cache: MISS });
    expect(answer.body, target).toContain(title);
    expect(await blog.request(target), target).toMatchObject({ cache: HIT, body: answer.body });
  }
  expect(await blog.request('/tags/garden/'), 'a tag without posts').toMatchObject({ status: 404 });
  const again = await editor.post(`/admin${POST}`, { ...FIRST_FROST, title });
  expect(again.status).toBe(303);
}

/**
 * Returns a stamp for each stored page. The body shows when the page was rendered; the inode number and the times of
 * the file show whether it was written again.
 */
async function stampFiles({ webRoot }: Blog): Promise<Map<string, object>> {
  const stamps = new Map<string, object>();
  for (const [target, file] of FILES) {
    try {
      const { ino, mtimeNs, ctimeNs } = await stat(join(webRoot, file), { bigint: true });
      stamps.set(target, { ino, mtimeNs, ctimeNs, body: await readFile(join(webRoot, file), 'utf8') });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return stamps;
}

/** Returns an answer without what differs between answers. */
function comparable({ status, headers, body }: Answer) {
  const { 'content-type': contentType, location, allow, 'set-cookie': cookies } = headers;
  const steady = body.replace(/<footer.*<\/footer>/s, '');
  return { status, contentType, location, allow, cookies, body: steady };
}
