import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, type FSWatcher, readdirSync, readFileSync, watch } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { contentHash, entityTag, modifiedSecondsOf } from '../../src/store/content-hash.js';
import { PageStore } from '../../src/store/page-store.js';
import { locateWebRoot, prepareWebRoot, type WebRoot } from '../../src/store/web-root.js';
import { PATIENCE_MS } from '../helpers/patience.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { UnprivilegedProcess } from './unprivileged.js';

const HTML = 'text/html; charset=utf-8';
const SUFFIXES = ['', '.br', '.gz'];

interface StoreInFolder {
  readonly store: PageStore;
  readonly webRoot: WebRoot;
  /** Returns the absolute path of a file under WEB_ROOT. */
  at(file: string): string;
}

async function makeStore(): Promise<StoreInFolder> {
  const webRoot = locateWebRoot(join(await temporaryFolder(), 'pages'));
  prepareWebRoot(webRoot);
  return { store: new PageStore(webRoot), webRoot, at: (file) => join(webRoot.path, file) };
}

/** Returns a page of some kilobytes, so that it gets codings. It shows its version. */
function bodyOf(version: string): Buffer {
  return Buffer.from(`<h1>${version}</h1>\n${'<p>some text that is often repeated</p>\n'.repeat(100)}`);
}

async function stage(store: PageStore, body: Buffer, type = HTML) {
  return await store.stage(body, contentHash(body), type);
}

async function put(store: PageStore, file: string, body: Buffer): Promise<void> {
  const staged = await stage(store, body);
  store.place(staged, file);
  await store.discard(staged);
}

/** Returns all files under WEB_ROOT, including the private ones, except the marker. */
async function filesIn(webRoot: WebRoot): Promise<string[]> {
  const entries = await readdir(webRoot.path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const names = files.map((entry) => join(entry.parentPath, entry.name).slice(webRoot.path.length + 1));
  return names.filter((name) => name !== '.staticgenerator/marker.json').sort();
}

/** Whether every coding of a page decodes to its bytes, and no coding exists without the page. */
function isConsistent(target: string): boolean {
  const read = (suffix: string) =>
    statOf(`${target}${suffix}`) === 'file' ? readFileSync(`${target}${suffix}`) : undefined;
  const [page, brotli, gzip] = SUFFIXES.map(read);
  const decoded = [brotli && brotliDecompressSync(brotli), gzip && gunzipSync(gzip)].filter(
    (bytes) => bytes !== undefined,
  );
  return decoded.every((bytes) => page?.equals(bytes));
}

function statOf(path: string): 'file' | 'folder' | undefined {
  const entry = readdirSync(dirname(path), { withFileTypes: true }).find(
    ({ name }) => name === basename(path),
  );
  return entry && (entry.isFile() ? 'file' : 'folder');
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

function setUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => {
    process.umask(before);
  });
}

