import { copyFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeSite } from '../../src/site.js';
import type { SiteOptions } from '../helpers/site/site.js';
import { exportingSite } from './site.js';

/**
 * Starts a site with three posts, each with its own tag, a list with all these tags, and a page without dependencies.
 */
async function posts(options: SiteOptions = {}) {
  const texts = new Map([
    ['a', 'A'],
    ['b', 'B'],
    ['c', 'C'],
  ]);
  const site = await exportingSite((app, pages) => {
    app.get('/', (_request, response) => {
      pages.tag(...[...texts.keys()].map((slug) => `post:${slug}`));
      response.send([...texts.values()].join());
    });
    app.get('/posts/:slug', (request, response) => {
      pages.tag(`post:${request.params.slug}`);
      response.send(texts.get(request.params.slug));
    });
    app.get('/about', (_request, response) => void response.send('about'));
    app.get(
      '/minute',
      (_request, response) => void response.set('Cache-Control', 'max-age=60').send('minute'),
    );
    app.get('/now', (_request, response) => void response.set('Cache-Control', 'no-store').send('now'));
    for (const path of ['/', '/about']) pages.route(path);
    pages.route('/posts/:slug', { params: () => texts.keys() });
  }, options);
  const changed = async (given: object = {}) => {
    const { rendered, reused } = await site.export({ changed: true, ...given });
    return { rendered: [...rendered].sort(), reused };
  };
  return { ...site, texts, changed };
}

const ALL = ['/', '/about', '/posts/a', '/posts/b', '/posts/c'];

test('nothing is rendered where nothing was invalidated, and the export is the same', async () => {
  const site = await posts();
  expect(await site.changed()).toEqual({ rendered: ALL, reused: 0 });
  const first = await site.files();
  expect(await site.changed()).toEqual({ rendered: [], reused: 5 });
  expect(await site.files()).toEqual(first);
});

test('after one post changed, it and the pages that depend on it are rendered, and nothing else', async () => {
  const site = await posts();
  await site.export();
  site.texts.set('b', 'B2');
  await site.pages.quickDelete({ tag: 'post:b' });
  expect(await site.changed()).toEqual({ rendered: ['/', '/posts/b'], reused: 3 });
  expect(await site.files()).toMatchObject({ 'index.html': 'A,B2,C', 'posts/b/index.html': 'B2' });
  expect(await site.changed()).toEqual({ rendered: [], reused: 5 });
});

