import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestProcess } from '../../helpers/process/child-process.js';
import { send, startSite } from '../../helpers/site/site.js';
import { errorIn, run, runProcess, siteFolder, writeConfig } from '../run.js';

/** Starts an app with stored pages in this process. The command, in another process, is to delete them. */
async function runningSite(paths: readonly string[], options: { readonly hosts?: readonly string[] } = {}) {
  const { folder, webRoot } = await siteFolder(options);
  let renders = 0;
  const site = await startSite(
    (app, pages) =>
      app.use((request, response) => {
        pages.tag(`name:${request.path.slice(1)}`, 'every');
        renders += 1;
        response.send(`render ${renders}`);
      }),
    { ...options, webRoot },
  );
  for (const path of paths) await site.visit(path);
  const isStored = async (path: string) => (await site.request(path)).cache === 'staticgenerator; hit';
  return { folder, webRoot, site, isStored };
}

/** Starts an app in its own process. Its page /value shows a number that is kept in a file. */
async function siteProcess() {
  const { folder, webRoot } = await siteFolder();
  const database = join(folder, 'database');
  const write = (value: number) => writeFile(database, String(value));
  await write(1);
  const app = new TestProcess('site/site-process.mjs', { webRoot, database });
  const { port } = await app.waitFor('listening');
  return { folder, app, write, request: () => send(Number(port), '/value') };
}

test('a deletion is seen by the next request of an app that is running in another process', async () => {
  const { folder, app, write, request } = await siteProcess();
  await request();
  await app.waitFor('log', ({ message }) => message === 'page stored');
  await write(2);
  expect(await request()).toMatchObject({ body: 'value 1', cache: 'staticgenerator; hit' });
  const outcome = await run(['delete', '/value'], { folder });
  expect(outcome).toEqual({ code: 0, stdout: '/value\n1 page deleted\n', stderr: '' });
  expect(await request()).toMatchObject({ body: 'value 2', cache: 'staticgenerator; fwd=uri-miss' });
});

test('a render of another process that began before the deletion is not stored', async () => {
  const { folder, app, write, request } = await siteProcess();
  app.command('hold');
  await app.waitFor('held');
  const inFlight = request();
  await app.waitFor('read');
  await write(2);
  expect(await run(['delete', '/value'], { folder })).toMatchObject({ code: 0, stdout: '0 pages deleted\n' });
  app.command('release');
  expect((await inFlight).body).toBe('value 1');
  await app.waitFor('log', ({ reason }) => reason === 'voided');
  expect((await request()).body).toBe('value 2');
});

describe('a target is', () => {
  const paths = ['/', '/posts', '/posts/', '/posts/a', '/posts/b', '/tags/a', '/caf%C3%A9'];

  test.each([
    ['a path, for both its forms', ['/posts'], ['/posts', '/posts/']],
    ['a path as it reads', ['/café'], ['/caf%C3%A9']],
    ['the root', ['/'], ['/']],
    ['a glob', ['/posts/*'], ['/posts/a', '/posts/b']],
    ['a glob of the parent too', ['/posts/**'], ['/posts', '/posts/', '/posts/a', '/posts/b']],
    ['a URL', ['https://blog.example/tags/a?from=mail'], ['/tags/a']],
    ['a tag', ['--tag', 'name:tags/a'], ['/tags/a']],
    ['several tags', ['--tag', 'name:tags/a', '--tag=name:posts/a'], ['/posts/a', '/tags/a']],
    ['several things', ['/', '/tags/*', '--tag', 'name:posts/b'], ['/', '/posts/b', '/tags/a']],
    ['everything', ['--all'], paths],
  ])('%s', async (_, words, expected) => {
    const { folder, isStored } = await runningSite(paths);
    // First with `--dry-run`: both must agree on what the arguments name.
    for (const extra of [['--dry-run'], []]) {
      const { code, stdout, stderr } = await run(['delete', ...words, ...extra, '--json'], { folder });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { dryRun, count, pages } = JSON.parse(stdout);
      expect({ dryRun, count, pages: pages.toSorted() }).toEqual({
        dryRun: extra.length > 0,
        count: expected.length,
        pages: expected.toSorted(),
      });
    }
    for (const path of paths) expect([path, await isStored(path)]).toEqual([path, !expected.includes(path)]);
  });
});