describe('staging a page', () => {
  test('writes it and its codings where nginx does not look', async () => {
    const { store, webRoot } = await makeStore();
    const body = bodyOf('one');
    const staged = await stage(store, body);
    expect(await readdir(webRoot.path)).toEqual(['.staticgenerator']);
    const files = [staged.page, ...staged.codings.values()];
    for (const file of files) expect(dirname(file)).toBe(webRoot.temporaryFolder);
    expect(await readFile(staged.page)).toEqual(body);
    expect(brotliDecompressSync(await readFile(staged.codings.get('br') ?? ''))).toEqual(body);
    expect(gunzipSync(await readFile(staged.codings.get('gzip') ?? ''))).toEqual(body);
    expect(await filesIn(webRoot)).toHaveLength(3);
  });

  test('makes no codings of a small page, or of what cannot be compressed', async () => {
    const { store } = await makeStore();
    expect((await stage(store, Buffer.from('small'))).codings.size).toBe(0);
    expect((await stage(store, bodyOf('x'), 'image/png')).codings.size).toBe(0);
    expect((await stage(store, randomBytes(5000))).codings.size).toBe(0);
    // Without a type, the bytes may be sent only as they are.
    expect((await store.stage(bodyOf('x'), contentHash(bodyOf('x')), undefined)).codings.size).toBe(0);
  });

  test('gives all of them the mode 0644 and the mtime of the content, whatever the umask', async () => {
    const { store } = await makeStore();
    setUmask(0o077);
    const body = bodyOf('one');
    const staged = await stage(store, body);
    for (const file of [staged.page, ...staged.codings.values()]) {
      expect(await modeOf(file)).toBe('644');
      expect((await stat(file)).mtimeMs).toBe(modifiedSecondsOf(contentHash(body)) * 1000);
    }
  });

  test('can be taken back', async () => {
    const { store, webRoot } = await makeStore();
    const staged = await stage(store, bodyOf('one'));
    await store.discard(staged);
    await store.discard(staged);
    expect(await filesIn(webRoot)).toEqual([]);
  });

  test('rejects, and leaves nothing, where it cannot write', async () => {
    const { store, webRoot } = await makeStore();
    await rm(webRoot.temporaryFolder, { recursive: true });
    await expect(stage(store, bodyOf('one'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await filesIn(webRoot)).toEqual([]);
  });
});

describe('placing a page', () => {
  test('puts it and its codings where they are served from', async () => {
    const { store, webRoot, at } = await makeStore();
    setUmask(0o077);
    const body = bodyOf('one');
    const staged = await stage(store, body);
    store.place(staged, 'a/b/page.html');
    expect(await filesIn(webRoot)).toEqual(['a/b/page.html', 'a/b/page.html.br', 'a/b/page.html.gz']);
    expect(await readFile(at('a/b/page.html'))).toEqual(body);
    expect(isConsistent(at('a/b/page.html'))).toBe(true);
    for (const folder of ['a', 'a/b']) expect(await modeOf(at(folder))).toBe('755');
    for (const suffix of SUFFIXES) {
      const status = await stat(at(`a/b/page.html${suffix}`));
      expect((status.mode & 0o777).toString(8)).toBe('644');
      expect(status.mtimeMs).toBe(modifiedSecondsOf(contentHash(body)) * 1000);
    }
  });

  test('leaves nothing to take back', async () => {
    const { store, webRoot } = await makeStore();
    const staged = await stage(store, bodyOf('one'));
    store.place(staged, 'page.html');
    await store.discard(staged);
    expect(await filesIn(webRoot)).toEqual(['page.html', 'page.html.br', 'page.html.gz']);
  });

  test('replaces the page that was there, and its codings', async () => {
    const { store, at } = await makeStore();
    await put(store, 'page.html', bodyOf('one'));
    await put(store, 'page.html', bodyOf('two'));
    expect(await readFile(at('page.html'))).toEqual(bodyOf('two'));
    expect(isConsistent(at('page.html'))).toBe(true);
  });

  test('leaves no coding of the page before where the new one has none', async () => {
    const { store, webRoot } = await makeStore();
    await put(store, 'page.html', bodyOf('one'));
    await put(store, 'page.html', Buffer.from('small'));
    expect(await filesIn(webRoot)).toEqual(['page.html']);
  });

  test('makes a folder anew that was pruned after the page had been staged', async () => {
    const { store, at } = await makeStore();
    await put(store, 'a/b/one.html', bodyOf('one'));
    const staged = await stage(store, bodyOf('two'));
    store.remove('a/b/one.html');
    store.prune(['a/b/one.html']);
    expect(existsSync(at('a'))).toBe(false);
    store.place(staged, 'a/b/two.html');
    expect(isConsistent(at('a/b/two.html'))).toBe(true);
  });

  test('takes old codings away first and puts new ones last', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only inotify tells of changes one by one and in order');
    const { store, at } = await makeStore();
    await put(store, 'a/page.html', bodyOf('one'));
    const staged = await stage(store, bodyOf('two'));
    const changes = await changesIn(at('a'), () => store.place(staged, 'a/page.html'));
    expect(changes).toEqual(['page.html.br', 'page.html.gz', 'page.html', 'page.html.br', 'page.html.gz']);
  });

  test('fails where a folder is in its way, and leaves that', async () => {
    const { store, webRoot, at } = await makeStore();
    await mkdir(at('page.html'));
    await writeFile(at('page.html/mine'), '');
    const staged = await stage(store, bodyOf('one'));
    expect(() => store.place(staged, 'page.html')).toThrow(expect.objectContaining({ code: 'EISDIR' }));
    await store.discard(staged);
    expect(await filesIn(webRoot)).toEqual(['page.html/mine']);
  });

  test.each(['.br', '.gz'])(
    'fails where a folder is in the way of the coding %s, and leaves the old page',
    async (suffix) => {
      const { store, webRoot, at } = await makeStore();
      await put(store, 'page.html', bodyOf('one'));
      await rm(at(`page.html${suffix}`));
      await mkdir(at(`page.html${suffix}`));
      const staged = await stage(store, bodyOf('two'));
      expect(() => store.place(staged, 'page.html')).toThrow(
        expect.objectContaining({ code: expect.any(String) }),
      );
      await store.discard(staged);
      expect(await readFile(at('page.html'))).toEqual(bodyOf('one'));
      expect(isConsistent(at('page.html'))).toBe(true);
      expect((await filesIn(webRoot)).every((file) => file.startsWith('page.html'))).toBe(true);
    },
  );

  test.each(['page', 'br', 'gzip'] as const)(
    'fails if what was staged is gone, and leaves no coding of another page: %s',
    async (missing) => {
      const { store, at } = await makeStore();
      await put(store, 'page.html', bodyOf('one'));
      const staged = await stage(store, bodyOf('two'));
      await rm(missing === 'page' ? staged.page : (staged.codings.get(missing) ?? ''));
      expect(() => store.place(staged, 'page.html')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
      expect(isConsistent(at('page.html'))).toBe(true);
      expect(await readFile(at('page.html'))).toEqual(bodyOf(missing === 'page' ? 'one' : 'two'));
    },
  );

  test.each(['', '..', '../page.html', 'a/../../page.html', 'a/./page.html'])(
    'is refused outside WEB_ROOT: %j',
    async (file) => {
      const { store, webRoot } = await makeStore();
      const staged = await stage(store, bodyOf('one'));
      for (const action of [
        () => store.place(staged, file),
        () => store.remove(file),
        () => store.read(file, undefined),
        () => store.prune([file]),
      ]) {
        expect(action).toThrow(expect.objectContaining({ code: 'ERR_BAD_TARGET', path: file }));
      }
      await store.discard(staged);
      expect(await filesIn(webRoot)).toEqual([]);
    },
  );
});

describe('removing a page', () => {
  test('removes its codings with it, and tells whether it was there', async () => {
    const { store, webRoot } = await makeStore();
    await put(store, 'page.html', bodyOf('one'));
    await put(store, 'page.html.x.html', bodyOf('other'));
    expect(store.remove('page.html')).toBe(true);
    expect(store.remove('page.html')).toBe(false);
    expect(store.remove('missing/page.html')).toBe(false);
    expect(await filesIn(webRoot)).toEqual([
      'page.html.x.html',
      'page.html.x.html.br',
      'page.html.x.html.gz',
    ]);
  });

  test('takes the codings away first', async ({ skip }) => {
    if (process.platform !== 'linux') skip('only inotify tells of changes one by one and in order');
    const { store, at } = await makeStore();
    await put(store, 'a/page.html', bodyOf('one'));
    const changes = await changesIn(at('a'), () => store.remove('a/page.html'));
    expect(changes).toEqual(['page.html.br', 'page.html.gz', 'page.html']);
  });

  test('removes codings that a hand has left', async () => {
    const { store, webRoot, at } = await makeStore();
    await put(store, 'page.html', bodyOf('one'));
    await rm(at('page.html'));
    expect(store.remove('page.html')).toBe(false);
    expect(await filesIn(webRoot)).toEqual([]);
  });

  test('finds none below a file', async () => {
    const { store, at } = await makeStore();
    await writeFile(at('a'), '');
    expect(store.remove('a/page.html')).toBe(false);
  });

  test.each(SUFFIXES)(
    'throws where a folder is in the place of the file page.html%s, after the other files have gone',
    async (suffix) => {
      const { store, webRoot, at } = await makeStore();
      await put(store, 'page.html', bodyOf('one'));
      await rm(at(`page.html${suffix}`));
      await mkdir(at(`page.html${suffix}`));
      expect(() => store.remove('page.html')).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(?:EISDIR|EPERM)$/) }),
      );
      expect(await filesIn(webRoot)).toEqual([]);
      expect(existsSync(at(`page.html${suffix}`))).toBe(true);
    },
  );
});

