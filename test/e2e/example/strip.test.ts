import { expect, test } from 'vitest';
import { askIslands, type Blog, Editor, HIT, startBlog } from '../../helpers/site/blog.js';
import { FIRST_FROST, POST } from '../../helpers/site/blog-pages.js';

const FILE = 'posts/first-frost.page.html';
const STORED = new RegExp(`stored (?:just now|\\d+ s ago) as ${FILE}$`);

test('the strip says that a page was rendered, then that nginx served its file, to each as it was', async () => {
  const blog = await startBlog();
  const [lin, kim] = [as(blog, 'lin'), as(blog, 'kim')];
  await lin.request(POST);
  expect(await stripOf(lin)).toMatch(new RegExp(`^Rendered for you just now, (?:being )?stored as ${FILE}$`));
  await expect.poll(async () => (await kim.request(POST)).cache).toBe(HIT);
  await kim.request(POST);
  for (const visitor of [lin, kim]) {
    expect((await visitor.request(POST)).cache).toBe(HIT);
    await stripOf(visitor); // Node may have sent this one, because the file was not there yet.
    const strip = await stripOf(visitor);
    expect(strip).toMatch(STORED);
    expect(strip).toMatch(/^From a file, served by nginx, /);
  }
});

test('the strip of a page that somebody else made says nothing of a render', async () => {
  const blog = await startBlog();
  await blog.visit(POST);
  expect((await as(blog, 'kim').request(POST)).cache).toBe(HIT);
  expect(await stripOf(as(blog, 'kim'))).toMatch(/^From a file, served by nginx, /);
});

test('the strip names Node where it serves the file', async () => {
  const blog = await startBlog({ front: 'node' });
  const lin = as(blog, 'lin');
  await blog.visit(POST);
  expect((await lin.request(POST)).cache).toBe(HIT);
  const strip = await stripOf(lin);
  expect(strip).toMatch(STORED);
  expect(strip).toMatch(/^From a file, served by Node, /);
});

test('the strip says why a page is not stored', async () => {
  const blog = await startBlog();
  const lin = as(blog, 'lin');
  await lin.request(POST, { 'cache-control': 'no-store' });
  expect(await stripOf(lin)).toBe('Rendered for you just now, not stored: no-store');
  expect((await lin.request('/search?q=frost')).body).toContain('not stored: it answers this request alone');
});

test('the strip of a page that was deleted meanwhile says so', async () => {
  const blog = await startBlog();
  await blog.visit(POST);
  const lin = as(blog, 'lin');
  await lin.request(POST);
  const ada = await Editor.signIn(blog.request);
  await ada.post(`/admin${POST}`, FIRST_FROST);
  expect(await stripOf(lin)).toMatch(/^Rendered earlier, not stored any more/);
});

test('the strip of what can be no page breaks nothing', async () => {
  const lin = as(await startBlog(), 'lin');
  for (const page of ['', 'none', '//else.example/', '/%', '/../..'])
    expect(await stripOf(lin, page), page).toMatch(/^Rendered earlier, /);
});

interface Reader {
  request(target: string, headers?: Record<string, string>): ReturnType<Blog['request']>;
}

/** Returns a visitor whose browser has this name. */
function as(blog: Blog, agent: string): Reader {
  return {
    request: (target, headers) => blog.request(target, { headers: { ...headers, 'user-agent': agent } }),
  };
}

async function stripOf({ request }: Reader, page: string = POST): Promise<string> {
  const url = `/visitor/strip?page=${encodeURIComponent(page)}`;
  const asked = await askIslands(
    (target, { headers } = {}) => request(target, headers as Record<string, string>),
    [url],
  );
  const text = (asked.parts[url] ?? '').replaceAll(/<[^>]+>/g, '');
  return text.trim();
}
