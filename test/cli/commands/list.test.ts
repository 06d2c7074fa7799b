import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startSite } from '../../helpers/site/site.js';
import { afterAllTests, type Cleanup } from '../../helpers/temporary.js';
import { binary, errorIn, run, siteFolder } from '../run.js';

const paths = ['/posts/b', '/posts/', '/zoo', '/', '/posts/a', '/feed.xml', '/posts', '/posts-old'];
const inOrder = ['/', '/feed.xml', '/posts', '/posts/', '/posts-old', '/posts/a', '/posts/b', '/zoo'];

interface Stored {
  readonly hosts?: readonly string[];
  readonly atEnd?: (cleanup: Cleanup) => void;
}

async function storedSite(
  visited: readonly string[] = paths,
  { hosts, atEnd = onTestFinished }: Stored = {},
) {
  const { folder, webRoot } = await siteFolder(hosts === undefined ? {} : { hosts }, atEnd);
  const site = await startSite(
    (app, pages) =>
      app.use((request, response) => {
        if (request.path.startsWith('/posts')) pages.tag('posts', `name:${request.path}`);
        response
          .type(request.path.endsWith('.xml') ? 'xml' : 'html')
          .send('x'.repeat(request.path.length * 100));
      }),
    { webRoot, atEnd, ...(hosts === undefined ? {} : { hosts }) },
  );
  for (const host of hosts ?? ['localhost'])
    for (const path of visited) await site.visit(path, { headers: { host } });
  return { folder, webRoot, site };
}

async function listed(folder: string, ...words: string[]): Promise<readonly Record<string, unknown>[]> {
  const { code, stdout, stderr } = await run(['list', ...words, '--json'], { folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const pathsOf = (pages: readonly Record<string, unknown>[]) => pages.map(({ path }) => path);

test('on a terminal, no line is longer than the terminal is wide', async () => {
  const long = `/posts/${'long-name-of-a-post-'.repeat(3)}`;
  const { folder } = await storedSite(['/posts/a', long]);
  const cells = async (columns: number) => {
    const environment = { NO_COLOR: '1' };
    const { stdout } = await run(['list'], { folder, isTerminal: true, columns, environment });
    return stdout;
  };
  for (const columns of [60, 80, 100, 120])
    for (const line of (await cells(columns)).split('\n'))
      expect(line.length, line).toBeLessThanOrEqual(columns);
  expect(await cells(500)).toContain(`${long}  posts/long`);
  expect((await run(['list'], { folder })).stdout).toContain(`${long}\t`);
});

test('a page is listed with all that is known of it', async () => {
  const before = Date.now();
  const { folder, webRoot } = await storedSite(['/posts/a']);
  const [page, ...others] = await listed(folder);
  expect(others).toEqual([]);
  expect(page).toEqual({
    path: '/posts/a',
    host: '',
    file: 'posts/a.page.html',
    bytes: 800,
    hash: expect.stringMatching(/^[\w-]{43}$/),
    storedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    expiresAt: null,
    servedBy: 'nginx',
    tags: ['name:/posts/a', 'posts'],
  });
  const storedAt = Date.parse(String(page?.storedAt));
  expect(storedAt).toBeGreaterThanOrEqual(before);
  expect(storedAt).toBeLessThanOrEqual(Date.now());
  expect((await stat(join(webRoot, String(page?.file)))).size).toBe(page?.bytes);
});

test('a page says when it has to be gone', async () => {
  const { folder, webRoot } = await siteFolder();
  const site = await startSite(
    (app) => app.get('/', (_request, response) => void response.set('Cache-Control', 'max-age=60').send('x')),
    { webRoot },
  );
  expect((await site.visit('/')).outcome).toBe('stored');
  const [page] = await listed(folder);
  expect(Date.parse(String(page?.expiresAt)) - Date.parse(String(page?.storedAt))).toBeGreaterThan(50_000);
  expect(Date.parse(String(page?.expiresAt)) - Date.parse(String(page?.storedAt))).toBeLessThanOrEqual(
    60_000,
  );
});

test('a page says that only Node serves it, where it has a header that nginx would not repeat', async () => {
  const { folder, webRoot } = await siteFolder();
  const site = await startSite(
    (app) => app.get('/', (_request, response) => void response.set('X-Own', 'x').send('x')),
    { webRoot },
  );
  expect((await site.visit('/')).outcome).toBe('stored');
  expect(await listed(folder)).toMatchObject([{ path: '/', servedBy: 'node' }]);
});

test('pages are in the order of their paths', async () => {
  const { folder } = await storedSite();
  expect(pathsOf(await listed(folder))).toEqual(inOrder);
});

describe('only pages are listed', () => {
  test.each([
    ['of a glob', ['/posts/*'], ['/posts/a', '/posts/b']],
    ['of a path, in both its forms', ['/posts'], ['/posts', '/posts/']],
    ['of no page', ['/absent'], []],
    ['with a tag', ['--tag', 'posts'], ['/posts', '/posts/', '/posts-old', '/posts/a', '/posts/b']],
    ['with one of some tags', ['--tag', 'name:/posts/a', '--tag', 'name:/posts'], ['/posts', '/posts/a']],
    [
      'of a glob and with a tag',
      ['/posts/*', '--tag', 'name:/posts/a', '--tag', 'name:/posts'],
      ['/posts/a'],
    ],
    ['up to a limit', ['--limit', '3'], inOrder.slice(0, 3)],
    ['up to a limit of those that pass', ['/posts/**', '--limit', '2'], ['/posts', '/posts/']],
    ['up to a limit that is not reached', ['--limit', '100'], inOrder],
  ])('%s', async (_, words, expected) => {
    const { folder } = await storedSite();
    expect(pathsOf(await listed(folder, ...words))).toEqual(expected);
  });
});

describe('with several hosts', () => {
  const hosts = ['b.example', 'a.example'];

  test('each page is listed for each, by path and then host', async () => {
    const { folder } = await storedSite(['/posts/a', '/'], { hosts });
    const pages = await listed(folder);
    expect(pages.map(({ path, host }) => `${path} ${host}`)).toEqual([
      ...['/ a.example', '/ b.example', '/posts/a a.example', '/posts/a b.example'],
    ]);
    expect(pages[0]).toMatchObject({ file: 'a.example/index.html' });
  });

  test('--host lists those of one, written in any case', async () => {
    const { folder } = await storedSite(['/'], { hosts });
    expect(await listed(folder, '--host', 'B.example')).toMatchObject([{ path: '/', host: 'b.example' }]);
  });

  test('the table has a column for them', async () => {
    const { folder } = await storedSite(['/'], { hosts });
    const { stdout } = await run(['list'], { folder, isTerminal: true, environment: { NO_COLOR: '1' } });
    expect(stdout).toMatch(/^Host +Path +File/);
    expect(stdout).toMatch(/^a\.example +\/ +a\.example\/index\.html/m);
  });

  test('another host is wrong usage', async () => {
    const { folder } = await storedSite(['/'], { hosts });
    const outcome = await run(['list', '--host', 'c.example', '--json'], { folder });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorIn(outcome)).toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining('b.example, a.example'),
    });
  });
});