describe('pruning', () => {
  test('removes the folders that the pages have left empty, and never WEB_ROOT', async () => {
    const { store, webRoot, at } = await makeStore();
    for (const file of ['a/b/page.html', 'a/c/page.html', 'page.html']) await put(store, file, bodyOf('one'));
    store.remove('a/b/page.html');
    store.prune(['a/b/page.html']);
    expect(existsSync(at('a/b'))).toBe(false);
    expect(existsSync(at('a/c/page.html'))).toBe(true);
    store.remove('a/c/page.html');
    store.remove('page.html');
    store.prune(['a/c/page.html', 'page.html', 'gone/long/ago.html']);
    expect(await readdir(webRoot.path)).toEqual(['.staticgenerator']);
  });

  test('leaves WEB_ROOT though nothing is left in it', async () => {
    const { store, webRoot } = await makeStore();
    await rm(webRoot.stateFolder, { recursive: true });
    store.prune(['page.html', 'a/page.html']);
    expect(existsSync(webRoot.path)).toBe(true);
  });
});

describe('reading a page', () => {
  const wholeOf = (store: PageStore, coding: 'br' | 'gzip' | undefined) => {
    const page = store.read('page.html', coding);
    if (page === undefined || !('bytes' in page)) throw new Error('the page is not there, or not whole');
    return page;
  };

  test('gives the bytes of the page or of its coding, and the entity tag of each', async () => {
    const { store } = await makeStore();
    const body = bodyOf('one');
    await put(store, 'page.html', body);
    const modified = modifiedSecondsOf(contentHash(body));
    for (const [coding, decode] of [
      [undefined, (bytes: Uint8Array) => bytes],
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const { bytes, size, entityTag: tag } = wholeOf(store, coding);
      expect(decode(bytes)).toEqual(body);
      expect(size).toBe(bytes.length);
      expect(tag).toBe(entityTag(modified, bytes.length));
    }
  });

  test('gives what is there now', async () => {
    const { store } = await makeStore();
    for (const version of ['one', 'two']) {
      await put(store, 'page.html', bodyOf(version));
      expect(wholeOf(store, undefined).bytes).toEqual(bodyOf(version));
    }
    store.remove('page.html');
    expect(store.read('page.html', undefined)).toBeUndefined();
    expect(store.read('page.html', 'br')).toBeUndefined();
  });

  test('gives nothing where there is nothing', async () => {
    const { store } = await makeStore();
    expect(store.read('page.html', undefined)).toBeUndefined();
    expect(store.read('a/page.html', 'br')).toBeUndefined();
    await put(store, 'page.html', Buffer.from('small'));
    expect(store.read('page.html', 'gzip')).toBeUndefined();
  });
});

describe('a page that only Node serves', () => {
  test('has a name of its own each time, in the private folder', async () => {
    const { store, webRoot } = await makeStore();
    const names = Array.from({ length: 100 }, () => store.nodeOnlyFile());
    expect(new Set(names).size).toBe(100);
    for (const name of names)
      expect(name).toMatch(/^\.staticgenerator\/node-only\/[0-9a-f]{2}\/[0-9a-f]{32}$/);
    expect(webRoot.nodeOnlyFolder).toBe('.staticgenerator/node-only');
  });

  test('is placed, opened, removed and pruned like any other', async () => {
    const { store, webRoot } = await makeStore();
    const file = store.nodeOnlyFile();
    await put(store, file, bodyOf('one'));
    expect(await filesIn(webRoot)).toEqual(SUFFIXES.map((suffix) => `${file}${suffix}`));
    expect(store.read(file, undefined)?.size).toBe(bodyOf('one').length);
    expect(store.remove(file)).toBe(true);
    store.prune([file]);
    expect((await readdir(webRoot.stateFolder)).sort()).toEqual(['marker.json', 'tmp']);
  });

  test('is not among the files that nginx may find', async () => {
    const { store, webRoot } = await makeStore();
    await put(store, store.nodeOnlyFile(), bodyOf('one'));
    await put(store, 'page.html', Buffer.from('small'));
    const names = await readdir(webRoot.path);
    expect(names.sort()).toEqual(['.staticgenerator', 'page.html']);
  });
});

describe('sweeping', () => {
  test('removes what has been lying about for too long, by the time it was written', async () => {
    const { store, webRoot } = await makeStore();
    await stage(store, bodyOf('one'));
    await stage(store, Buffer.from('small'));
    // The mtime is derived from the content, so it may be any time.
    const ancient = await stage(store, Buffer.from('ancient'));
    await utimes(ancient.page, 0, 0);
    expect(await store.sweep(60_000)).toBe(0);
    expect(await filesIn(webRoot)).toHaveLength(5);
    expect(await store.sweep(-60_000)).toBe(5);
    expect(await filesIn(webRoot)).toEqual([]);
    expect(await store.sweep(-60_000)).toBe(0);
  });

  test('leaves pages alone', async () => {
    const { store, webRoot } = await makeStore();
    await put(store, 'page.html', Buffer.from('small'));
    await store.sweep(-60_000);
    expect(await filesIn(webRoot)).toEqual(['page.html']);
  });

  test('rejects at what it cannot remove', async () => {
    const { store, webRoot } = await makeStore();
    await mkdir(join(webRoot.temporaryFolder, 'folder'));
    await expect(store.sweep(-60_000)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:EISDIR|EPERM)$/),
    });
  });
});

