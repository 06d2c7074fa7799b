import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/change/targets/target.js';
import { type Site, type SiteOptions, startSite } from '../helpers/site/site.js';
import { afterAllTests } from '../helpers/temporary.js';

const PATHS = [
  '/',
  '/blog',
  '/blog/',
  '/blog/one',
  '/blog/two',
  '/tags/news/',
  '/feed.xml',
  '/api/posts',
  '/caf%C3%A9',
];

/** Starts a site whose pages are stored, with tags on the posts. */
async function storedSite(options: SiteOptions = {}): Promise<Site> {
  const site = await startSite((app, pages) => {
    app.get('/feed.xml', (_request, response) => response.type('xml').send('<feed/>'));
    app.get('/api/posts', (_request, response) => response.json([]));
    app.get('/blog/:slug', async (request, response) => {
      await new Promise(setImmediate);
      pages.tag(`post:${request.params.slug}`, 'posts');
      response.send('post');
    });
    app.use((_request, response) => response.send('page'));
  }, options);
  for (const path of PATHS) expect((await site.visit(path)).outcome).toBe('stored');
  return site;
}

const atEnd = afterAllTests();
let shared: Promise<Site> | undefined;

/** Returns one site for all tests that change nothing except which pages are stored. */
async function sharedSite(): Promise<Site> {
  shared ??= storedSite({ atEnd });
  const site = await shared;
  for (const path of PATHS) expect(await site.ask(path)).toMatch(/^(?:hit|stored)$/);
  return site;
}

/** Returns the paths that are still stored, as a visitor sees them. */
async function hits(site: Site): Promise<string[]> {
  const found: string[] = [];
  for (const path of PATHS)
    if ((await site.request(path, { headers: { cookie: 'unknown=1' } })).cache.endsWith('hit'))
      found.push(path);
  return found;
}

const without = (...gone: string[]) => PATHS.filter((path) => !gone.includes(path));

class Post {
  static all: () => unknown = () => [new Post('one'), new Post('two')];
  readonly slug: string;
  constructor(slug: string) {
    this.slug = slug;
  }
  getAbsoluteUrl() {
    return `/blog/${this.slug}`;
  }
}

describe('targets', () => {
  async function* slowly<T>(...items: T[]) {
    for (const item of items) {
      await new Promise(setImmediate);
      yield item;
    }
  }
  const cases: Record<string, [readonly Target[], string[]]> = {
    'a path': [['/blog/one'], ['/blog/one']],
    'a path names the form with the slash and the form without': [['/blog'], ['/blog', '/blog/']],
    'the same the other way round': [['/blog/'], ['/blog', '/blog/']],
    'the home page': [['/'], ['/']],
    'a page with another type': [['/api/posts'], ['/api/posts']],
    'raw Unicode': [['/café'], ['/caf%C3%A9']],
    'escapes in lower case': [['/caf%c3%a9'], ['/caf%C3%A9']],
    'a path with a query names the page without it': [['/blog/one?page=2#top'], ['/blog/one']],
    'a globstar': [['/blog/**'], ['/blog', '/blog/', '/blog/one', '/blog/two']],
    'a star': [['/blog/*'], ['/blog/one', '/blog/two']],
    braces: [['/{feed.xml,api/*}'], ['/feed.xml', '/api/posts']],
    'a character class': [['/blog/[n-p]ne'], ['/blog/one']],
    everything: [['/**'], PATHS],
    'a tag': [[{ tag: 'post:one' }], ['/blog/one']],
    'several tags': [[{ tag: ['post:one', 'post:two'] }], ['/blog/one', '/blog/two']],
    'a URL': [[new URL('https://any.example/blog/two')], ['/blog/two']],
    'a URL as a string': [['http://any.example/feed.xml'], ['/feed.xml']],
    'an object with getAbsoluteUrl()': [[new Post('one')], ['/blog/one']],
    'one that gives several': [[{ getAbsoluteUrl: () => ['/blog/one', '/'] }], ['/blog/one', '/']],
    'one that gives a promise': [[{ getAbsoluteUrl: async () => '/blog/one' }], ['/blog/one']],
    'a model class': [[Post as unknown as Target], ['/blog/one', '/blog/two']],
    'a model class that is read bit by bit': [
      [{ all: () => slowly<Target>(new Post('two')) }],
      ['/blog/two'],
    ],
    'an array, nested': [[['/', ['/feed.xml']]], ['/', '/feed.xml']],
    'a set': [[new Set(['/feed.xml'])], ['/feed.xml']],
    'an async iterable': [[slowly('/', '/feed.xml')], ['/', '/feed.xml']],
    'several at once': [
      [new Post('one'), '/', { tag: 'post:two' }],
      ['/blog/one', '/', '/blog/two'],
    ],
    'a page that is not there': [['/nothing'], []],
    'a tag that nobody has': [[{ tag: 'nobody' }], []],
    nothing: [[], []],
  };
  test.each(Object.entries(cases))('%s', async (_name, [targets, gone]) => {
    const site = await sharedSite();
    const report = await site.pages.quickDelete(...targets);
    expect([...report.deleted].sort()).toEqual([...gone].sort());
    expect(await hits(site)).toEqual(without(...gone));
  });
});

