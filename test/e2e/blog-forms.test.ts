import { describe, expect, test } from 'vitest';
import { askIslands, Editor, filledForm, formOf, startBlog } from '../helpers/site/blog.js';
import { FIRST_FROST, POST, visitAll } from '../helpers/site/blog-pages.js';
import type { RequestOptions } from '../helpers/site/site.js';

const ISLAND_SCRIPT = /<script type="module" src="\/_islands\/[^>]*><\/script>/g;

describe('forms', () => {
  test('are refused when they come from another site or without the token of their session', async () => {
    const blog = await startBlog({ front: 'node' });
    const ada = await Editor.signIn(blog.request);
    const comment = await filledForm(blog.request, { author: 'Lin', body: 'Brr.' });
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

  test('without the right token come back with one and with what was typed, and are then taken', async () => {
    const blog = await startBlog();
    const ada = await Editor.signIn(blog.request);
    await visitAll(blog);
    const foreign = (await ada.islands('/visitor/token'))['/visitor/token'] ?? '';
    const own = await filledForm(blog.request, {});
    const cases: [target: string, fields: Record<string, string>][] = [
      [`${POST}/comments`, { author: 'Lin', body: 'Typed <once>.' }],
      ['/contact', { sender: 'Lin', body: 'Typed <once>.' }],
    ];
    for (const [target, fields] of cases) {
      const attempts: RequestOptions[] = [
        formOf(fields),
        formOf({ ...fields, _csrf: foreign }),
        { ...own, body: formOf({ ...fields, _csrf: 'guessed' }).body ?? '' },
        withCookie(formOf(fields), ada.cookie),
        withCookie(formOf({ ...fields, _csrf: 'a.b' }), 'blog.form=a.b'),
        withCookie(formOf({ ...fields, _csrf: '' }), 'blog.form='),
        withCookie(formOf({ ...fields, _csrf: 'x' }), 'blog.form=j:{"split":1}'),
      ];
      for (const attempt of attempts) {
        const { status, body, headers } = await blog.request(target, attempt);
        expect([status, headers['cache-control']], target).toEqual([403, 'private, no-store']);
        expect(body, target).toContain('Send it again');
        expect(body, target).toContain('value="Lin"');
        expect(body, target).toContain('Typed &lt;once&gt;.');
      }
      const asked = await blog.request(target, formOf(fields));
      const token = /name="_csrf" value="([^"]+)"/.exec(asked.body)?.[1] ?? '';
      const cookie = asked.headers['set-cookie']?.[0]?.split(';', 1)[0];
      const form = formOf({ ...fields, _csrf: token });
      const taken = await blog.request(target, { ...form, headers: { ...form.headers, cookie } });
      expect(taken.status, target).toBe(303);
    }
    expect(
      (await blog.request(POST)).body.match(/Typed &lt;once&gt;/g),
      'the one that was taken',
    ).toHaveLength(1);
  });

  test('of somebody who has signed in are taken with the token of the session alone', async () => {
    const blog = await startBlog();
    const ada = await Editor.signIn(blog.request);
    const post = async (token: string) => {
      const form = formOf({ author: 'Ada', body: 'Brr.', _csrf: token });
      const headers = { ...form.headers, cookie: ada.cookie };
      return (await blog.request(`${POST}/comments`, { ...form, headers })).status;
    };
    const { parts } = await askIslands(blog.request, ['/visitor/token']);
    expect(await post(parts['/visitor/token'] ?? '')).toBe(403);
    expect(await post((await ada.islands('/visitor/token'))['/visitor/token'] ?? '')).toBe(303);
  });

  test('that are incomplete come back with what was typed, and nothing is saved', async () => {
    const blog = await startBlog({ front: 'node' });
    const ada = await Editor.signIn(blog.request);
    const answers = [
      await blog.request(`${POST}/comments`, await filledForm(blog.request, { author: 'Lin', body: ' ' })),
      await blog.request('/contact', await filledForm(blog.request, { sender: 'Lin', body: '' })),
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
    const comment = await filledForm(blog.request, { author: markup, body: `${markup}\nSecond line` });
    await blog.request(`${POST}/comments`, comment);
    const body = (await blog.request(POST)).body.replaceAll(ISLAND_SCRIPT, '');
    expect(body).toContain('&lt;script&gt;');
    expect(body).not.toContain('<script');
    expect((await blog.request(`/search?q=${encodeURIComponent(`"${markup}`)}`)).body).not.toContain(
      '<script',
    );
  });
});

function withCookie(form: RequestOptions, cookie: string): RequestOptions {
  return { ...form, headers: { ...form.headers, cookie } };
}