describe('the pages that lie under WEB_ROOT', () => {
  const ours = [
    'index.html',
    'about.page.html',
    'api.page.json',
    'blog/index.html',
    'blog/a.html',
    'feed.xml',
    'café.page.html',
    'a b.html',
  ];
  const codings = ['index.html.gz', 'index.html.br', 'about.page.html.br', 'orphan.page.html.gz'];
  const somebodys = [
    ...[
      'notes.docx',
      '.htaccess',
      'index.php',
      'index.htm',
      'backup.tar.gz',
      'dump.sql',
      'README',
      'caf\u0085.html',
    ],
    ...[
      'blog/.hidden',
      'blog/photo.JPG',
      'old/index.html.bak',
      'a.html.gz.br',
      'a.html.br.gz',
      'a.html.zst',
      'a.html.tmp',
      'x.page.xml',
    ],
    ...['.well-known/security.txt', 'a.page.b.html', 'a.html/index.html', 'logs/2024.log', 'lost+found/#123'],
  ];

  async function fill(at: StoreInFolder['at'], files: readonly string[]): Promise<void> {
    for (const file of files) {
      await mkdir(dirname(at(file)), { recursive: true });
      await writeFile(at(file), 'content');
    }
  }

  async function pagesOf(store: PageStore, hosts: readonly string[] = []): Promise<string[]> {
    const pages = new Set<string>();
    for await (const page of store.pages(hosts)) pages.add(page);
    return [...pages].sort();
  }

  test('are told from what somebody has put beside them; a coding alone stands for its page', async () => {
    const { store, at } = await makeStore();
    await fill(at, [...ours, ...codings, ...somebodys]);
    expect(await pagesOf(store)).toEqual([...ours, 'orphan.page.html'].sort());
    expect(store.isEmpty()).toBe(false);
  });

  test('are no symbolic links, nor what they lead to', async () => {
    const { store, at } = await makeStore();
    const elsewhere = await temporaryFolder();
    await writeFile(join(elsewhere, 'index.html'), 'mine');
    await symlink(join(elsewhere, 'index.html'), at('linked.html'));
    await symlink(elsewhere, at('folder'));
    expect(await pagesOf(store)).toEqual([]);
  });

  test('are those too that only Node serves, and nothing else of the private folder', async () => {
    const { store, at } = await makeStore();
    expect(store.isEmpty()).toBe(true);
    const file = store.nodeOnlyFile();
    await put(store, file, bodyOf('one'));
    await fill(at, [
      '.staticgenerator/ledger.sqlite',
      '.staticgenerator/index.html',
      '.staticgenerator/tmp/a.tmp',
    ]);
    expect(await pagesOf(store)).toEqual([file]);
    expect(store.isEmpty()).toBe(false);
  });

  test('are those of every host', async () => {
    const { store, at } = await makeStore();
    const long = `${'x'.repeat(230)}.html`;
    const pages = ['a.example/index.html', 'a.example/a.html', '[::1]/index.html', `a.example/${long}`];
    await fill(at, [
      ...pages,
      'c.example/index.html',
      'a.example/a.html.gz',
      'a.example/notes.docx',
      '[::2]/index.html',
    ]);
    expect(await pagesOf(store, ['a.example', '[::1]'])).toEqual([...pages, 'c.example/index.html'].sort());
  });

  test('are none in a new WEB_ROOT', async () => {
    const { store } = await makeStore();
    expect(await pagesOf(store, ['a.example'])).toEqual([]);
    expect(store.isEmpty()).toBe(true);
  });
});

