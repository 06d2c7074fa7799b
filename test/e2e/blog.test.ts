import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Blog, Editor, formOf, HIT, MISS, startBlog } from '../helpers/blog.js';
import type { Answer, RequestOptions } from '../helpers/site.js';

/** One page of every kind, and its file. */
const FILES = new Map([
  ['/', 'index.html'],
  ['/page/2', 'page/2.page.html'],
  ['/page/3', 'page/3.page.html'],
  ['/posts/first-frost', 'posts/first-frost.page.html'],
  ['/posts/note-20', 'posts/note-20.page.html'],
  [`/posts/${encodeURIComponent('чай-и-кофе')}`, 'posts/чай-и-кофе.page.html'],
  ['/tags/city/', 'tags/city/index.html'],
  ['/tags/garden/', 'tags/garden/index.html'],
  ['/tags/weather/', 'tags/weather/index.html'],
  ['/tags/notes/', 'tags/notes/index.html'],
  ['/tags/notes/page/2', 'tags/notes/page/2.page.html'],
  ['/feed.xml', 'feed.xml'],
  ['/sitemap.xml', 'sitemap.xml'],
  ['/api/posts.json', 'api/posts.json'],
]);
const PAGES = [...FILES.keys()];
const POST = '/posts/first-frost';
const FIRST_FROST = { title: 'First frost', body: 'White *grass*.', tags: 'garden, weather' };

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
      ['a comment', () => blog.request(`${POST}/comments`, formOf({ author: 'Lin', body: 'Brr.' })), [POST]],
      ['the deletion of a comment', () => ada.post('/admin/comments/1/delete', {}), [POST]],
      [
        'the deletion of a post that is not among the latest',
        () => ada.post('/admin/posts/note-20/delete', {}),
        ['/posts/note-20', '/', ...numbered, '/tags/notes/', '/tags/notes/page/2', '/sitemap.xml'],
      ],
      ['a message', () => blog.request('/contact', formOf({ sender: 'Lin', body: 'Hello.' })), []],
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
  await Promise.all(blog.apps.map((app) => app.kill()));
  const found = await Promise.all(PAGES.map((target) => blog.request(target)));
  expect(found.map(({ cache }) => cache)).toEqual(made.map(() => HIT));
  expect(found.map(({ body }) => body)).toEqual(made.map(({ body }) => body));
  expect((await blog.request('/posts/night-bus')).status).toBe(502);
});