test('warming renders all pages, and none of them has changed for it', async () => {
  const site = await posts();
  await site.export();
  const { warmer, publisher, close } = composeSite(
    { webRoot: site.webRoot, urls: [/^\//], logger: false },
    { makesPages: false },
  );
  publisher.attach(site.app);
  const seeds = [{ kind: 'path', value: '/about' } as const];
  const { stored } = await warmer.warm({ seeds, depth: 0, isExcluded: () => false, onlyMissing: false });
  expect(stored.map(({ path }) => path)).toEqual(['/about']);
  await close();
  expect(await site.changed()).toEqual({ rendered: [], reused: 5 });
  await site.pages.quickPublish('/about');
  expect(await site.changed()).toEqual({ rendered: ['/about'], reused: 4 });
});

test.each<[string, unknown, string[]]>([
  ['a path', '/about', ['/about']],
  ['a path with a slash', '/about/', ['/about']],
  ['a glob', '/posts/*', ['/posts/a', '/posts/b', '/posts/c']],
  ['everything', '/**', ALL],
  ['a tag of nobody', { tag: 'post:z' }, []],
])('%s that was invalidated is rendered', async (_name, target, rendered) => {
  const site = await posts();
  await site.export();
  await site.pages.quickDelete(target as string);
  expect((await site.changed()).rendered).toEqual(rendered);
});

test('what is new is rendered, and what is gone is not taken over as a page', async () => {
  const site = await posts();
  await site.export();
  site.texts.set('d', 'D');
  site.texts.delete('a');
  await site.pages.quickDelete('/');
  expect(await site.changed({ clean: true })).toEqual({ rendered: ['/', '/posts/d'], reused: 3 });
  expect(Object.keys(await site.files())).toEqual([
    'about/index.html',
    'index.html',
    'posts/b/index.html',
    'posts/c/index.html',
    'posts/d/index.html',
  ]);
});

test('a page is rendered whose file somebody has changed or removed', async () => {
  const site = await posts();
  await site.export();
  await writeFile(join(site.folder, 'about/index.html'), 'ABOUT');
  await rename(join(site.folder, 'posts/a/index.html'), join(site.folder, 'posts/a/index.htm'));
  await utimes(join(site.folder, 'posts/b/index.html'), 1, 1);
  expect((await site.changed()).rendered).toEqual(['/about', '/posts/a', '/posts/b']);
  expect((await site.files())['about/index.html']).toBe('about');
});

test('a page whose time is over, or that says never to keep it, is rendered each time', async () => {
  const site = await posts();
  for (const path of ['/minute', '/now']) site.pages.route(path);
  await site.export();
  expect((await site.changed()).rendered).toEqual(['/now']);
});

test('a page that the middleware has not seen is rendered each time', async () => {
  const site = await posts({
    before: (app) => void app.get('/early', (_request, response) => void response.send('early')),
  });
  site.pages.route('/early');
  await site.export();
  expect((await site.changed()).rendered).toEqual(['/early']);
});

test.each<[string, object]>([
  ['base', { base: '/blog' }],
  ['layout', { layout: 'files' }],
  ['headers', { headers: { 'X-A': 'b' } }],
  ['host', { host: 'example.com' }],
  ['variants', { variants: [{ name: 'en' }] }],
])('all is rendered with another %s', async (_name, given) => {
  const site = await posts();
  await site.export();
  expect((await site.changed(given)).rendered).toEqual(ALL);
});

test('all is rendered when the log was compacted beyond the last export', async () => {
  const site = await posts();
  await site.export();
  const targets = Array.from({ length: 12_000 }, (_, index) => `/nowhere/${index}`);
  await site.pages.quickDelete(...targets);
  expect((await site.changed()).rendered).toEqual(ALL);
});

test('all is rendered when the ledger is another one', async () => {
  const site = await posts();
  await site.export();
  const state = join(site.webRoot, '.staticgenerator');
  for (const name of ['ledger.sqlite', 'ledger.sqlite-wal', 'ledger.sqlite-shm'])
    await rename(join(state, name), join(state, `old-${name}`));
  await site.pages.quickDelete('/nowhere');
  expect((await site.changed()).rendered).toEqual(ALL);
  expect((await site.changed()).rendered).toEqual([]);
});

test('all is rendered when the ledger is a copy, which may lack what came later', async () => {
  const site = await posts();
  await site.export();
  const state = join(site.webRoot, '.staticgenerator');
  await site.pages.close();
  await copyFile(join(state, 'ledger.sqlite'), join(state, 'copy'));
  await rename(join(state, 'copy'), join(state, 'ledger.sqlite'));
  const again = await posts({ webRoot: site.webRoot });
  const { rendered } = await again.pages.exportSite(site.folder, { changed: true, notFound: false });
  expect([...rendered].sort()).toEqual(ALL);
});

test('another version of the site renders all, the same one nothing', async () => {
  const first = await posts({ version: '1' });
  await first.export();
  await first.pages.close();
  for (const [version, expected] of [
    ['1', []],
    ['2', ALL],
  ] as const) {
    const site = await posts({ version, webRoot: first.webRoot });
    const { rendered } = await site.pages.exportSite(first.folder, { changed: true, notFound: false });
    expect([...rendered].sort()).toEqual(expected);
    await site.pages.close();
  }
});

test('an export that follows links follows those of pages that it does not render', async () => {
  const site = await exportingSite((app) => {
    app.get('/', (_request, response) => void response.send('<a href="/a">a</a>'));
    app.get('/a', (_request, response) => void response.send('<a href="/b">b</a>'));
    app.get('/b', (_request, response) => void response.send('b'));
  });
  await site.export();
  await site.pages.quickDelete('/b');
  expect(await site.export({ changed: true, clean: true })).toMatchObject({
    rendered: ['/b'],
    reused: 2,
    removed: [],
  });
});
