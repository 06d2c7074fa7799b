import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { askIslands, Editor, filledForm, formOf, HIT, MISS, startBlog } from '../helpers/site/blog.js';
import { FILES, PAGES, POST, STALE, siteHeaders, withoutTime } from '../helpers/site/blog-pages.js';

describe.each(['nginx', 'node'] as const)('visitors behind %s', (front) => {
  const ISLANDS = ['/visitor/menu', '/visitor/flash', `/visitor${POST}`, '/visitor/token'];

  test('get the file of everybody, whoever they are, byte for byte', async () => {
    const blog = await startBlog({ front });
    const [ada, grace] = [await Editor.signIn(blog.request), await Editor.signIn(blog.request, 'grace')];
    const form = await filledForm(blog.request, {});
    for (const [target, file] of FILES) {
      const made = await blog.visit(target);
      expect(made.cache, target).toBe(MISS);
      const stored = await readFile(join(blog.webRoot, file), 'utf8');
      expect(stored, target).toBe(made.body);
      expect(stored, target).not.toMatch(/Sign out|name="_csrf"[^>]* value|\bada\b|\bgrace\b/);
      const found = [
        await blog.request(target),
        await ada.get(target),
        await grace.get(target),
        await blog.request(target, { headers: { cookie: form.headers?.cookie } }),
        await blog.request(target, STALE),
        await blog.request(target, { headers: { cookie: 'connect.sid=s%3Aabc' } }),
      ];
      for (const answer of found) {
        expect(answer, target).toMatchObject({ status: 200, cache: HIT, body: stored });
        expect(siteHeaders(answer), target).toEqual(siteHeaders(made));
        expect(answer.headers['set-cookie'], target).toBeUndefined();
      }
    }
  });

  test('who have signed in make no page, and what they get holds nothing of theirs', async () => {
    const blog = await startBlog({ front });
    const ada = await Editor.signIn(blog.request);
    for (const target of PAGES) {
      const first = await ada.get(target);
      const second = await ada.get(target);
      expect([first.cache, second.cache], target).toEqual([NOT_KEPT, NOT_KEPT]);
      const made = await blog.visit(target);
      expect(made.cache, target).toBe(MISS);
      for (const { body, headers } of [first, second]) {
        expect(withoutTime(body), target).toBe(withoutTime(made.body));
        expect(headers['set-cookie'], target).toBeUndefined();
      }
    }
  });

  test('get islands of their own, which nobody keeps', async () => {
    const blog = await startBlog({ front });
    const [ada, grace] = [await Editor.signIn(blog.request), await Editor.signIn(blog.request, 'grace')];
    const nobody = await askIslands(blog.request, ISLANDS);
    const [mine, yours] = [await ada.islands(...ISLANDS), await grace.islands(...ISLANDS)];
    for (const [parts, name] of [
      [mine, 'ada'],
      [yours, 'grace'],
    ] as const) {
      expect(parts['/visitor/menu']).toContain(`Sign out ${name}`);
      expect(parts['/visitor/flash']).toContain(`Welcome, ${name}.`);
      expect(parts[`/visitor${POST}`]).toContain(`href="/admin${POST}"`);
    }
    expect((await ada.islands('/visitor/flash'))['/visitor/flash'], 'the second time').toBe('');
    expect(nobody.parts['/visitor/menu']).toContain('href="/login"');
    expect([nobody.parts['/visitor/flash'], nobody.parts[`/visitor${POST}`]]).toEqual(['', '']);
    const tokens = [mine, yours, nobody.parts].map((parts) => parts['/visitor/token']);
    expect(new Set(tokens).size).toBe(3);
    expect(tokens.every((token) => token !== undefined && token.length > 40)).toBe(true);
    expect(nobody.headers['cache-control']).toBe('private, no-store');
    for (const url of ISLANDS) {
      const { cache, headers } = await ada.get(url);
      expect([cache, headers['cache-control']], url).toEqual([
        'staticgenerator; fwd=bypass; detail=no-rule',
        'private, no-store',
      ]);
    }
  });
});

/** The Cache-Status for a visitor with a session, if the page is not stored yet. */
const NOT_KEPT = 'staticgenerator; fwd=uri-miss; detail=cookie-present';

describe('visitors', () => {
  test('get what is made for one of them uncompressed, private, and never as a page', async () => {
    const blog = await startBlog();
    const ada = await Editor.signIn(blog.request);
    for (const target of ['/search?q=frost', '/admin', `/admin${POST}`, '/nothing']) {
      const { body, headers, cache } = await blog.request(target, {
        headers: { cookie: ada.cookie, 'accept-encoding': 'gzip' },
      });
      expect(cache, target).toContain('fwd=bypass');
      expect(headers['cache-control'], target).toBe('private, no-store');
      expect(headers['content-encoding'], target).toBeUndefined();
      expect(body, target).toContain('Sign out ada');
      expect((await blog.request(target)).body, target).not.toContain('Sign out');
    }
  });

  test('who are anonymous get no session, and a cookie only with the token of a form', async () => {
    const blog = await startBlog();
    const form = await filledForm(blog.request, { author: 'Lin', body: 'Brr.' });
    expect(form.headers?.cookie).toMatch(/^blog\.form=/);
    const again = await askIslands(blog.request, ['/visitor/token'], String(form.headers?.cookie));
    expect(form.body).toContain(`_csrf=${again.parts['/visitor/token']}`);
    const answers = [
      ...(await Promise.all(
        [...PAGES, '/login', '/contact?sent', '/search?q=a'].map((target) => blog.request(target)),
      )),
      await askIslands(blog.request, ['/visitor/menu', '/visitor/flash', `/visitor${POST}`]),
      await blog.request(`${POST}/comments`, form),
      await blog.request('/login', formOf({ name: 'ada', password: 'wrong' })),
    ];
    for (const { headers } of answers) expect(headers['set-cookie']).toBeUndefined();
  });

  test('who have the cookie of a form make pages like all others', async () => {
    const blog = await startBlog();
    const form = await filledForm(blog.request, {});
    const options = { headers: { cookie: form.headers?.cookie } };
    expect((await blog.request(POST, options)).cache).toBe(MISS);
    await expect.poll(async () => (await blog.request(POST)).cache).toBe(HIT);
  });

  test('whose session has ended get their cookie taken back by the islands', async () => {
    const blog = await startBlog();
    const ada = await Editor.signIn(blog.request);
    expect((await ada.post('/logout', {})).headers['set-cookie']?.join()).toMatch(/blog\.sid=;.*1970/);
    // Another browser window that still has the cookie.
    const { parts, headers } = await askIslands(blog.request, ['/visitor/menu'], ada.cookie);
    expect(headers['set-cookie']?.join()).toMatch(/blog\.sid=;.*1970/);
    expect(parts['/visitor/menu']).toContain('Sign in');
    expect((await ada.get('/admin')).headers.location).toBe('/login');
  });
});