test('what is no page gets through nginx the answer that the app gives without us', async () => {
  const requests: readonly (readonly [name: string, target: string, options?: RequestOptions])[] = [
    ['a POST', '/', { method: 'POST' }],
    ['a POST to a page', POST, formOf({ a: 'b' })],
    ['a query', '/?page=2'],
    ['an empty query', '/?'],
    ['a session cookie', '/', { headers: { cookie: 'connect.sid=s%3Aabc' } }],
    ['a session cookie of ours that means nothing', '/', { headers: { cookie: 'blog.sid=s%3Aabc' } }],
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
    ['the contact form', '/contact'],
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

describe('visitors', () => {
  test('who are anonymous get no cookie and no personal page; others get theirs and leave none behind', async () => {
    const blog = await startBlog();
    const [ada, grace] = [await Editor.signIn(blog.request), await Editor.signIn(blog.request, 'grace')];
    for (const target of PAGES) {
      const [mine, yours] = [await ada.get(target), await grace.get(target)];
      for (const { status, cache, headers } of [mine, yours]) {
        expect(status).toBe(200);
        expect(cache, target).toBe('staticgenerator; fwd=bypass; detail=cookie');
        expect(headers['cache-control'], target).toContain('no-store');
      }
      if (mine.headers['content-type']?.startsWith('text/html')) {
        expect(mine.body, target).toContain('Sign out ada');
        expect(yours.body, target).toContain('Sign out grace');
      }
      const made = await blog.visit(target);
      const found = await blog.request(target);
      expect([made.cache, found.cache], target).toEqual([MISS, HIT]);
      for (const { body, headers } of [made, found]) {
        expect(body, target).not.toMatch(/Sign out|_csrf/);
        expect(headers['set-cookie'], target).toBeUndefined();
      }
    }
    const forms = ['/login', '/contact', '/search?q=a'];
    const answers = [
      ...(await Promise.all(forms.map((target) => blog.request(target)))),
      await blog.request(`${POST}/comments`, formOf({ author: 'Lin', body: 'Brr.' })),
      await blog.request('/login', formOf({ name: 'ada', password: 'wrong' })),
    ];
    for (const { headers } of answers) expect(headers['set-cookie']).toBeUndefined();
  });

  test('whose session has ended are given back the pages', async () => {
    const blog = await startBlog();
    const ada = await Editor.signIn(blog.request);
    expect((await ada.post('/logout', {})).headers['set-cookie']?.join()).toMatch(/blog\.sid=;.*1970/);
    // Another browser window that has the cookie still.
    expect((await ada.get('/')).headers['set-cookie']?.join()).toMatch(/blog\.sid=;.*1970/);
    expect((await ada.get('/admin')).headers.location).toBe('/login');
  });
});

describe('forms', () => {
  test('are refused when they come from another site or without the token of their session', async () => {
    const blog = await startBlog({ front: 'node' });
    const ada = await Editor.signIn(blog.request);
    const comment = formOf({ author: 'Lin', body: 'Brr.' });
    const from = (origin: string) => ({ ...comment, headers: { ...comment.headers, origin } });
    const statusOf = async (options: RequestOptions) =>
      (await blog.request(`${POST}/comments`, options)).status;
    expect(await statusOf(from('http://localhost'))).toBe(303);
    expect(await statusOf(from('http://evil.example'))).toBe(403);
    expect(await statusOf(from('http://localhost:666'))).toBe(403);
    expect(await statusOf(from('null'))).toBe(403);

    const form = formOf({ ...FIRST_FROST, _csrf: 'guessed' });
    const headers = { ...form.headers, cookie: ada.cookie };
    expect((await blog.request(`/admin${POST}`, { ...form, headers })).status).toBe(403);
    expect((await blog.request(`/admin${POST}`, form)).headers.location).toBe('/login');
  });

  test('that are incomplete come back with what was typed, and nothing is saved', async () => {
    const blog = await startBlog({ front: 'node' });
    const ada = await Editor.signIn(blog.request);
    const answers = [
      await blog.request(`${POST}/comments`, formOf({ author: 'Lin', body: ' ' })),
      await blog.request('/contact', formOf({ sender: 'Lin', body: '' })),
      await blog.request('/login', formOf({ name: 'Lin', password: 'x' })),
      await ada.post('/admin/posts/new', { title: 'Lin', body: '', tags: '' }),
      await ada.post(`/admin${POST}`, { title: 'Lin', body: '', tags: '' }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(422);
      expect(body).toContain('value="Lin"');
    }
    expect((await blog.request(POST)).body).not.toContain('Lin');
  });

  test('show markup as text', async () => {
    const blog = await startBlog({ front: 'node' });
    const markup = '<script>alert(1)</script>';
    await blog.request(`${POST}/comments`, formOf({ author: markup, body: `${markup}\nSecond line` }));
    const { body } = await blog.request(POST);
    expect(body).toContain('&lt;script&gt;');
    expect(body).not.toContain('<script');
    expect((await blog.request(`/search?q=${encodeURIComponent(`"${markup}`)}`)).body).not.toContain(
      '<script',
    );
  });
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

async function visitAll(blog: Blog): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const target of PAGES) answers.push(await blog.visit(target));
  return answers;
}

/** Edits a post by its form, as an editor sends it, and looks at the pages through the front. */
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
 * The pages that are there. The body says when it was rendered, the file by its number and times whether it was written
 * again.
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

/** Without what is about one answer or one connection. */
function siteHeaders({ headers }: Answer) {
  const own = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'etag'];
  const { vary, ...others } = headers;
  return Object.fromEntries(
    Object.entries(others).filter(([name]) => ![...own, 'cache-status'].includes(name)),
  );
}

/** Without what differs from one answer to the next. */
function comparable({ status, headers, body }: Answer) {
  const { 'content-type': contentType, location, allow, 'set-cookie': cookies } = headers;
  const steady = body.replace(/<footer.*<\/footer>/s, '');
  return { status, contentType, location, allow, cookies, body: steady };
}