test('a dry run deletes nothing and says so', async () => {
  const { folder, isStored } = await runningSite(['/b', '/a', '/c']);
  const outcome = await run(['delete', '/{a,b}', '--dry-run'], { folder });
  expect(outcome).toEqual({ code: 0, stdout: '/a\n/b\n2 pages would be deleted\n', stderr: '' });
  for (const path of ['/a', '/b', '/c']) expect(await isStored(path)).toBe(true);
});

describe('standard input', () => {
  test('gives targets for -, one a line, beside those of the command line', async () => {
    const { folder } = await runningSite(['/a', '/b', '/c', '/d']);
    const { code, stdout } = await runProcess(['delete', '/a', '-', '--json'], {
      folder,
      input: '/b\r\n\n  /c\n',
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).pages.toSorted()).toEqual(['/a', '/b', '/c']);
  });

  test('that is empty names nothing, which is no error', async () => {
    const { folder } = await runningSite(['/a']);
    expect(await run(['delete', '-'], { folder, input: '' })).toMatchObject({
      code: 0,
      stdout: '0 pages deleted\n',
    });
  });

  test('with a bad line deletes nothing', async () => {
    const { folder, isStored } = await runningSite(['/a']);
    expect(await run(['delete', '-'], { folder, input: '/a\nb\n' })).toMatchObject({
      code: 2,
      stdout: '',
    });
    expect(await isStored('/a')).toBe(true);
  });

  test('is not waited for without -', async () => {
    const { folder } = await runningSite(['/a']);
    expect(await runProcess(['delete', '/x'], { folder, input: '/a\n' })).toMatchObject({
      stdout: '0 pages deleted\n',
    });
  });
});

test('a page that is not stored is no error', async () => {
  const { folder } = await runningSite([]);
  const nothing = { dryRun: false, count: 0, pages: [], notPages: [] };
  expect(await run(['delete', '/absent'], { folder })).toEqual({
    code: 0,
    stdout: '0 pages deleted\n',
    stderr: '',
  });
  expect(JSON.parse((await run(['delete', '/absent', '--json'], { folder })).stdout)).toEqual(nothing);
});

describe('a path that no page can have', () => {
  test('is told of on standard error, and the others are deleted', async () => {
    const { folder, isStored } = await runningSite(['/a']);
    expect(await run(['delete', '/tags/100%25', '/a', '/100%\u001b'], { folder })).toEqual({
      code: 0,
      stdout: '/a\n1 page deleted\n',
      stderr: 'No page can have this path: /tags/100%25\nNo page can have this path: /100%\\u{1b}\n',
    });
    expect(await isStored('/a')).toBe(false);
  });

  test.each([
    ['in earnest', []],
    ['in a dry run', ['--dry-run']],
  ])('is named in JSON %s', async (_, words) => {
    const { folder } = await runningSite(['/a']);
    const { code, stdout, stderr } = await run(['delete', '/a', '-', '--json', ...words], {
      folder,
      input: '/.env\n/a;b\n/.env\n',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const dryRun = words.length > 0;
    expect(JSON.parse(stdout)).toEqual({ dryRun, count: 1, pages: ['/a'], notPages: ['/.env', '/a;b'] });
  });
});

describe('a WEB_ROOT that', () => {
  test.each([
    ['in earnest', []],
    ['in a dry run', ['--dry-run']],
  ])('does not exist is not made %s', async (_, words) => {
    const { folder, webRoot } = await siteFolder();
    const { code, stdout, stderr } = await run(['delete', '/', ...words], { folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0 pages /);
    expect(stderr).toBe(`No pages: WEB_ROOT ${webRoot} does not exist yet\n`);
    expect(existsSync(webRoot)).toBe(false);
  });

  test.each([
    ['in earnest', []],
    ['in a dry run', ['--dry-run']],
  ])('is empty stays empty %s', async (_, words) => {
    const { folder, webRoot } = await siteFolder();
    await mkdir(webRoot);
    const { code, stderr } = await run(['delete', '/', ...words, '--json'], { folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(existsSync(join(webRoot, '.staticgenerator'))).toBe(false);
  });

  test('has lost its ledger is not touched by a dry run', async () => {
    const { folder, webRoot, site } = await runningSite(['/a']);
    await site.pages.close();
    for (const suffix of ['', '-wal', '-shm']) {
      await rm(join(webRoot, `.staticgenerator/ledger.sqlite${suffix}`), { force: true });
    }
    const { code, stderr } = await run(['delete', '--all', '--dry-run'], { folder });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `No pages: WEB_ROOT ${webRoot} has no ledger; the app creates a new one\n`,
    });
    expect(existsSync(join(webRoot, 'a.page.html'))).toBe(true);
  });
});

describe('wrong usage ends with 2 and deletes nothing:', () => {
  test.each([
    ['no target', [], 'ERR_USAGE', /--tag <tag> or --all/],
    ['--dry-run alone', ['--dry-run'], 'ERR_USAGE', /got nothing to delete/],
    ['a target and --all', ['/a', '--all'], 'ERR_USAGE', /got both/],
    ['a tag and --all', ['--tag', 'every', '--all'], 'ERR_USAGE', /got both/],
    ['a target without its slash', ['/a', 'b'], 'ERR_BAD_TARGET', /"b".*must start with '\/'/],
    ['a negated glob', ['!/a'], 'ERR_BAD_TARGET', /cannot be negated/],
    ['a glob that is none', ['/a', '/[b'], 'ERR_BAD_TARGET', /"\/\[b"/],
    ['an empty target', ['/a', ''], 'ERR_BAD_TARGET', /""/],
    ['an empty tag', ['/a', '--tag', ''], 'ERR_BAD_TAG', /non-empty string/],
  ])('%s', async (_, words, code, message) => {
    const { folder, isStored } = await runningSite(['/a']);
    const outcome = await run(['delete', ...words, '--json'], { folder });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorIn(outcome)).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await isStored('/a')).toBe(true);
  });

  test('a URL of a host that the configuration does not list', async () => {
    const { folder } = await runningSite([], { hosts: ['a.example', 'b.example'] });
    const outcome = await run(['delete', 'https://c.example/', '--json'], { folder });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorIn(outcome)).toMatchObject({
      code: 'ERR_BAD_TARGET',
      message: expect.stringContaining('a.example, b.example'),
    });
  });
});