test('--host is all pages of a site with a single host, and wrong usage where the configuration lists none', async () => {
  const single = await storedSite(['/'], { hosts: ['a.example'] });
  expect(pathsOf(await listed(single.folder, '--host', 'a.example'))).toEqual(['/']);
  const none = await storedSite(['/']);
  const outcome = await run(['list', '--host', 'a.example'], { folder: none.folder });
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toContain('lists no `hosts`');
});

describe('wrong usage ends with 2:', () => {
  test.each([
    ['a glob without its slash', ['posts/*'], 'ERR_BAD_TARGET'],
    ['an empty tag', ['--tag', ''], 'ERR_BAD_TAG'],
    ['a limit of 0', ['--limit', '0'], 'ERR_USAGE'],
    ['a limit that is no number', ['--limit', '1e3'], 'ERR_USAGE'],
    ['a negative limit', ['--limit=-1'], 'ERR_USAGE'],
  ])('%s', async (_, words, code) => {
    const { folder } = await siteFolder();
    const outcome = await run(['list', ...words, '--json'], { folder });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(errorIn(outcome)).toMatchObject({ code });
  });
});

test('on a terminal it is a table with titles, readable sizes and a total', async () => {
  const { folder } = await storedSite(['/', '/posts/a-much-longer-path']);
  const { stdout } = await run(['list'], { folder, isTerminal: true, environment: { NO_COLOR: '1' } });
  const [titles = '', first = '', second = '', total, ...rest] = stdout.split('\n');
  expect(titles).toMatch(/^Path +File +Size +Stored +Tags$/);
  expect(first).toMatch(/^\/ +index\.html +100 B {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  expect(second).toMatch(
    /^\/posts\/a-much-longer-path {2}posts\/a\S+ {2}2\.4 KiB {2}\S+ \S+ {2}name:\S+ posts$/,
  );
  expect(titles.indexOf('File')).toBe(first.indexOf('index'));
  expect(titles.indexOf('File')).toBe(second.indexOf('posts/a', 10));
  expect(titles.indexOf('Size') + 'Size'.length).toBe(first.indexOf('100 B') + '100 B'.length);
  expect(titles.indexOf('Tags')).toBe(second.indexOf('name:'));
  expect(total).toBe('2 pages, 2.5 KiB');
  expect(rest).toEqual(['']);
});

test('in a pipe it is lines of tab-separated fields and nothing else', async () => {
  const { folder } = await storedSite(['/', '/posts/a']);
  const { stdout } = await run(['list'], { folder });
  const [page] = await listed(folder, '/posts/a');
  const lines = stdout.split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toBe(`/posts/a\tposts/a.page.html\t800\t${page?.storedAt}\tname:/posts/a posts`);
});

test('a name that would rewrite the screen is shown escaped on a terminal and as it is in a pipe', async () => {
  const { folder } = await storedSite(['/a%E2%80%AEb']);
  expect((await run(['list'], { folder, isTerminal: true })).stdout).toContain('a\\u{202e}b.page.html');
  expect((await run(['list'], { folder })).stdout).toContain('a\u202eb.page.html');
});

describe('no pages:', () => {
  test('an open site has an empty list', async () => {
    const { folder } = await storedSite([]);
    expect(await run(['list'], { folder })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse((await run(['list', '--json'], { folder })).stdout)).toEqual([]);
    const onScreen = await run(['list'], { folder, isTerminal: true, environment: { NO_COLOR: '1' } });
    expect(onScreen.stdout).toBe('0 pages, 0 B\n');
  });

  test('a WEB_ROOT that does not exist is named and not made', async () => {
    const { folder, webRoot } = await siteFolder();
    const stderr = `No pages: WEB_ROOT ${webRoot} does not exist yet\n`;
    expect(await run(['list'], { folder })).toEqual({ code: 0, stdout: '', stderr });
    expect(await listed(folder)).toEqual([]);
    expect(existsSync(webRoot)).toBe(false);
  });

  test('a WEB_ROOT that is empty stays empty', async () => {
    const { folder, webRoot } = await siteFolder();
    await mkdir(webRoot);
    expect(await run(['list'], { folder })).toEqual({
      code: 0,
      stdout: '',
      stderr: `No pages: WEB_ROOT ${webRoot} is empty\n`,
    });
    expect(existsSync(join(webRoot, '.staticgenerator'))).toBe(false);
  });

  test('a WEB_ROOT that has lost its ledger is not touched', async () => {
    const { folder, webRoot, site } = await storedSite(['/']);
    await site.pages.close();
    for (const suffix of ['', '-wal', '-shm']) {
      await rm(join(webRoot, `.staticgenerator/ledger.sqlite${suffix}`), { force: true });
    }
    const { code, stderr } = await run(['list'], { folder });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('has no ledger') });
    expect(existsSync(join(webRoot, 'index.html'))).toBe(true);
  });
});

