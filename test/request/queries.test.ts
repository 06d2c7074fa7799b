import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/change/targets/target.js';
import { deferred } from '../helpers/deferred.js';
import { effort } from '../helpers/effort.js';
import { type Site, startSite } from '../helpers/site/site.js';

const URLS = [
  { match: /^\/posts\/?$/, query: { page: /^[1-9]\d{0,3}$/, sort: ['new', 'old'] } },
  { match: /^\/posts\/[a-z]+$/ },
];
const PATHS = ['/posts', '/posts/', '/posts?page=2', '/posts?page=2&sort=new', '/posts/?page=2', '/posts/a'];

/** Starts a site whose pages show the path and the query that the app got. */
async function startList(options: Parameters<typeof startSite>[1] = {}): Promise<Site> {
  return await startSite(
    (app, pages) => {
      app.get('/posts{/:slug}', (request, response) => {
        pages.tag(`page:${request.query.page ?? 'none'}`);
        response.send(`${request.path} ${JSON.stringify(request.query)}`);
      });
    },
    { urls: URLS, ignoreQuery: ['utm_*'], ...options },
  );
}

async function storedList(): Promise<Site> {
  const site = await startList();
  for (const path of PATHS) expect((await site.visit(path)).outcome).toBe('stored');
  return site;
}

async function hits(site: Site): Promise<readonly string[]> {
  const asked = await Promise.all(
    PATHS.map(async (path) => {
      const { cache } = await site.request(path, { headers: { cookie: 'unknown=1' } });
      return cache.endsWith('hit') ? [path] : [];
    }),
  );
  return asked.flat();
}

test('a query that a rule names is a page of its own', async () => {
  const site = await storedList();
  const { cache, body } = await site.request('/posts?page=2&sort=new');
  expect([cache, body]).toEqual(['staticgenerator; hit', '/posts {"page":"2","sort":"new"}']);
  expect((await site.request('/posts')).body).toBe('/posts {}');
  const files = await readdir(site.webRoot, { recursive: true });
  expect(files.filter((name) => name.includes(';')).sort()).toEqual([
    ...['posts/;2', 'posts/;2/page=2.html', 'posts;2', 'posts;2/page=2&sort=new.html', 'posts;2/page=2.html'],
  ]);
});

test('another order or spelling is answered from the page, and never makes it', async () => {
  const site = await startList();
  const spellings = ['/posts?sort=new&page=2', '/posts?page=%32&sort=new', '/posts?page=2&sort=n%65w'];
  for (const target of spellings) {
    const { cache, outcome } = await site.visit(target);
    expect([cache, outcome]).toEqual([
      'staticgenerator; fwd=uri-miss; detail=query-spelling',
      'query-spelling',
    ]);
  }
  expect((await site.visit('/posts?page=2&sort=new')).outcome).toBe('stored');
  for (const target of [...spellings, '/posts?utm_a=b&page=2&sort=new']) {
    const { cache, body } = await site.request(target);
    expect([cache, body]).toEqual(['staticgenerator; hit', '/posts {"page":"2","sort":"new"}']);
  }
});

test.each([
  ['/posts?x=1', 'query'],
  ['/posts?page=0', 'query'],
  ['/posts?page=2&page=2', 'query'],
  ['/posts?page=2&x=1', 'query'],
  ['/posts?', 'query'],
  ['/posts/a?page=2', 'query'],
])('%s bypasses', async (target, reason) => {
  const site = await storedList();
  expect((await site.request(target)).cache).toBe(`staticgenerator; fwd=bypass; detail=${reason}`);
});

test('with an ignored parameter beside, a query does not make its page', async () => {
  const site = await startList();
  expect((await site.visit('/posts?page=2&utm_a=b')).outcome).toBe('ignored-query');
  expect((await site.visit('/posts?page=2')).outcome).toBe('stored');
  expect((await site.request('/posts?utm_a=b&page=2')).cache).toBe('staticgenerator; hit');
});

test('a visitor who comes from a page with a query makes a page that links to it', async () => {
  const site = await startSite(
    (app) => {
      app.get('/posts', (_request, response) => {
        response.send('<a href="http://localhost/posts?page=2">2</a> http://localhost/posts?page=2&secret=1');
      });
    },
    { urls: URLS },
  );
  const from = (query: string) => ({ headers: { referer: `http://localhost/posts${query}` } });
  expect((await site.visit('/posts?page=3', from('?page=2'))).outcome).toBe('stored');
  expect((await site.visit('/posts?page=4', from('?page=2&secret=1'))).outcome).toBe('echoes-request');
});

