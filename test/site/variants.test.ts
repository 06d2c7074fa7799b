import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { composeSite } from '../../src/site.js';
import { run, siteFolder } from '../cli/run.js';
import { startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { startApiSite } from '../operate/api/site.js';

/** Every part of a site knows pages with variants. These options are written as in a JSON file. */
const options = {
  variants: {
    language: { cookie: 'lang', header: 'accept-language', values: ['en', 'de'] },
    currency: { cookie: 'cur', values: ['EUR', 'USD'] },
  },
  urls: [
    { match: '^/shop$', variants: ['language', 'currency'], query: { page: '^\\d$' } },
    { match: '^/news$', variants: ['language'] },
    '^/$',
  ],
};
const KEYS = [
  '/',
  '/news>language=de',
  '/shop>language=en;currency=USD',
  '/shop?page=2>language=en;currency=EUR',
];

async function storedSite(version = { value: 1 }) {
  const { folder, webRoot } = await siteFolder(options);
  const site = await startSite(
    (app, pages) => {
      app.get('/', (_request, response) => {
        response.send('<a href="/news">1</a><a href="/shop">2</a><a href="/shop?page=3">3</a>');
      });
      app.get('/news', (_request, response) => {
        response.send(`news ${pages.variant('language')} ${version.value}`);
      });
      app.get('/shop', (_request, response) => {
        response.send(`shop ${pages.variant('language')} ${pages.variant('currency')}`);
      });
    },
    { ...options, webRoot },
  );
  await site.visit('/');
  await site.visit('/news', { headers: { 'accept-language': 'de' } });
  await site.visit('/shop', { headers: { cookie: 'cur=USD' } });
  await site.visit('/shop?page=2');
  return { ...site, folder, version };
}

async function command(folder: string, ...words: readonly string[]) {
  const { code, stdout, stderr } = await run([...words, '--json'], { folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** Composes the same site as a command does. */
function composed(site: Awaited<ReturnType<typeof storedSite>>) {
  const parts = composeSite({ ...options, webRoot: site.webRoot, logger: false }, { makesPages: false });
  onTestFinished(() => parts.close());
  parts.publisher.attach(site.app);
  return parts;
}

test('why tells which variant a request gets', async () => {
  const { folder } = await storedSite();
  expect(await command(folder, 'why', '/news', '--header', 'Accept-Language: de-AT')).toMatchObject({
    canonical: '/news',
    rule: '/^\\/news$/ by language',
    variant: { language: 'de' },
    files: [';language=de/news.page.html', ';language=de/news.page.json'],
    stored: { path: '/news', file: ';language=de/news.page.html', servedBy: 'nginx' },
  });
  expect(await command(folder, 'why', '/news')).toMatchObject({ variant: { language: 'en' }, stored: null });
  expect(await command(folder, 'why', '/')).not.toHaveProperty('variant');
  const { stdout } = await run(['why', '/shop', '--header', 'Cookie: cur=USD'], { folder });
  expect(stdout).toMatch(/variant +language en, currency USD\n/);
});

test('list and delete name them by their URL', async () => {
  const { folder } = await storedSite();
  const listed = async (...words: string[]) =>
    (await command(folder, 'list', ...words)).map(({ path, variant }: { path: string; variant?: object }) => [
      path,
      variant,
    ]);
  expect(await listed('/shop')).toEqual([
    ['/shop', { language: 'en', currency: 'USD' }],
    ['/shop?page=2', { language: 'en', currency: 'EUR' }],
  ]);
  expect((await listed()).length).toBe(4);
  expect((await run(['list'], { folder })).stdout.split('\n').map((line) => line.split('\t')[0])).toEqual([
    ...KEYS,
    '',
  ]);
  // As `list` prints it.
  expect((await run(['delete', '/shop?page=2>language=en;currency=EUR'], { folder })).stdout).toContain(
    '1 page deleted',
  );
  expect((await run(['delete', '/shop', '/news'], { folder })).stdout).toContain('2 pages deleted');
});

test('warm makes all variants, or those that are wanted', async () => {
  const site = await storedSite();
  const { warmer } = composed(site);
  const seeds = [{ kind: 'path', value: '/' } as const];
  const settings = { seeds, depth: 9, isExcluded: () => false, onlyMissing: false };
  const warmed = async (more: object = {}) =>
    (await warmer.warm({ ...settings, ...more })).stored.map(({ path }) => path);
  const all = ['EUR', 'USD'].flatMap((currency) =>
    ['en', 'de'].map((one) => `language=${one};currency=${currency}`),
  );
  expect(await warmed()).toEqual(
    [
      '/',
      ...['en', 'de'].map((one) => `/news>language=${one}`),
      ...all.flatMap((one) => [`/shop>${one}`, `/shop?page=3>${one}`]),
    ].sort(),
  );
  expect((await site.request('/shop?page=3', { headers: { cookie: 'lang=de; cur=USD' } })).body).toBe(
    'shop de USD',
  );
  expect(
    await warmed({ isWanted: (variant: string) => !variant.includes('USD') && !variant.includes('=en') }),
  ).toEqual([
    ...['/', '/news>language=de', '/shop>language=de;currency=EUR', '/shop?page=3>language=de;currency=EUR'],
  ]);
  expect((await run(['warm', '--variants', 'language=fr'], { folder: site.folder })).stderr).toContain(
    'Expected --variants to be a dimension and a value',
  );
});

test('verify renders them as they were asked for', async () => {
  const site = await storedSite();
  const { verifier } = composed(site);
  expect(await verifier.verify({})).toMatchObject({ verified: KEYS.length, differences: [], failures: [] });
  site.version.value = 2;
  expect((await verifier.verify({})).differences.map(({ path }) => path)).toEqual(['/news>language=de']);
});

test('an export has the first variant, and says so; its own variants choose others', async () => {
  const site = await storedSite();
  const first = await site.pages.exportSite(join(await temporaryFolder(), 'site'), { crawl: true });
  expect(first.notices.filter((one) => one.includes('`export.variants`'))).toHaveLength(1);
  const folder = join(await temporaryFolder(), 'site');
  const variants = [{ name: 'en' }, { name: 'de', headers: { 'Accept-Language': 'de' } }];
  const { notices } = await site.pages.exportSite(folder, { crawl: true, variants });
  expect(notices.join()).not.toContain('export.variants');
  expect((await readdir(folder)).sort()).toEqual(expect.arrayContaining(['de', 'news']));
});

test('the HTTP API lists, explains and deletes them', async () => {
  const site = await startApiSite({
    ...options,
    routes: (app, pages) => {
      app.get('/news', (_request, response) => void response.send(pages.variant('language')));
    },
  });
  for (const language of ['de', 'en'])
    await site.visit('/news', { headers: { 'accept-language': language } });
  const { document } = await site.call('/pages?limit=1');
  const more = await site.call(`/pages?limit=1&cursor=${encodeURIComponent(document.next)}`);
  expect([...document.pages, ...more.document.pages].map(({ path, variant }) => [path, variant])).toEqual([
    ['/news', { language: 'de' }],
    ['/news', { language: 'en' }],
  ]);
  expect((await site.call('/why?url=/news')).document).toMatchObject({ variant: { language: 'en' } });
  const { deleted } = (await site.call('/delete', { json: { targets: ['/news'] } })).document;
  expect(deleted.sort()).toEqual(['/news>language=de', '/news>language=en']);
});

test('a deletion by path finds those that the ledger has lost', async () => {
  const site = await storedSite();
  await site.pages.close();
  const database = new Database(join(site.webRoot, '.staticgenerator', 'ledger.sqlite'));
  database.exec("DELETE FROM pages WHERE path LIKE '/shop%'; UPDATE ground SET value = ''");
  database.close();
  const again = await startSite(
    (app) => void app.use((_request, response) => void response.status(404).end()),
    {
      ...options,
      webRoot: site.webRoot,
    },
  );
  expect(await readdir(site.webRoot)).toContain(';language=en;currency=USD');
  await again.pages.quickDelete('/shop');
  expect(await readdir(site.webRoot)).not.toContain(';language=en;currency=USD');
});