describe('with more pages than are written at once', () => {
  const count = 1234;
  const published = Array.from({ length: count }, (_, index) => `/p${String(index).padStart(4, '0')}`);
  const atEnd = afterAllTests();
  let folder = '';

  beforeAll(async () => {
    const stored = await storedSite([], { atEnd });
    folder = stored.folder;
    // `/` is published last although it comes first by path, so the ledger finds another order.
    const paths = ['/z', '/%C3%A9', ...published, '/'];
    expect((await stored.site.pages.quickPublish(...paths)).stored).toHaveLength(paths.length);
  });

  test('JSON is one valid array, a page a line', async () => {
    const { stdout } = await run(['list', '--json'], { folder });
    expect(pathsOf(JSON.parse(stdout))).toEqual(['/', '/%C3%A9', ...published, '/z']);
    expect(stdout.split('\n')).toHaveLength(count + 6);
  });

  test('the table has its titles once and its columns aligned', async () => {
    const { stdout } = await run(['list'], { folder, isTerminal: true, environment: { NO_COLOR: '1' } });
    expect(stdout.match(/^Path/gm)).toHaveLength(1);
    expect(new Set(stdout.match(/^\/p\S+ +(?=p)/gm)?.map(({ length }) => length)).size).toBe(1);
    expect(stdout).toMatch(/\n1237 pages, 724\.0 KiB\n$/);
  });

  test('a limit gives the first by path, though the ledger finds another order', async () => {
    expect(pathsOf(await listed(folder, '--limit', '3'))).toEqual(['/', '/%C3%A9', '/p0000']);
  });

  test('head ends it quietly and with success', async () => {
    const script = '{ "$0" "$1" list; echo "exit $?" >&2; } | head -n 1';
    const child = spawn('sh', ['-c', script, process.execPath, binary], { cwd: folder });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    expect(stdout).toMatch(/^\/\t.*\n$/);
    expect(stderr).toBe('exit 0\n');
  });
});