describe('without the rights to do so', () => {
  const unprivileged = new UnprivilegedProcess();

  async function siteOfNobody() {
    const path = join(await unprivileged.folder(), 'pages');
    await unprivileged.do('prepare', { path });
    await unprivileged.do('write', { path, file: 'blog/page.html', body: bodyOf('one').toString() });
    return { path, page: join(path, 'blog/page.html'), folder: join(path, 'blog') };
  }

  test('a page is not removed, and the error tells so', async () => {
    const { path, page, folder } = await siteOfNobody();
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));
    expect(await unprivileged.do('remove', { path, file: 'blog/page.html' })).toEqual({ code: 'EACCES' });
    expect(isConsistent(page)).toBe(true);
    expect(existsSync(page)).toBe(true);
  });

  test('a page that cannot be removed goes all the same, if its folder is ours and has only lost its mode', async () => {
    const { path, page, folder } = await siteOfNobody();
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));
    expect(await unprivileged.do('hide', { path, file: 'blog/page.html' })).toEqual({});
    for (const suffix of SUFFIXES) expect(existsSync(`${page}${suffix}`)).toBe(false);
    expect(await modeOf(folder)).toBe('555');
  });

  test.runIf(process.getuid?.() === 0)('and is hidden from nginx, with its codings, if not', async () => {
    const { path, page, folder } = await siteOfNobody();
    await chown(folder, 0, 0);
    expect(await unprivileged.do('hide', { path, file: 'blog/page.html' })).toEqual({});
    for (const suffix of SUFFIXES) expect(await modeOf(`${page}${suffix}`)).toBe('0');
    expect(await unprivileged.do('open', { path, file: 'blog/page.html' })).toEqual({ code: 'EACCES' });
  });

  test('what a link in the place of a page leads to, and a folder there, are not touched', async () => {
    const { path, page } = await siteOfNobody();
    const other = join(path, 'other.html');
    await writeFile(other, 'other');
    await rm(page);
    await symlink(other, page);
    await rm(`${page}.gz`);
    await mkdir(`${page}.gz`, { mode: 0o755 });
    expect(await unprivileged.do('hide', { path, file: 'blog/page.html' })).toEqual({});
    expect(await modeOf(other)).toBe('644');
    expect(await modeOf(`${page}.gz`)).toBe('755');
  });

  test('hiding is an attempt: what is missing, or somebody else\u2019s, is no error', async () => {
    const { path, page } = await siteOfNobody();
    await rm(`${page}.br`);
    expect(await unprivileged.do('hide', { path, file: 'blog/page.html' })).toEqual({});
    expect(await unprivileged.do('hide', { path, file: 'missing.html' })).toEqual({});
    if (process.getuid?.() !== 0) return;
    await writeFile(join(path, 'root.html'), '');
    expect(await unprivileged.do('hide', { path, file: 'root.html' })).toEqual({});
    expect(await modeOf(join(path, 'root.html'))).toBe('644');
  });

  test('nothing is left of a page that cannot be placed', async () => {
    const { path, page, folder } = await siteOfNobody();
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));
    for (const file of ['blog/page.html', 'blog/other.html', 'blog/new/page.html']) {
      expect(await unprivileged.do('write', { path, file, body: bodyOf('two').toString() })).toEqual({
        code: 'EACCES',
      });
    }
    expect(await readFile(page)).toEqual(bodyOf('one'));
    expect(isConsistent(page)).toBe(true);
    expect(await filesIn(locateWebRoot(path))).toEqual(SUFFIXES.map((suffix) => `blog/page.html${suffix}`));
  });

  test('nothing is left of a page that cannot be staged', async () => {
    const { path } = await siteOfNobody();
    const { temporaryFolder: folder } = locateWebRoot(path);
    await chmod(folder, 0o500);
    onTestFinished(() => chmod(folder, 0o700));
    expect(
      await unprivileged.do('write', { path, file: 'new.html', body: bodyOf('two').toString() }),
    ).toEqual({ code: 'EACCES' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('with no room for it', () => {
  // The shell limits the size of a file, in blocks of 512 bytes. The codings fit, but the page does not.
  const limited = new UnprivilegedProcess({ maxFileBlocks: 400 });

  test('a page is not stored, and nothing of it is left', async () => {
    const path = join(await limited.folder(), 'pages');
    await limited.do('prepare', { path });
    const body = 'a page that is large, and easy to compress\n'.repeat(10_000);
    expect(await limited.do('write', { path, file: 'page.html', body })).toEqual({ code: 'EFBIG' });
    expect(await filesIn(locateWebRoot(path))).toEqual([]);
    expect(await limited.do('write', { path, file: 'page.html', body: bodyOf('one').toString() })).toEqual(
      {},
    );
  });
});

/** Returns the names of the files that an action changes in a folder, in order, one for each change. */
async function changesIn(folder: string, action: () => void): Promise<string[]> {
  const watcher: FSWatcher = watch(folder);
  onTestFinished(() => watcher.close());
  const names: string[] = [];
  watcher.on('change', (_event, name) => names.push(String(name)));
  action();
  // Events arrive in order: when this one has arrived, all earlier ones have.
  const end = 'the-end';
  await writeFile(join(dirname(folder), end), '');
  await rename(join(dirname(folder), end), join(folder, end));
  while (!names.includes(end)) await once(watcher, 'change', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return names.slice(0, names.indexOf(end));
}
