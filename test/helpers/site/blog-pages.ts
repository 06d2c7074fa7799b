import type { Blog } from './blog.js';
import type { Answer, RequestOptions } from './site.js';

/** One page of every kind, with its file. */
export const FILES = new Map([
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
  ['/contact', 'contact.page.html'],
  ['/feed.xml', 'feed.xml'],
  ['/sitemap.xml', 'sitemap.xml'],
  ['/api/posts.json', 'api/posts.json'],
]);
export const PAGES = [...FILES.keys()];
export const POST = '/posts/first-frost';
export const FIRST_FROST = { title: 'First frost', body: 'White *grass*.', tags: 'garden, weather' };

/** A session cookie of the example, whose session has ended. */
export const STALE: RequestOptions = { headers: { cookie: 'blog.sid=s%3Aabc' } };

export async function visitAll(blog: Blog): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const target of PAGES) answers.push(await blog.visit(target));
  return answers;
}

/** Returns the headers without those that are about one response or one connection. */
export function siteHeaders({ headers }: Answer) {
  const own = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'etag'];
  const { vary, ...others } = headers;
  return Object.fromEntries(
    Object.entries(others).filter(([name]) => ![...own, 'cache-status'].includes(name)),
  );
}

/** Returns a page without the time when it was rendered. */
export function withoutTime(body: string): string {
  return body.replace(/Rendered at <time[^>]*>[^<]*<\/time>/, '');
}
