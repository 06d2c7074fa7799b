import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { trackSqlite } from '../../../src/track/sqlite/index.js';
import { startSite } from '../../helpers/site/site.js';
import { errorIn, run, siteFolder } from '../run.js';

/** Makes a site that has stored `/posts/a` and refused `/personal`. It is closed, so its figures are in the ledger. */
async function visitedSite(): Promise<string> {
  const options = { urls: ['^/posts/', '^/personal$'], excludeUrls: ['draft'], ignoreQuery: ['utm_*'] };
  const { folder, webRoot } = await siteFolder(options);
  const site = await startSite(
    (app, pages) => {
      app.get('/personal', (_request, response) => response.cookie('a', 'b').send('x'));
      app.use((_request, response) => {
        pages.tag('posts');
        response.send('page');
      });
    },
    { ...options, webRoot },
  );
  await site.visit('/posts/a');
  await site.visit('/personal');
  await site.pages.close();
  return folder;
}

async function why(folder: string, ...words: string[]) {
  const { code, stdout, stderr } = await run(['why', ...words, '--json'], { folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('a stored page is told with its rule, file and tags', async () => {
  const folder = await visitedSite();
  expect(await why(folder, '/posts/a')).toMatchObject({
    canonical: '/posts/a',
    rule: '/^\\/posts\\//',
    excludedBy: null,
    files: ['posts/a.page.html', 'posts/a.page.json'],
    request: { outcome: 'page' },
    capture: { outcome: 'page' },
    stored: { file: 'posts/a.page.html', servedBy: 'nginx', tags: ['posts'] },
    lastRefusal: null,
  });
});

test('what a stored page has read is told by model', async () => {
  const options = { urls: ['^/posts/'] };
  const { folder, webRoot } = await siteFolder(options);
  const database = new Database(':memory:');
  database.exec(`
    create table posts (id integer primary key, title text);
    create table comments (id integer primary key, post_id integer);
    create table authors (id integer primary key);
    insert into posts values (5, 'a');
    insert into comments values (11, 5), (12, 5);`);
  const site = await startSite(
    (app, pages) => {
      trackSqlite(database, pages, { ids: { posts: 'id', comments: 'id' }, lists: { comments: 'post_id' } });
      app.use((_request, response) => {
        pages.tag('home');
        const sql = ['posts where id = 5', 'comments where post_id = 5', 'authors'];
        response.send(JSON.stringify(sql.map((from) => database.prepare(`select * from ${from}`).all())));
      });
    },
    { ...options, webRoot },
  );
  await site.visit('/posts/5');
  await site.pages.close();
  const nothing = { rows: [], lists: [], isSelection: false, awaitsRow: false };
  expect(await why(folder, '/posts/5')).toMatchObject({
    read: [
      { ...nothing, model: 'authors', isSelection: true },
      {
        ...{ ...nothing, model: 'comments', rows: ['11', '12'] },
        lists: [{ column: 'post_id', value: '5', isWhole: true }],
      },
      { ...nothing, model: 'posts', rows: ['5'] },
    ],
    ownTags: ['home'],
  });
  const { stdout } = await run(['why', '/posts/5'], { folder });
  expect(stdout).toContain(
    [
      'read          authors: a selection: every change of a row counts',
      '              comments: the rows 11, 12; all rows with post_id = 5',
      '              posts: the row 5',
      'own tags      home',
    ].join('\n'),
  );
});

test('a refused page is told with the reason of its last refusal', async () => {
  const folder = await visitedSite();
  const { stored, lastRefusal } = await why(folder, '/personal');
  expect(stored).toBeNull();
  expect(lastRefusal).toMatchObject({
    reason: 'set-cookie',
    detail: 'a',
    explanation: 'the response sets a cookie',
  });
});

test.each<[string, string[], object]>([
  ['no rule', ['/other'], { rule: null, request: { outcome: 'no-rule' } }],
  ['an exclusion', ['/posts/draft'], { excludedBy: '/draft/', request: { outcome: 'excluded' } }],
  ['a query', ['/posts/a?page=2'], { request: { outcome: 'query' } }],
  [
    'an ignored query',
    ['/posts/a?utm_source=x'],
    { request: { outcome: 'page' }, capture: { outcome: 'ignored-query' } },
  ],
  ['another spelling', ['/posts/%61'], { canonical: '/posts/a', request: { outcome: 'not-canonical' } }],
  [
    'no spelling at all',
    ['/posts/%2F'],
    { canonical: null, files: [], request: { outcome: 'not-canonical' } },
  ],
  ['another host', ['https://evil.example/posts/a'], { request: { outcome: 'host' } }],
  [
    'a header',
    ['/posts/a', '--header', 'Authorization: Basic eDp5'],
    { request: { outcome: 'request-header' } },
  ],
  ['a cookie', ['/posts/a', '--header', 'Cookie: theme=dark'], { capture: { outcome: 'cookie-present' } }],
])('%s is told', async (_name, words, expected) => {
  const { folder } = await siteFolder({ urls: ['^/posts/'], excludeUrls: ['draft'], ignoreQuery: ['utm_*'] });
  expect(await why(folder, ...words)).toMatchObject(expected);
});

test.each([
  [[], 'http://localhost:8080/posts/a', 'page'],
  [['www.example.com'], 'http://www.example.com:8080/posts/a', 'page'],
  [['www.example.com'], 'https://www.example.com/posts/a', 'page'],
  [['www.example.com'], 'http://evil.example:8080/posts/a', 'host'],
])('of the hosts %j, %s is judged with the port that it is reached at: %s', async (hosts, url, outcome) => {
  const { folder } = await siteFolder({ urls: ['^/posts/'], hosts });
  expect(await why(folder, url)).toMatchObject({ request: { outcome } });
});

test.each([
  ['/posts/a', 'from the stored page'],
  ['/posts/b', 'by the app: no page is stored'],
  ['/posts/a?page=2', 'by the app, query: '],
])('for people, %s is served %s', async (url, served) => {
  const folder = await visitedSite();
  const { stdout } = await run(['why', url], { folder });
  expect(stdout).toMatch(new RegExp(`^served +${served}`, 'm'));
});

test('for people, a stored page is one that nginx may serve, whether there is one or not', async () => {
  const { stdout } = await run(['why', '/posts/a'], { folder: await visitedSite() });
  expect(stdout).toMatch(/^stored +yes, posts\/a\.page\.html, .*, for nginx and Node$/m);
});

test('for people it is a line for each thing that is known', async () => {
  const folder = await visitedSite();
  const { stdout } = await run(['why', '/personal'], { folder });
  expect(stdout).toMatch(/^rule +\/\^\\\/personal\$\/$/m);
  expect(stdout).toMatch(/^last refused +.*set-cookie \(a\): the response sets a cookie$/m);
});

test('a header that is none is wrong usage', async () => {
  const { folder } = await siteFolder();
  const outcome = await run(['why', '/', '--header', 'nonsense', '--json'], { folder });
  expect(outcome.code).toBe(2);
  expect(errorIn(outcome).message).toContain('Expected --header to be \'Name: value\', got "nonsense"');
});

test('a path without its first slash is wrong usage', async () => {
  const { folder } = await siteFolder();
  const outcome = await run(['why', 'posts/a', '--json'], { folder });
  expect(outcome.code).toBe(2);
  expect(errorIn(outcome).message).toContain(
    'Expected a path that begins with \'/\', or a full URL, got "posts/a"',
  );
});
