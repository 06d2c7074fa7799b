import { describe, expect, test } from 'vitest';
import type { StoredPage } from '../../../src/ledger/ledger.js';
import { listPages } from '../../../src/operate/api/listing.js';
import { bareName } from '../../../src/page/layout.js';
import { run, writeConfig } from '../../cli/run.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { type ApiSite, startApiSite } from './site.js';

/** Returns all pages of a list, read one answer after the other. */
async function listAll(site: ApiSite, query: string): Promise<string[]> {
  const paths: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const after = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, document } = await site.call(`/pages?${query}${after}`);
    expect(status).toBe(200);
    paths.push(...document.pages.map(({ path }: { path: string }) => path));
    cursor = document.next;
  }
  return paths;
}

describe('list', () => {
  const stored = ['/', '/a', '/a/', '/b', '/b/c', '/tagged/tea/1', '/tagged/tea/2'];

  test.each([
    ['every page, some at a time', 'limit=2', stored],
    ['one at a time', 'limit=1', stored],
    ['the pages of a glob', 'match=/tagged/**', stored.slice(5)],
    ['the pages of a path', 'match=/a&limit=1', ['/a', '/a/']],
    ['the pages with a tag', 'tag=tea&limit=1', stored.slice(5)],
    ['the pages with one of two tags', 'tag=none&tag=tea', stored.slice(5)],
    ['the pages that pass both', 'match=/a&tag=tea', []],
    ['no page for a path that none can have', 'match=/100%2525', []],
  ])('gives %s, by path', async (_what, query, expected) => {
    const site = await startApiSite();
    for (const path of stored) await site.visit(path);
    expect(await listAll(site, query)).toEqual(expected);
  });

  test('goes on where it was when the page of the cursor is deleted', async () => {
    const site = await startApiSite();
    for (const path of ['/a', '/b', '/c']) await site.visit(path);
    const first = await site.call('/pages?limit=2');
    await site.pages.quickDelete('/b');
    const { document } = await site.call(`/pages?limit=2&cursor=${first.document.next}`);
    expect(document).toMatchObject({ pages: [{ path: '/c' }], next: null });
  });

  test('gives the pages of one host', async () => {
    const site = await startApiSite({ hosts: ['one.example', 'two.example'] });
    for (const host of ['one.example', 'two.example']) await site.visit('/a', { headers: { host } });
    const { document } = await site.call('/pages?host=TWO.example');
    expect(document.pages).toMatchObject([{ path: '/a', host: 'two.example' }]);
    expect(await listAll(site, 'limit=1')).toEqual(['/a', '/a']);
    expect(await site.call('/pages?host=three.example')).toMatchObject({ status: 400 });
  });

  test.each([
    ...['limit=0', 'limit=1001', 'limit=x', 'limit=-1', 'limit=1.5', 'limit=2&limit=3'],
    ...['cursor=x', 'cursor=W10', 'cursor=bnVsbA', 'cursor=', 'match=posts', 'match=', 'tag=', 'host=x'],
    ...['tags=a', '__proto__=a', 'match=/a&match=/b', 'match=/[', 'match=!/a'],
  ])('with %s is a problem', async (query) => {
    const { call } = await startApiSite();
    const { status, document } = await call(`/pages?${query}`);
    expect(status).toBe(400);
    expect(document.detail).toMatch(/\S/);
  });

  test('lets others have their turn while it looks through many pages, and ends after some', async () => {
    const page = (path: string): StoredPage => ({
      ...{ path, host: '', file: path, bytes: 1, hash: '', storedAt: 0, expiresAt: undefined },
      ...{ servedBy: 'nginx', tags: [] },
    });
    const paths = Array.from({ length: 30_000 }, (_, index) => `/${String(index).padStart(6, '0')}`);
    const names = paths.map(bareName);
    const ledger = {
      get: () => undefined,
      *pages(from = '') {
        const start = Math.max(
          0,
          names.findIndex((name) => name >= from),
        );
        for (const path of paths.slice(start)) yield page(path);
      },
    };
    let turns = 0;
    const count = () => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const passes = ({ path }: StoredPage) => path === '/029999';
    const answers = [await listPages(ledger, { passes, limit: 10, cursor: undefined })];
    while (answers.at(-1)?.next)
      answers.push(await listPages(ledger, { passes, limit: 10, cursor: answers.at(-1)?.next ?? undefined }));
    clearImmediate(timer);
    expect(answers.length).toBeGreaterThan(2);
    expect(answers.flatMap(({ pages }) => pages.map(({ path }) => path))).toEqual(['/029999']);
    expect(turns).toBeGreaterThan(100);
  });
});

describe('the commands say the same', () => {
  async function withFolder(): Promise<{ site: ApiSite; folder: string }> {
    const site = await startApiSite();
    for (const path of ['/a', '/tagged/tea/1']) await site.visit(path);
    await site.pages.quickDelete('/none');
    const folder = await temporaryFolder();
    await writeConfig(folder, { webRoot: site.webRoot, urls: ['^/'] });
    return { site, folder };
  }
  const documentOf = async (folder: string, ...words: string[]) =>
    JSON.parse((await run([...words, '--json'], { folder })).stdout);

  test('as list', async () => {
    const { site, folder } = await withFolder();
    expect((await site.call('/pages')).document.pages).toEqual(await documentOf(folder, 'list'));
  });

  test('as stats', async () => {
    const { site, folder } = await withFolder();
    const { document } = await site.call('/stats');
    expect(document).toMatchObject({
      pages: 2,
      counters: { stored: 2 },
      invalidations: [{ value: '/none' }],
    });
    expect(document).toEqual(await documentOf(folder, 'stats'));
  });

  test.each([
    ['a page', 'url=/a', ['/a']],
    ['a page that is not stored, with a query', 'url=/b%3Fx=1', ['/b?x=1']],
    ['a URL', 'url=http://localhost:3000/a', ['http://localhost:3000/a']],
    ['no page', 'url=/100%2525', ['/100%25']],
    [
      'a request with headers',
      'url=/a&header=Cookie:%20session=1&header=X-A:%20b',
      ['/a', '--header', 'Cookie: session=1', '--header', 'X-A: b'],
    ],
  ])('as why of %s', async (_what, query, words) => {
    const { site, folder } = await withFolder();
    const { document } = await site.call(`/why?${query}`);
    expect(document).toEqual(await documentOf(folder, 'why', ...words));
  });

  test.each(['', 'url=', 'url=/a&header=x', 'url=/a&url=/b', 'uri=/a'])(
    'why?%s is a problem',
    async (query) => {
      const { call } = await startApiSite();
      expect(await call(`/why?${query}`)).toMatchObject({ status: 400 });
    },
  );
});