test.each([
  ['in earnest', []],
  ['in a dry run', ['--dry-run']],
])('a URL names the page of its host alone %s', async (_, extra) => {
  const { folder, site } = await runningSite([], { hosts: ['a.example', 'b.example'] });
  for (const host of ['a.example', 'b.example']) await site.visit('/x', { headers: { host } });
  const { stdout } = await run(['delete', 'https://b.example/x', ...extra, '--json'], { folder });
  expect(JSON.parse(stdout)).toMatchObject({ count: 1, pages: ['/x'] });
  const cacheOf = async (host: string) => (await site.request('/x', { headers: { host } })).cache;
  expect(await cacheOf('a.example')).toBe('staticgenerator; hit');
  expect((await cacheOf('b.example')) === 'staticgenerator; hit').toBe(extra.length > 0);
});

test('a file that cannot be deleted ends with 1 and its name, after the others have been deleted', async () => {
  const { folder, webRoot, isStored } = await runningSite(['/a', '/b']);
  // Not even root can unlink a folder.
  await rm(join(webRoot, 'a.page.html'));
  await mkdir(join(webRoot, 'a.page.html'));
  const plain = await run(['delete', '/a', '/b'], { folder });
  expect(plain).toMatchObject({ code: 1, stdout: '' });
  expect(plain.stderr).toMatch(/^error: Could not delete file: a\.page\.html\b.*\n$/);
  expect(await isStored('/b')).toBe(false);
});

test('a file that cannot be deleted is named as data in JSON', async () => {
  const { folder, webRoot } = await runningSite(['/a']);
  await rm(join(webRoot, 'a.page.html'));
  await mkdir(join(webRoot, 'a.page.html'));
  const outcome = await run(['delete', '/a', '--json'], { folder });
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(errorIn(outcome)).toMatchObject({
    code: 'ERR_DELETE_FAILED',
    path: 'a.page.html',
    files: expect.arrayContaining(['a.page.html']),
  });
});

test('pages are not out of date because the command is of another version than the app', async () => {
  const { folder, webRoot, isStored } = await runningSite(['/a', '/b']);
  await writeConfig(folder, { webRoot, urls: ['^/'], version: 'next' });
  expect(await run(['delete', '/b'], { folder })).toMatchObject({ code: 0, stdout: '/b\n1 page deleted\n' });
  expect(await isStored('/a')).toBe(true);
});
