import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contentHash } from '../../src/store/content-hash.js';
import { PageStore } from '../../src/store/page-store.js';
import { locateWebRoot, prepareWebRoot } from '../../src/store/web-root.js';
import { startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

/** Creates a store, and a folder outside WEB_ROOT with files that are not ours. */
async function planted() {
  const home = await temporaryFolder();
  const webRoot = locateWebRoot(join(home, 'pages'));
  prepareWebRoot(webRoot);
  const outside = join(home, 'outside');
  await mkdir(join(outside, 'empty'), { recursive: true });
  for (const name of ['one.page.html', 'one.page.html.gz', 'old.tmp'])
    await writeFile(join(outside, name), 'theirs');
  const store = new PageStore(webRoot);
  const link = async (name: string, target: string) => await symlink(target, join(webRoot.path, name));
  const put = async (file: string) => {
    const body = Buffer.from('<p>ours</p>'.repeat(200));
    const staged = await store.stage(body, contentHash(body), 'text/html; charset=utf-8');
    try {
      store.place(staged, file);
    } finally {
      await store.discard(staged);
    }
  };
  return { ...{ webRoot, outside, store, link, put }, at: (file: string) => join(webRoot.path, file) };
}

/** Returns everything in the folder outside, folders with a slash. */
async function everythingIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const text = entry.isFile() ? await readFile(path, 'utf8') : '/';
    return `${path.slice(folder.length + 1)} ${text} ${(await lstat(path)).mode.toString(8)}`;
  });
  return (await Promise.all(texts)).sort();
}

describe('nothing outside WEB_ROOT is touched through a link that is', () => {
  test.each<[string, string, string, string]>([
    ['a folder of the page', 'blog', '.', 'blog/one.page.html'],
    ['a folder above', 'blog', '.', 'blog/empty/one.page.html'],
    ['a folder above one that is to be made', 'blog', '.', 'blog/new/deep/one.page.html'],
    ['a folder that leads nowhere', 'blog', 'missing', 'blog/one.page.html'],
    ['a folder that leads to a file', 'blog', 'one.page.html', 'blog/one.page.html'],
    [
      'the folder of the pages of Node',
      '.staticgenerator/node-only',
      '.',
      '.staticgenerator/node-only/3f/3f0c',
    ],
  ])('%s', async (_, name, target, file) => {
    const { outside, store, link, put, at } = await planted();
    const before = await everythingIn(outside);
    await link(name, join(outside, target));
    await expect(put(file)).rejects.toMatchObject({ code: 'ELOOP', path: at(name) });
    store.hide(file);
    store.prune([file]);
    if (existsSync(at(file)) || existsSync(`${at(file)}.gz`))
      expect(() => store.remove(file)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    else expect(store.remove(file)).toBe(false);
    expect(await everythingIn(outside)).toEqual(before);
    expect((await lstat(at(name))).isSymbolicLink()).toBe(true);
    expect(await readdir(join(at('.staticgenerator'), 'tmp'))).toEqual([]);
  });

  test.each<[string, string, string]>([
    ["a page's file", 'one.page.html', 'one.page.html'],
    ['the file of a coding', 'one.page.html.gz', 'one.page.html.gz'],
    ['a file that leads nowhere', 'one.page.html', 'missing'],
    ['a coding that leads nowhere', 'one.page.html.br', 'missing'],
    ['a file that leads to a folder', 'one.page.html', 'empty'],
  ])('%s, which is replaced and removed itself', async (_, name, target) => {
    const { outside, store, link, put, at } = await planted();
    const before = await everythingIn(outside);
    await link(name, join(outside, target));
    await put('one.page.html');
    expect((await lstat(at(name))).isFile()).toBe(true);
    await rename(at(name), at('aside'));
    await link(name, join(outside, target));
    store.hide('one.page.html');
    store.remove('one.page.html');
    store.prune(['one.page.html']);
    await expect(lstat(at(name))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await everythingIn(outside)).toEqual(before);
  });

  test.each(['.staticgenerator', '.staticgenerator/tmp'])('%s, while the site runs', async (name) => {
    const { webRoot, outside, store, put, at } = await planted();
    await mkdir(join(outside, 'tmp'));
    await writeFile(join(outside, 'tmp/old.tmp'), 'theirs');
    const before = await everythingIn(outside);
    await rename(at(name), join(webRoot.path, '..', 'moved'));
    await symlink(outside, at(name));
    await expect(put('one.page.html')).rejects.toMatchObject({ code: 'ELOOP', path: at(name) });
    await expect(store.sweep(-1)).rejects.toMatchObject({ code: 'ELOOP', path: at(name) });
    expect(await everythingIn(outside)).toEqual(before);
    expect(() => prepareWebRoot(webRoot)).toThrow(
      expect.objectContaining({ code: 'ERR_WEB_ROOT_UNUSABLE', message: expect.stringContaining('(ELOOP)') }),
    );
    expect(await everythingIn(outside)).toEqual(before);
  });
});

test('WEB_ROOT itself may be a link, and lie behind one', async () => {
  const home = await temporaryFolder();
  await mkdir(join(home, 'release/pages'), { recursive: true });
  await symlink(join(home, 'release'), join(home, 'current'));
  await symlink(join(home, 'current/pages'), join(home, 'www'));
  const site = await startSite((app) => app.get('/{*path}', (_request, response) => response.send('page')), {
    webRoot: join(home, 'www'),
  });
  expect((await site.visit('/blog/one')).outcome).toBe('stored');
  expect(existsSync(join(home, 'release/pages/blog/one.page.html'))).toBe(true);
  expect((await site.pages.quickDelete('/blog/one')).deleted).toEqual(['/blog/one']);
});

test('a page behind a link is served by the app, told once, and stored when a folder is there', async () => {
  const site = await startSite((app) => app.get('/{*path}', (_request, response) => response.send('page')));
  const outside = await temporaryFolder();
  await symlink(outside, join(site.webRoot, 'blog'));
  expect(await site.visit('/blog/one')).toMatchObject({ status: 200, body: 'page', outcome: 'fault' });
  expect(await readdir(outside)).toEqual([]);
  expect((await site.visit('/other')).outcome).toBe('stored');
  const warnings = site.logger.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toMatchObject([{ fields: { path: '/blog/one', fault: 'ELOOP' } }]);

  await writeFile(join(outside, 'one.page.html'), 'theirs');
  await expect(site.pages.quickDelete('/blog/one')).rejects.toMatchObject({
    code: 'ERR_DELETE_FAILED',
    path: 'blog/one.page.html',
  });
  expect((await site.pages.quickDelete('/blog/two')).deleted).toEqual([]);
  expect(await readFile(join(outside, 'one.page.html'), 'utf8')).toBe('theirs');
});