describe('a deletion', () => {
  const without = (...gone: string[]) => PATHS.filter((path) => !gone.includes(path));
  const ofPosts = PATHS.filter((path) => path !== '/posts/a');

  test.each<[string, Target, readonly string[]]>([
    ['by path', '/posts', ofPosts],
    ['by path, with a slash', '/posts/', ofPosts],
    ['by query', '/posts?page=2', ['/posts?page=2', '/posts/?page=2']],
    ['by two parameters', '/posts?page=2&sort=new', ['/posts?page=2&sort=new']],
    ['by another spelling of a query', '/posts?sort=new&utm_a=b&page=%32', ['/posts?page=2&sort=new']],
    ['by URL', new URL('http://localhost/posts?page=2&sort=new#top'), ['/posts?page=2&sort=new']],
    ['by a query of a page that there is not', '/posts?page=77', []],
    ['by a query that no page has', '/posts?x=1', ofPosts],
    ['by an ignored parameter', '/posts?utm_a=b', ofPosts],
    ['by a record', { getAbsoluteUrl: () => '/posts?page=2&sort=new' }, ['/posts?page=2&sort=new']],
    ['by glob', '/pos*', ofPosts],
    ['by a glob for all below', '/posts/*', ['/posts/a']],
    ['by tag', { tag: 'page:2' }, ['/posts?page=2', '/posts?page=2&sort=new', '/posts/?page=2']],
    ['of everything', '/**', PATHS],
  ])('%s names its pages', async (_, target, gone) => {
    const site = await storedList();
    const { deleted } = await site.pages.quickDelete(target);
    expect([...deleted].sort()).toEqual([...gone].sort());
    expect(await hits(site)).toEqual(without(...gone));
  });

  test('follows an unsafe request to any query of a path', async () => {
    const site = await storedList();
    site.app.post('/posts', (_request, response) => response.redirect(303, '/posts?page=1'));
    await site.request('/posts?page=7', { method: 'POST' });
    expect(await hits(site)).toEqual(['/posts/a']);
  });

  test.each<[string, string, string, 'stored' | 'voided']>([
    ['a path', '/posts', '/posts?page=5', 'voided'],
    ['the query itself', '/posts?page=5', '/posts?page=5', 'voided'],
    ['a glob', '/posts*', '/posts?page=5', 'voided'],
    ['another query', '/posts?page=4', '/posts?page=5', 'stored'],
    ['the longer query', '/posts?page=5&sort=new', '/posts?page=5', 'stored'],
    ['the path, for the bare page', '/posts?page=5', '/posts', 'stored'],
  ])('of %s during a render decides about it', async (_, target, asked, outcome) => {
    const [begun, goOn] = [deferred(), deferred()];
    const site = await startSite(
      (app) => {
        app.get('/posts', async (_request, response) => {
          begun.resolve();
          await goOn.promise;
          response.send('list');
        });
      },
      { urls: URLS },
    );
    const visit = site.visit(asked);
    await begun.promise;
    await site.pages.quickDelete(target);
    goOn.resolve();
    expect((await visit).outcome).toBe(outcome);
  });
});

test('quickPublish makes the page of a query, and a path those that are stored', async () => {
  const site = await startList();
  const one = await site.pages.quickPublish('/posts?sort=old&page=3');
  expect(one.stored.map(({ path }) => path)).toEqual(['/posts?page=3&sort=old']);
  expect((await site.request('/posts?page=3&sort=old')).cache).toBe('staticgenerator; hit');
  const all = await site.pages.quickPublish('/posts');
  expect(all.stored.map(({ path }) => path).sort()).toEqual(['/posts', '/posts?page=3&sort=old']);
});

test('a regeneration by path renders its queries, too', async () => {
  const site = await storedList();
  const { regenerated } = await site.pages.quickDelete('/posts?page=2', { refresh: 'regenerate' });
  expect([...regenerated].sort()).toEqual(['/posts/?page=2', '/posts?page=2']);
  const all = await site.pages.quickDelete('/posts', { refresh: 'regenerate' });
  expect([...all.regenerated].sort()).toEqual(PATHS.filter((path) => path !== '/posts/a').sort());
});

test('hundreds of queries of one path are deleted in one go', async () => {
  const site = await startList({ logger: false });
  // More pages than one batch deletes.
  const count = effort({ usual: 300, long: 700 });
  const targets = Array.from({ length: count }, (_, index) => `/posts?page=${index + 1}`);
  await site.pages.quickPublish(targets);
  await site.pages.quickPublish('/posts', '/posts/a');
  const { deleted } = await site.pages.quickDelete('/posts');
  expect(deleted).toHaveLength(count + 1);
  expect((await readdir(site.webRoot)).filter((name) => name.startsWith('posts'))).toEqual(['posts']);
});