test.each<[string, unknown, string]>([
  ['a path without its slash', 'blog/one', 'ERR_BAD_TARGET'],
  ['a glob that leads out', '/../**', 'ERR_BAD_TARGET'],
  ['a negated glob', '!/blog/**', 'ERR_BAD_TARGET'],
  ['an unclosed bracket', '/blog/[a', 'ERR_BAD_TARGET'],
  ['another scheme', new URL('file:///etc/passwd'), 'ERR_BAD_TARGET'],
  ['undefined', undefined, 'ERR_BAD_TARGET'],
  ['a number', 42, 'ERR_BAD_TARGET'],
  ['an object without getAbsoluteUrl()', { url: '/' }, 'ERR_BAD_TARGET'],
  ['a class without all()', class Page {}, 'ERR_BAD_TARGET'],
  ['a getAbsoluteUrl() that gives nothing', { getAbsoluteUrl: () => undefined }, 'ERR_BAD_TARGET'],
  [
    'a getAbsoluteUrl() that throws',
    { getAbsoluteUrl: () => Promise.reject(new Error('no slug')) },
    'ERR_BAD_TARGET',
  ],
  ['an empty tag', { tag: '' }, 'ERR_BAD_TAG'],
])('%s is refused before anything is deleted', async (_name, target, code) => {
  const site = await sharedSite();
  await expect(site.pages.quickDelete('/', target as Target, '/feed.xml')).rejects.toMatchObject({ code });
  expect(await hits(site)).toEqual(PATHS);
});

test.each([
  ['a path that leads out', '/../etc/passwd', []],
  ['an escaped way out', '/%2e%2e/etc/passwd', []],
  ['an escaped slash', '/blog%2Fone', ['/blog%2Fone']],
  ['a broken escape', '/%zz', ['/%zz']],
  ['a NUL', '/a\0b', ['/a\0b']],
  ['a hidden folder', '/.staticgenerator/ledger.sqlite', ['/.staticgenerator/ledger.sqlite']],
])('%s touches nothing but what stands beside it', async (_name, target, notPages) => {
  const site = await sharedSite();
  const report = await site.pages.quickDelete('/', target, '/feed.xml');
  expect([...report.deleted].sort()).toEqual(['/', '/feed.xml']);
  expect(report.notPages).toEqual(notPages);
  expect(await hits(site)).toEqual(without('/', '/feed.xml'));
  expect(await readdir(join(site.webRoot, '.staticgenerator'))).toContain('ledger.sqlite');
});

test.each<[string, unknown, RegExp]>([
  [
    'a record without an address',
    new (class Post {})(),
    /^Bad target Post instance: it has no getAbsoluteUrl\(\); expected a path/,
  ],
  [
    'a row',
    { id: 1, slug: 'a', password: 'hunter2' },
    /^Bad target an object with id, slug, password: it has no getAbsoluteUrl\(\)/,
  ],
  ['nothing at all', {}, /^Bad target an empty object: /],
  [
    'a class that nobody knows',
    class Page {},
    /^Bad target Page: it is neither a class with all\(\) nor a tracked model/,
  ],
])('%s is named, and what it lacks', async (_name, target, message) => {
  const site = await sharedSite();
  await expect(site.pages.quickDelete(target as Target)).rejects.toThrow(message);
  await expect(site.pages.quickPublish(target as Target)).rejects.toThrow(message);
});

describe('files', () => {
  test('folders that became empty are pruned, others and WEB_ROOT are not', async () => {
    const site = await storedSite();
    await site.pages.quickDelete('/tags/news', '/blog/one');
    expect(await readdir(site.webRoot)).not.toContain('tags');
    expect(await readdir(join(site.webRoot, 'blog'))).toEqual(['index.html', 'two.page.html']);
    await site.pages.quickDelete('/**');
    expect(await readdir(site.webRoot)).toEqual(['.staticgenerator']);
  });

  test('a folder that holds something else is left in silence', async () => {
    const site = await storedSite();
    await writeFile(join(site.webRoot, 'tags', 'note'), 'mine');
    await site.pages.quickDelete('/tags/**');
    expect(await readdir(join(site.webRoot, 'tags'))).toEqual(['note']);
  });

  test('a file that cannot be deleted rejects with its name, the others are gone, and it is not served', async () => {
    const site = await storedSite();
    const coding = join(site.webRoot, 'blog', 'one.page.html.gz');
    await mkdir(coding);
    const failure = site.pages.quickDelete('/blog/one', '/feed.xml');
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_DELETE_FAILED',
      path: 'blog/one.page.html',
      message: expect.stringContaining('Could not delete file: blog/one.page.html'),
    });
    await chmod(coding, 0o755);
    expect(await hits(site)).toEqual(without('/blog/one', '/feed.xml'));
  });

  test('files that lie where a path says are deleted even if the ledger does not know them', async () => {
    const site = await storedSite();
    await writeFile(join(site.webRoot, 'unknown.page.html'), 'planted');
    await site.pages.quickDelete('/unknown');
    expect(await readdir(site.webRoot)).not.toContain('unknown.page.html');
  });
});

test.each<unknown>(['anything', '', 42, undefined])('tag(%j) outside a render does nothing', async (tag) => {
  const site = await sharedSite();
  const from = site.logger.lines.length;
  expect(Reflect.apply(site.pages.tag, undefined, [tag])).toBeUndefined();
  expect(site.logger.lines.slice(from)).toEqual([]);
});

test('after close(), requests come to the app and quickDelete is refused', async () => {
  const site = await storedSite();
  await site.pages.close();
  await site.pages.close();
  expect(await site.request('/')).toMatchObject({ status: 200, cache: '' });
  await expect(site.pages.quickDelete('/')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});
