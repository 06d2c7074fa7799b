import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { composeSite } from '../../src/site.js';
import { run, siteFolder } from '../cli/run.js';
import { changeLedgerFile } from '../helpers/databases/ledger-file.js';
import { startSite } from '../helpers/site/site.js';
import { startApiSite } from '../operate/api/site.js';

/** Every part of a site knows pages with a query. These options are written as in a JSON file. */
const options = {
  urls: [{ match: '^/posts/?$', query: { page: '^[1-9]\\d{0,3}$', sort: ['new', 'old'] } }, '^/$'],
  ignoreQuery: ['utm_*'],
};
const PATHS = ['/', '/posts', '/posts?page=2', '/posts?page=2&sort=new', '/posts?page=10'];

async function storedSite(version = { value: 1 }) {
  const { folder, webRoot } = await siteFolder(options);
  const site = await startSite(
    (app) => {
      app.get('/', (_request, response) => {
        response.send(
          '<a href="/posts?sort=old&page=3">1</a><a href="/posts?page=4&utm_a=b">2</a><a href="/posts?x=1">3</a>',
        );
      });
      app.get('/posts', ({ query: { page = '1', sort = 'any' } }, response) => {
        response.send(`page ${page} sort ${sort} version ${version.value}`);
      });
    },
    { ...options, webRoot },
  );
  for (const path of PATHS) expect((await site.visit(path)).outcome).toBe('stored');
  return { ...site, folder, version };
}

async function command(folder: string, ...words: readonly string[]) {
  const { code, stdout, stderr } = await run([...words, '--json'], { folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('why tells the canonical spelling, the file, and what a request for another may do', async () => {
  const { folder } = await storedSite();
  expect(await command(folder, 'why', '/posts?sort=new&page=2')).toMatchObject({
    canonical: '/posts?page=2&sort=new',
    rule: '/^\\/posts\\/?$/ with ?page&sort',
    files: ['posts;2/page=2&sort=new.html', 'posts;2/page=2&sort=new.json'],
    request: { outcome: 'page' },
    capture: { outcome: 'query-spelling' },
    stored: { path: '/posts?page=2&sort=new', servedBy: 'nginx' },
  });
  expect(await command(folder, 'why', '/posts?page=10')).toMatchObject({ capture: { outcome: 'page' } });
  expect(await command(folder, 'why', '/posts?page=0')).toMatchObject({
    canonical: '/posts',
    request: { outcome: 'query' },
    stored: { path: '/posts' },
  });
});

test('list and stats have them, by path, by query and by glob; delete names them', async () => {
  const { folder } = await storedSite();
  const listed = async (...words: string[]) =>
    (await command(folder, 'list', ...words)).map(({ path }: { path: string }) => path);
  expect(await listed()).toEqual([
    '/',
    '/posts',
    '/posts?page=10',
    '/posts?page=2',
    '/posts?page=2&sort=new',
  ]);
  expect(await listed('/posts')).toEqual(PATHS.slice(1).sort());
  expect(await listed('/posts?sort=new&page=2')).toEqual(['/posts?page=2&sort=new']);
  expect(await listed('/p*')).toEqual(PATHS.slice(1).sort());
  expect(await command(folder, 'stats')).toMatchObject({ pages: PATHS.length });
  expect(await run(['delete', '/posts?page=2', '--dry-run'], { folder })).toMatchObject({ code: 0 });
  expect((await run(['delete', '/posts?page=2'], { folder })).stdout).toContain('1 page deleted');
  expect((await run(['delete', '/posts'], { folder })).stdout).toContain('3 pages deleted');
});

test('warm follows links to them, and makes the page of their canonical spelling', async () => {
  const site = await storedSite();
  const { warmer, publisher, close } = composeSite(
    { ...options, webRoot: site.webRoot, logger: false },
    { makesPages: false },
  );
  onTestFinished(() => close());
  publisher.attach(site.app);
  const seeds = [{ kind: 'path', value: '/' } as const];
  const report = await warmer.warm({ seeds, depth: 9, isExcluded: () => false, onlyMissing: false });
  expect(report.stored.map(({ path }) => path)).toEqual(['/', '/posts?page=3&sort=old', '/posts?page=4']);
  expect((await site.request('/posts?page=3&sort=old')).cache).toBe('staticgenerator; hit');
});

test('verify renders them with their query', async () => {
  const site = await storedSite();
  const { verifier, publisher, close } = composeSite(
    { ...options, webRoot: site.webRoot, logger: false },
    { makesPages: false },
  );
  onTestFinished(() => close());
  publisher.attach(site.app);
  expect(await verifier.verify({})).toMatchObject({ verified: PATHS.length, differences: [], failures: [] });
  site.version.value = 2;
  const { differences } = await verifier.verify({});
  expect(differences.map(({ path }) => path).sort()).toEqual(PATHS.slice(1).sort());
});

test('the HTTP API lists, explains and deletes them', async () => {
  const site = await startApiSite({ urls: options.urls });
  const paths = PATHS.slice(1);
  for (const path of paths) await site.visit(path);
  const all: string[] = [];
  for (let cursor = ''; ; ) {
    const { document } = await site.call(`/pages?limit=2${cursor}`);
    all.push(...document.pages.map(({ path }: { path: string }) => path));
    if (document.next === undefined || document.next === null) break;
    cursor = `&cursor=${encodeURIComponent(document.next)}`;
  }
  expect(all).toEqual([...paths].sort());
  const url = encodeURIComponent('/posts?sort=new&page=2');
  expect((await site.call(`/why?url=${url}`)).document).toMatchObject({
    canonical: '/posts?page=2&sort=new',
  });
  const remove = async (target: string) =>
    (await site.call('/delete', { json: { targets: [target] } })).document.deleted;
  expect(await remove('/posts?sort=new&page=2')).toEqual(['/posts?page=2&sort=new']);
  expect((await remove('/posts')).sort()).toEqual(['/posts', '/posts?page=10', '/posts?page=2']);
});

test('a deletion by path finds those that the ledger has lost', async () => {
  const site = await storedSite();
  await site.pages.close();
  const state = join(site.webRoot, '.staticgenerator');
  changeLedgerFile(
    join(state, 'ledger.sqlite'),
    "DELETE FROM pages WHERE path LIKE '/posts?%'; UPDATE ground SET value = ''",
  );
  const again = await startSite(
    (app) => void app.use((_request, response) => void response.status(404).end()),
    {
      ...options,
      webRoot: site.webRoot,
    },
  );
  await again.pages.quickDelete('/posts');
  await expect(rm(join(site.webRoot, 'posts;2'), { recursive: false })).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
