/** The initial content of the example: posts that people read and follow. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readDocumentation } from '../../../docs/examples/blog/seed/documentation.js';
import { tryThis } from '../../../docs/examples/blog/seed/try-this.js';
import { summarize, toHtml } from '../../../docs/examples/blog/text/markdown.js';
import { type Blog, startBlog } from '../../helpers/site/blog.js';

const execute = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const LINK = /<(?:a|link|img|script)\b[^>]*? (?:href|src)="([^"]*)"/g;

test('no link and no picture of the blog leads nowhere', { timeout: 180_000 }, async () => {
  const blog = await startBlog({ front: 'node', generated: 0 });
  const bodies = new Map<string, string>();
  const dead: string[] = [];
  const waiting: [path: string, from: string][] = [['/', '']];
  for (const [path, from] of waiting) {
    if (bodies.has(path)) continue;
    const { status, headers, body } = await blog.request(path);
    bodies.set(path, body);
    if (status >= 400) dead.push(`${path} (${status}) on ${from}`);
    if (!String(headers['content-type']).startsWith('text/html')) continue;
    for (const { pathname, search } of linksIn(body, path)) waiting.push([pathname + search, path]);
  }
  for (const [path, body] of bodies)
    for (const { pathname, search, hash } of linksIn(body, path)) {
      const target = bodies.get(pathname + search) ?? '';
      if (hash !== '' && !target.includes(`id="${decodeURIComponent(hash.slice(1))}"`))
        dead.push(`${pathname}${hash} on ${path}`);
    }
  expect(dead).toEqual([]);
  expect(bodies.get('/posts/try-this')).toContain('src="/pictures/try-this.svg"');
  expect([...bodies.keys()].filter((path) => path.startsWith('/pictures/')).length).toBeGreaterThan(3);
  expect(bodies.size).toBeGreaterThan(150);
});

test.skipIf(!hasCurl)('the commands of the first post print what it says', async () => {
  const blog = await startBlog({ generated: 0 });
  const blocks = await codeOf(blog, '/posts/try-this');
  expect(blocks).toHaveLength(4);
  for (let at = 0; at < blocks.length; at += 2) {
    const commands = String(blocks[at]).replaceAll('http://localhost:8080', `http://localhost:${blog.port}`);
    const { stdout } = await execute('sh', ['-c', commands]);
    expect(stdout.replaceAll('\r', '')).toBe(blocks[at + 1]);
  }
});

test('the first post is the newest one, and asks the site that it is on', async () => {
  const first = tryThis('https://blog.example');
  expect(first.body).toContain('https://blog.example/tags/try/');
  expect(first.body).not.toContain('localhost');
  const dates = readDocumentation().map(({ publishedAt }) => publishedAt);
  expect([first.publishedAt, ...dates]).toEqual([first.publishedAt, ...dates].sort().reverse());
  const days = new Set(dates.map((date) => date.slice(0, 10)));
  expect(days.size).toBeGreaterThan(dates.length * 0.8);
});

test('the excerpt of each post is its first paragraph', () => {
  for (const { slug, body } of [tryThis('http://localhost:8080'), ...readDocumentation()]) {
    const paragraphs = [...toHtml(body).matchAll(/^<p>(.*?)<\/p>$/gms)].map(([, html = '']) => plain(html));
    expect([slug, summarize(body)]).toEqual([slug, paragraphs.find((text) => text !== '') ?? '']);
  }
});

test('no post shows a note of its authors', () => {
  const shown = readDocumentation().filter(({ body }) => /^(?:<p>)?&#60;!--/m.test(toHtml(body)));
  expect(shown.map(({ slug }) => slug)).toEqual([]);
});

test('a picture that is not there, or is elsewhere, breaks no post', () => {
  expect(toHtml('![A map](asset:try-this.svg)')).toContain('src="/pictures/try-this.svg"');
  for (const name of ['asset:none.svg', 'asset:../style.css', 'asset:', 'asset:/etc/passwd'])
    expect(toHtml(`![A map](${name})`), name).toContain('src="#"');
});

/** Returns the addresses of the links and pictures of a page that are on the site itself. */
function linksIn(html: string, path: string): URL[] {
  return [...html.matchAll(LINK)]
    .map(([, address = '']) => new URL(address.replaceAll('&amp;', '&'), `http://blog.example${path}`))
    .filter(({ host }) => host === 'blog.example');
}

async function codeOf(blog: Blog, path: string): Promise<string[]> {
  const { body } = await blog.request(path);
  return [...body.matchAll(/<pre tabindex="0"><code[^>]*>(.*?)<\/code><\/pre>/gs)].map(([, code = '']) =>
    plain(code, false),
  );
}

/** Returns HTML as plain text. */
function plain(html: string, isOneLine = true): string {
  const text = html
    .replaceAll('<br>', ' ')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
  return isOneLine ? text.replaceAll(/\s+/g, ' ').trim() : text;
}
