/** What every implementation of the ledger promises; run on each with real files. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FileMover, FileRemover, Ledger, PageEntry } from '../../src/ledger/ledger.js';
import type { Extension } from '../../src/page/grammar.js';
import { compileSelector, parseTarget, type Selector } from '../../src/page/selector.js';
import { entryOf, PageFiles, type PageOptions, store } from './pages.js';

/** One place where a ledger lies, and pages beside it. */
export interface LedgerPlace {
  /** The folder of the pages. */
  readonly folder: string;
  /** Opens the ledger as one more process would. */
  open(options?: { readonly version?: string | undefined }): Ledger;
}

const NOW = Date.now();
const HOUR = 3_600_000;

/** A whole invalidation; the paths of the pages that were removed. */
async function invalidate(
  ledger: Ledger,
  files: PageFiles,
  ...targets: readonly (string | Selector)[]
): Promise<string[]> {
  const selectors = targets.map((target) => (typeof target === 'string' ? parseTarget(target) : target));
  const removed = await ledger.apply(await ledger.append(selectors, 'delete'), files);
  return removed.map(({ path }) => path).sort();
}

function pathsIn(ledger: Ledger): string[] {
  return [...ledger.pages()].map(({ path }) => path).sort();
}

export function describeLedger(name: string, makePlace: () => Promise<LedgerPlace>): void {
  async function start() {
    const place = await makePlace();
    const open: LedgerPlace['open'] = (options) => {
      const ledger = place.open(options);
      onTestFinished(() => ledger.close());
      return ledger;
    };
    return { open, ledger: open(), files: new PageFiles(place.folder) };
  }

  describe(`${name}: a page`, () => {
    test('is found when it has been placed, with what its answer needs', async () => {
      const { ledger, files } = await start();
      const headers = [
        ['x-a', '1'],
        ['link', ['<a>', '<b>']],
      ] as const;
      const entry = entryOf('/blog', { codings: ['br', 'gzip'], headers, expiresAt: NOW + HOUR });
      expect(await store(ledger, files, entry)).toBe('placed');
      const found = ledger.find('', '/blog');
      expect(found).toEqual({
        file: 'blog.page.html',
        codings: ['br', 'gzip'],
        headers,
        storedAt: expect.any(Number),
        expiresAt: NOW + HOUR,
      });
      expect(found?.storedAt).toBeGreaterThanOrEqual(NOW);
      expect(found?.storedAt).toBeLessThanOrEqual(Date.now());
      expect(files.read('blog.page.html')).toBe('page');
    });

    test('is found without what it does not have', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/blog'));
      expect(ledger.find('', '/blog')).toMatchObject({
        codings: [],
        headers: undefined,
        expiresAt: undefined,
      });
    });

    test('is not found before it has been placed', async () => {
      const { ledger, files } = await start();
      const entry = entryOf('/blog');
      const lease = ledger.lease();
      expect(ledger.find('', '/blog')).toBeUndefined();
      await ledger.record(entry);
      expect(ledger.find('', '/blog')).toBeUndefined();
      expect(pathsIn(ledger)).toEqual([]);
      expect(files.has(entry.file)).toBe(false);
      await ledger.place(entry, lease, files.mover(entry.file));
      expect(ledger.find('', '/blog')).toBeDefined();
    });

    test('is found by its own path and host only', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/blog', { host: 'a.example' }));
      expect(ledger.find('a.example', '/blog')?.file).toBe('a.example/blog.page.html');
      for (const [host, path] of [
        ['a.example', '/blog/'],
        ['b.example', '/blog'],
        ['', '/blog'],
        ['a.example', '/Blog'],
        ['a.example', '/'],
      ] as const) {
        expect(ledger.find(host, path)).toBeUndefined();
      }
    });

    test('has two forms that are two pages', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/blog'), 'without');
      await store(ledger, files, entryOf('/blog/'), 'with');
      expect(ledger.find('', '/blog')?.file).toBe('blog.page.html');
      expect(ledger.find('', '/blog/')?.file).toBe('blog/index.html');
      expect(files.read('blog.page.html')).toBe('without');
    });

    test('is replaced by a later render', async () => {
      const { ledger, files } = await start();
      await store(
        ledger,
        files,
        entryOf('/blog', { codings: ['br'], bytes: 1, hash: 'one', headers: [['x-a', '1']] }),
        'one',
      );
      await store(ledger, files, entryOf('/blog', { codings: [], bytes: 2, hash: 'two' }), 'two');
      expect(files.read('blog.page.html')).toBe('two');
      expect(ledger.find('', '/blog')).toMatchObject({ codings: [], headers: undefined });
      expect([...ledger.pages()]).toMatchObject([{ bytes: 2, hash: 'two' }]);
    });

    test('is listed by path, both its forms together, and then by host', async () => {
      const { ledger, files } = await start();
      const names = Array.from({ length: 300 }, (_, index) => `/many/${String(index).padStart(3, '0')}`);
      const paths = ['/b/', '/z', '/%C3%A9', '/b-c', '/b', ...names.toReversed(), '/'];
      for (const path of paths)
        for (const host of path === '/b' ? ['b.example', '', 'a.example'] : [''])
          await store(ledger, files, entryOf(path, { host }));
      await ledger.record(entryOf('/a-not-placed'));
      const listed = [...ledger.pages()].map(({ path, host }) => `${path} ${host}`.trim());
      expect(listed).toEqual([
        ...['/', '/%C3%A9', '/b', '/b a.example', '/b b.example', '/b/', '/b-c'],
        ...names,
        '/z',
      ]);
    });

    test('is listed with what is known of it', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/b', { tags: ['y', 'x'], bytes: 12, hash: 'b' }));
      await store(
        ledger,
        files,
        entryOf('/a', { host: 'a.example', headers: [], expiresAt: NOW + HOUR, extension: 'json' }),
      );
      expect([...ledger.pages()]).toEqual([
        {
          file: 'a.example/a.page.json',
          host: 'a.example',
          path: '/a',
          bytes: 4,
          hash: 'hash',
          storedAt: expect.any(Number),
          expiresAt: NOW + HOUR,
          servedBy: 'node',
          tags: [],
        },
        {
          file: 'b.page.html',
          host: '',
          path: '/b',
          bytes: 12,
          hash: 'b',
          storedAt: expect.any(Number),
          expiresAt: undefined,
          servedBy: 'nginx',
          tags: ['x', 'y'],
        },
      ]);
    });

    test('is listed among any number of others', async () => {
      const { ledger, files } = await start();
      const entries = Array.from({ length: 300 }, (_, index) => entryOf(`/${index}`));
      for (const entry of entries) await store(ledger, files, entry);
      expect(pathsIn(ledger)).toEqual(entries.map(({ path }) => path).sort());
    });

    test('of which the file cannot be placed is not found, and nothing else suffers', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/other'));
      const entry = entryOf('/blog');
      await ledger.record(entry);
      const full = new Error('disk full');
      const failing: FileMover = {
        place: () => {
          throw full;
        },
        remove: () => undefined,
      };
      await expect(ledger.place(entry, ledger.lease(), failing)).rejects.toBe(full);
      expect(ledger.find('', '/blog')).toBeUndefined();
      expect(pathsIn(ledger)).toEqual(['/other']);
      expect(await store(ledger, files, entry)).toBe('placed');
    });
  });

  describe(`${name}: a render is void`, () => {
    const page = { host: 'a.example', tags: ['post:1', 'posts'] };
    const voiding: [string, string, Selector][] = [
      ['its path', '/blog', { kind: 'path', value: '/blog' }],
      ['its path with a slash', '/blog', { kind: 'path', value: '/blog/' }],
      ['its path without the slash', '/blog/', { kind: 'path', value: '/blog' }],
      ['its path on its host', '/blog', { kind: 'path', value: '/blog', host: 'a.example' }],
      ['its path in UTF-8', '/caf%C3%A9', parseTarget('/café')],
      ['a glob', '/blog', { kind: 'glob', value: '/b*' }],
      ['a glob of its decoded path', '/caf%C3%A9', { kind: 'glob', value: '/café*' }],
      ['a glob without the slash', '/blog/', { kind: 'glob', value: '/bl{og,ue}' }],
      ['a tag that it has at its end', '/blog', { kind: 'tag', value: 'post:1' }],
      ['everything', '/blog', { kind: 'all' }],
    ];

    test.each(voiding)('by %s, if that comes after its lease', async (_, path, selector) => {
      const { ledger, files } = await start();
      const entry = entryOf(path, page);
      const lease = ledger.lease();
      await ledger.append([selector], 'delete');
      await ledger.record(entry);
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
      expect(files.has(entry.file)).toBe(false);
      expect(ledger.find(entry.host, path)).toBeUndefined();
    });

    test.each(voiding)('by %s, if that comes between its two transactions', async (_, path, selector) => {
      const { ledger, files } = await start();
      const entry = entryOf(path, page);
      const lease = ledger.lease();
      await ledger.record(entry);
      await ledger.append([selector], 'delete');
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
      expect(files.has(entry.file)).toBe(false);
    });

    test.each(voiding)('not by %s, if that came before its lease', async (_, path, selector) => {
      const { ledger, files } = await start();
      await ledger.append([selector], 'void');
      expect(await store(ledger, files, entryOf(path, page))).toBe('placed');
    });

    test.each<[string, Selector]>([
      ['another path', { kind: 'path', value: '/blogs' }],
      ['a path below', { kind: 'path', value: '/blog/a' }],
      ['a path above', { kind: 'path', value: '/' }],
      ['its path on another host', { kind: 'path', value: '/blog', host: 'b.example' }],
      ['another glob', { kind: 'glob', value: '/blog/*' }],
      ['another tag', { kind: 'tag', value: 'post:2' }],
      ['a tag that begins like its own', { kind: 'tag', value: 'post' }],
      ['a tag that reads like its path', { kind: 'tag', value: '/blog' }],
    ])('not by %s', async (_, selector) => {
      const { ledger, files } = await start();
      const entry = entryOf('/blog', page);
      const lease = ledger.lease();
      await ledger.append([selector], 'delete');
      await ledger.record(entry);
      await ledger.append([selector], 'delete');
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('placed');
    });

    test.each(['delete', 'void', 'regenerate'] as const)('whatever the entry is for: %s', async (purpose) => {
      const { ledger, files } = await start();
      const entry = entryOf('/blog');
      const lease = ledger.lease();
      await ledger.append([parseTarget('/blog')], purpose);
      await ledger.record(entry);
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
    });

    test('by any of several entries, wherever it stands', async () => {
      const { ledger, files } = await start();
      for (const at of [0, 1, 2]) {
        const entry = entryOf(`/page-${at}`);
        const lease = ledger.lease();
        await ledger.record(entry);
        await ledger.append(
          ['/a', '/b', '/c'].map((other, index) => parseTarget(index === at ? entry.path : other)),
          'void',
        );
        expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
      }
    });

    test('after the entry has been applied, and after a later one', async () => {
      const { ledger, files } = await start();
      const entry = entryOf('/blog');
      const lease = ledger.lease();
      await ledger.record(entry);
      await invalidate(ledger, files, '/blog');
      await invalidate(ledger, files, '/other');
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
    });

    test('by an entry of another process', async () => {
      const { ledger, files, open } = await start();
      const entry = entryOf('/blog', { tags: ['x'] });
      const lease = ledger.lease();
      await ledger.record(entry);
      await open().append([{ kind: 'tag', value: 'x' }], 'delete');
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
    });

    test('and leaves the page that is there', async () => {
      const { ledger, files } = await start();
      const entry = entryOf('/blog', { tags: ['x'] });
      await store(ledger, files, entry, 'old');
      const lease = ledger.lease();
      await ledger.append([parseTarget('/blog')], 'void');
      await ledger.record(entryOf('/blog', { tags: ['y'] }));
      expect(
        await ledger.place(entryOf('/blog', { tags: ['y'] }), lease, files.mover(entry.file, 'new')),
      ).toBe('voided');
      expect(files.read(entry.file)).toBe('old');
      expect(ledger.find('', '/blog')).toBeDefined();
      // What the void render has added to the tags stays: the page is found by too many, never by too few.
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'x' })).toEqual(['/blog']);
    });
  });

  describe(`${name}: a void render of a page that only Node serves`, () => {
    const nodeOnly = (file: string) => entryOf('/blog', { file, headers: [['x-a', '1']], tags: ['x'] });

    test('leaves no row behind, since its file gets no other page', async () => {
      const { ledger, files } = await start();
      const lease = ledger.lease();
      await ledger.append([{ kind: 'all' }], 'void');
      for (const file of ['private/1', 'private/2']) {
        await ledger.record(nodeOnly(file));
        expect(await ledger.place(nodeOnly(file), lease, files.mover(file))).toBe('voided');
      }
      expect([...ledger.files()]).toEqual([]);
    });

    test('leaves the page that is there', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, nodeOnly('private/1'));
      const lease = ledger.lease();
      await ledger.append([{ kind: 'all' }], 'void');
      await ledger.record(nodeOnly('private/2'));
      expect(await ledger.place(nodeOnly('private/2'), lease, files.mover('private/2'))).toBe('voided');
      expect(ledger.find('', '/blog')?.file).toBe('private/1');
      expect([...ledger.files()]).toEqual(['private/1']);
    });
  });

  describe(`${name}: a render asks for another record`, () => {
    test('if its row was removed since it was recorded', async () => {
      const { ledger, files } = await start();
      const entry = entryOf('/blog');
      const entries = await ledger.append([parseTarget('/blog')], 'delete');
      const lease = ledger.lease();
      await ledger.record(entry);
      await ledger.apply(entries, files);
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('unrecorded');
      expect(files.has(entry.file)).toBe(false);
      await ledger.record(entry);
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('placed');
    });

    test('if it was never recorded', async () => {
      const { ledger, files } = await start();
      const entry = entryOf('/blog');
      expect(await ledger.place(entry, ledger.lease(), files.mover(entry.file))).toBe('unrecorded');
      expect(files.has(entry.file)).toBe(false);
    });

    test('if one of its tags was dropped by another render of the page', async () => {
      const { ledger, files } = await start();
      const [first, second] = [
        entryOf('/blog', { tags: ['x', 'z'] }),
        entryOf('/blog', { tags: ['y', 'z'] }),
      ];
      const lease = ledger.lease();
      await ledger.record(first);
      await store(ledger, files, second, 'second');
      expect(await ledger.place(first, lease, files.mover(first.file, 'first'))).toBe('unrecorded');
      expect(files.read(first.file)).toBe('second');
      await ledger.record(first);
      expect(await ledger.place(first, lease, files.mover(first.file, 'first'))).toBe('placed');
      expect([...ledger.pages()].map(({ tags }) => tags)).toEqual([['x', 'z']]);
    });

    test('if another render has put the page into another file', async () => {
      const { ledger, files } = await start();
      const [html, json] = [entryOf('/api'), entryOf('/api', { extension: 'json' })];
      const lease = ledger.lease();
      await ledger.record(html);
      await store(ledger, files, json);
      expect(await ledger.place(html, lease, files.mover(html.file))).toBe('unrecorded');
      expect(ledger.find('', '/api')?.file).toBe(json.file);
    });

    test('if it is void, it is told so instead', async () => {
      const { ledger, files } = await start();
      const entry = entryOf('/blog');
      const lease = ledger.lease();
      await invalidate(ledger, files, '/blog');
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
    });
  });

  describe(`${name}: a URL that changes its file`, () => {
    test.each<[string, PageOptions, PageOptions]>([
      ['from HTML to JSON', {}, { extension: 'json' }],
      ['from JSON to HTML', { extension: 'json' }, {}],
      ['from nginx to Node', {}, { file: 'private/1', headers: [['x-a', '1']] }],
      ['from Node to nginx', { file: 'private/1', headers: [['x-a', '1']] }, {}],
      ['from Node to Node', { file: 'private/1', headers: [] }, { file: 'private/2', headers: [] }],
    ])('%s has the new one only', async (_, before, after) => {
      const { ledger, files } = await start();
      const [old, young] = [
        entryOf('/api', { ...before, tags: ['x'] }),
        entryOf('/api', { ...after, tags: ['y'] }),
      ];
      await store(ledger, files, entryOf('/api/'));
      await store(ledger, files, old);
      expect(await store(ledger, files, young)).toBe('placed');
      expect(ledger.find('', '/api')?.file).toBe(young.file);
      expect(files.has(old.file)).toBe(false);
      expect(files.has(young.file)).toBe(true);
      // The other form of the name, and the same path on other hosts, are other pages.
      expect(ledger.find('', '/api/')?.file).toBe('api/index.html');
      expect(pathsIn(ledger)).toEqual(['/api', '/api/']);
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'x' })).toEqual([]);
    });

    test('keeps the page of the same path on another host', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/api', { host: 'a.example' }));
      await store(ledger, files, entryOf('/api', { host: 'b.example', extension: 'json' }));
      expect(ledger.find('a.example', '/api')?.file).toBe('a.example/api.page.html');
      expect(ledger.find('b.example', '/api')?.file).toBe('b.example/api.page.json');
    });

    test('is not placed if the old file cannot be removed', async () => {
      const { ledger, files } = await start();
      const [html, json] = [entryOf('/api'), entryOf('/api', { extension: 'json' })];
      await store(ledger, files, html);
      await ledger.record(json);
      const denied = new Error('denied');
      const mover: FileMover = {
        place: () => expect.fail('the new file must not stand beside the old one'),
        remove: () => {
          throw denied;
        },
      };
      await expect(ledger.place(json, ledger.lease(), mover)).rejects.toBe(denied);
      expect(ledger.find('', '/api')?.file).toBe(html.file);
    });
  });

  describe(`${name}: the tags of a page`, () => {
    test('are those of its last render', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/blog', { tags: ['x', 'y'] }));
      await store(ledger, files, entryOf('/blog', { tags: ['y', 'z'] }));
      expect([...ledger.pages()].map(({ tags }) => tags)).toEqual([['y', 'z']]);
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'x' })).toEqual([]);
      expect(files.has('blog.page.html')).toBe(true);
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'z' })).toEqual(['/blog']);
    });

    test('find it from the moment that it is recorded', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/blog', { tags: ['x'] }), 'old');
      // A process that dies now leaves a page that may have the new tag already.
      await ledger.record(entryOf('/blog', { tags: ['y'] }));
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'y' })).toEqual(['/blog']);
      expect(files.has('blog.page.html')).toBe(false);
    });

    test('are any text', async () => {
      const { ledger, files } = await start();
      const tags = ["it's", 'a"b', '%', '_', '*', 'é😀', '; DROP TABLE tags', 'X', 'x'];
      for (const [index, tag] of tags.entries())
        await store(ledger, files, entryOf(`/${index}`, { tags: [tag] }));
      for (const [index, tag] of tags.entries()) {
        expect(await invalidate(ledger, files, { kind: 'tag', value: tag })).toEqual([`/${index}`]);
      }
    });
  });

  describe(`${name}: an invalidation`, () => {
    const paths = [
      '/',
      '/blog',
      '/blog/',
      '/blog/a',
      '/blog/a/b',
      '/blogs',
      '/caf%C3%A9',
      '/caf%C3%A9/x',
      '/a.html',
      '/b-1',
    ];

    test.each<[string, string[]]>([
      ['/', ['/']],
      ['/blog', ['/blog', '/blog/']],
      ['/blog/', ['/blog', '/blog/']],
      ['/caf%C3%A9', ['/caf%C3%A9']],
      ['/missing', []],
      ['/blog/*', ['/blog/a']],
      ['/blog/**', ['/blog', '/blog/', '/blog/a', '/blog/a/b']],
      ['/café*', ['/caf%C3%A9']],
      ['/café/**', ['/caf%C3%A9', '/caf%C3%A9/x']],
      ['/*.html', ['/a.html']],
      ['/b-[0-9]', ['/b-1']],
      ['/{blog,blogs}', ['/blog', '/blog/', '/blogs']],
      ['/**', paths],
    ])('of %s removes just these pages: %j', async (target, expected) => {
      const { ledger, files } = await start();
      for (const path of paths) await store(ledger, files, entryOf(path));
      expect(await invalidate(ledger, files, target)).toEqual([...expected].sort());
      const left = paths.filter((path) => !expected.includes(path));
      expect(pathsIn(ledger)).toEqual([...left].sort());
      for (const path of paths) {
        expect(files.has(entryOf(path).file)).toBe(left.includes(path));
        expect(ledger.find('', path) !== undefined).toBe(left.includes(path));
      }
    });

    test('of everything removes all, recorded rows too', async () => {
      const { ledger, files } = await start();
      for (const path of paths) await store(ledger, files, entryOf(path, { tags: ['x'] }));
      await ledger.record(entryOf('/pending'));
      expect(await invalidate(ledger, files, { kind: 'all' })).toEqual([...paths].sort());
      expect(pathsIn(ledger)).toEqual([]);
    });

    test('of a path on one host leaves the others', async () => {
      const { ledger, files } = await start();
      for (const host of ['a.example', 'b.example']) await store(ledger, files, entryOf('/blog', { host }));
      expect(await invalidate(ledger, files, { kind: 'path', value: '/blog', host: 'a.example' })).toEqual([
        '/blog',
      ]);
      expect(ledger.find('b.example', '/blog')).toBeDefined();
      expect(await invalidate(ledger, files, '/blog')).toEqual(['/blog']);
      expect(ledger.find('b.example', '/blog')).toBeUndefined();
    });

    test('tells of the pages that were there, and where', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/a', { host: 'a.example' }));
      await store(ledger, files, entryOf('/b'));
      files.remove('b.page.html');
      const entries = await ledger.append([{ kind: 'all' }], 'delete');
      expect(await ledger.apply(entries, files)).toEqual([
        { host: 'a.example', path: '/a', file: 'a.example/a.page.html' },
      ]);
    });

    test('removes what its selector names by layout, though no row knows it', async () => {
      const { ledger, files } = await start();
      files.mover('orphan.page.html').place();
      files.named = ['orphan.page.html', 'orphan.page.json'];
      expect(await invalidate(ledger, files, '/orphan')).toEqual([]);
      expect(files.has('orphan.page.html')).toBe(false);
      expect(files.removals).toEqual(['orphan.page.html', 'orphan.page.json']);
    });

    test('ends its last batch after the last removal', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/a'));
      const events: string[] = [];
      const remover: FileRemover = {
        remove: (file) => {
          events.push(`remove ${file}`);
          return files.remove(file);
        },
        filesNamedBy: () => ['named.html'],
        endBatch: () => events.push('end'),
      };
      await ledger.apply(await ledger.append([parseTarget('/a')], 'delete'), remover);
      expect(events.filter((event) => event !== 'end')).toEqual(['remove a.page.html', 'remove named.html']);
      expect(events.at(-1)).toBe('end');
    });

    test('of several selectors removes what each of them names', async () => {
      const { ledger, files } = await start();
      for (const path of paths)
        await store(ledger, files, entryOf(path, { tags: path === '/' ? ['home'] : [] }));
      const removed = await invalidate(
        ledger,
        files,
        '/blog/a',
        '/b-*',
        { kind: 'tag', value: 'home' },
        '/blog/a',
      );
      expect(removed).toEqual(['/', '/b-1', '/blog/a']);
    });

    test('goes on though a file resists, and forgets it', async () => {
      const { ledger, files } = await start();
      for (const path of ['/a', '/b', '/c']) await store(ledger, files, entryOf(path));
      const resisting: FileRemover = {
        remove: (file) => file !== 'b.page.html' && files.remove(file),
        filesNamedBy: () => [],
        endBatch: () => undefined,
      };
      const removed = await ledger.apply(await ledger.append([{ kind: 'all' }], 'delete'), resisting);
      expect(removed.map(({ path }) => path)).toEqual(['/a', '/c']);
      expect(ledger.find('', '/b')).toBeUndefined();
      expect(ledger.unapplied().sequences).toEqual([]);
    });

    test('does not touch a page that is stored after it', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/blog'), 'old');
      await invalidate(ledger, files, '/blog');
      await store(ledger, files, entryOf('/blog'), 'new');
      await invalidate(ledger, files, '/other');
      expect(files.read('blog.page.html')).toBe('new');
    });

    test('of thousands of pages lets captures through meanwhile', async () => {
      const { ledger, files, open } = await start();
      const handles = [ledger, open()];
      const old = Array.from({ length: 2_200 }, (_, index) => entryOf(`/posts/${index}`, { tags: ['post'] }));
      for (const entry of [...old, entryOf('/about')]) await store(ledger, files, entry);
      const entries = await ledger.append([parseTarget('/posts/**')], 'delete');

      let isApplied = false;
      const applied = ledger.apply(entries, files).finally(() => {
        isApplied = true;
      });
      const young: PageEntry[] = [];
      while (!isApplied) {
        const entry = entryOf(young.length % 2 === 0 ? `/new/${young.length}` : `/posts/new-${young.length}`);
        expect(await store(handles[young.length % 2] ?? ledger, files, entry)).toBe('placed');
        young.push(entry);
        await nextTurn();
      }
      // The lock was let go in between, so both went on.
      expect(files.batches).toBeGreaterThan(1);
      expect(young.length).toBeGreaterThan(1);
      const removed = new Set((await applied).map(({ path }) => path));
      expect(old.filter(({ path, file }) => !removed.has(path) || files.has(file))).toEqual([]);
      // A page that was rendered after the entry may have been removed with the old ones; others may not.
      for (const { path, file } of [...young, entryOf('/about')]) {
        expect([path, files.has(file)]).toEqual([path, !removed.has(path)]);
        expect([path, ledger.find('', path) !== undefined]).toEqual([path, !removed.has(path)]);
        expect(removed.has(path) && !path.startsWith('/posts/')).toBe(false);
      }
      expect(ledger.unapplied().sequences).toEqual([]);
    });

    test('finds every page by its tag, however many there are', async () => {
      const { ledger, files } = await start();
      for (let index = 0; index < 600; index += 1) {
        await ledger.record(entryOf(`/${index}`, { tags: index % 2 === 0 ? ['even', 'all'] : ['all'] }));
      }
      await invalidate(ledger, files, { kind: 'tag', value: 'even' });
      expect(files.removals).toHaveLength(300);
      await invalidate(ledger, files, { kind: 'tag', value: 'all' });
      expect(new Set(files.removals).size).toBe(600);
    });
  });

  describe(`${name}: the log`, () => {
    test('numbers its entries, and uses no number twice', async () => {
      const { ledger, files } = await start();
      const first = await ledger.append(['/a', '/b', '/c'].map(parseTarget), 'delete');
      await ledger.apply(first, files);
      const second = await ledger.append([{ kind: 'all' }], 'void');
      const numbers = [...first.sequences, ...second.sequences];
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      expect(numbers).toHaveLength(4);
      expect(ledger.lease().sequence).toBe(numbers.at(-1));
    });

    test('tells its newest entries first', async () => {
      const { ledger, files } = await start();
      const selectors: Selector[] = [
        { kind: 'path', value: '/a' },
        { kind: 'path', value: '/b', host: 'a.example' },
        { kind: 'glob', value: '/c/*' },
        { kind: 'tag', value: 'd' },
        { kind: 'all' },
      ];
      const { generation, sequences } = await ledger.append(selectors, 'delete');
      await ledger.apply({ generation, sequences: sequences.slice(0, 2) }, files);
      const entries = ledger.log(10);
      expect(entries.map(({ selector }) => selector)).toEqual([...selectors].reverse());
      expect(entries.map(({ sequence }) => sequence)).toEqual([...sequences].reverse());
      expect(entries.map(({ applied }) => applied)).toEqual([false, false, false, true, true]);
      for (const { at } of entries) expect(at).toBeGreaterThanOrEqual(NOW);
      expect(ledger.log(2)).toEqual(entries.slice(0, 2));
    });

    test('has nothing to do for no selectors', async () => {
      const { ledger, files } = await start();
      const nothing = await ledger.append([], 'delete');
      expect(nothing.sequences).toEqual([]);
      expect(await ledger.apply(nothing, files)).toEqual([]);
      expect(await ledger.apply({ ...nothing, sequences: [4_711] }, files)).toEqual([]);
      expect(ledger.unapplied()).toEqual(nothing);
    });

    test('shows to every process what has not been applied, and lets each of them apply it', async () => {
      const { ledger, files, open } = await start();
      await store(ledger, files, entryOf('/a'));
      const entries = await ledger.append(['/a', '/b'].map(parseTarget), 'delete');
      const other = open();
      expect(other.unapplied()).toEqual(entries);
      expect((await other.apply(other.unapplied(), files)).map(({ path }) => path)).toEqual(['/a']);
      expect(ledger.unapplied().sequences).toEqual([]);
      expect(await ledger.apply(entries, files)).toEqual([]);
    });

    test('has nothing to be applied for entries that only void', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/a'));
      await ledger.append([parseTarget('/a')], 'void');
      expect(ledger.unapplied().sequences).toEqual([]);
      expect(ledger.log(1)).toMatchObject([{ applied: true }]);
      expect(files.has('a.page.html')).toBe(true);
    });
  });

  describe(`${name}: a regeneration`, () => {
    test('leaves its pages, and tells which they are', async () => {
      const { ledger, files } = await start();
      for (const path of ['/a', '/b', '/b/', '/c'])
        await store(ledger, files, entryOf(path, { tags: path === '/c' ? ['x'] : [] }));
      const entries = await ledger.append(
        [parseTarget('/b'), { kind: 'tag', value: 'x' }, parseTarget('/c')],
        'regenerate',
      );
      const matching = await ledger.matching(entries);
      expect(matching.map(({ path }) => path).sort()).toEqual(['/b', '/b/', '/c']);
      expect(matching).toContainEqual({ host: '', path: '/b', file: 'b.page.html' });
      expect(pathsIn(ledger)).toEqual(['/a', '/b', '/b/', '/c']);
      expect(await ledger.matching({ ...entries, sequences: [4_711] })).toEqual([]);
    });

    test('is left to the process that began it, until it is finished', async () => {
      const { ledger, open } = await start();
      const entries = await ledger.append([parseTarget('/a')], 'regenerate');
      expect(open().unapplied().sequences).toEqual([]);
      expect(ledger.log(1)).toMatchObject([{ applied: false }]);
      await ledger.markApplied(entries);
      expect(ledger.log(1)).toMatchObject([{ applied: true }]);
      await ledger.claimRegenerating();
      expect(ledger.unapplied().sequences).toEqual([]);
    });

    test('is for all to finish once a process has started after its death', async () => {
      const { ledger, files, open } = await start();
      await store(ledger, files, entryOf('/a'));
      const entries = await ledger.append([parseTarget('/a')], 'regenerate');
      const other = open();
      await other.claimRegenerating();
      expect(other.unapplied()).toEqual(entries);
      expect((await other.apply(entries, files)).map(({ path }) => path)).toEqual(['/a']);
    });
  });

  describe(`${name}: a page whose time is limited`, () => {
    test('is not found when its time is over', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/past', { expiresAt: Date.now() }));
      await store(ledger, files, entryOf('/future', { expiresAt: Date.now() + HOUR }));
      expect(ledger.find('', '/past')).toBeUndefined();
      expect(ledger.find('', '/future')).toBeDefined();
    });

    test('is the next to go, among those that have to', async () => {
      const { ledger, files } = await start();
      expect(ledger.nextExpiry()).toBeUndefined();
      await store(ledger, files, entryOf('/never'));
      expect(ledger.nextExpiry()).toBeUndefined();
      await store(ledger, files, entryOf('/later', { expiresAt: NOW + 2 * HOUR }));
      await store(ledger, files, entryOf('/soon', { expiresAt: NOW + HOUR }));
      expect(ledger.nextExpiry()).toBe(NOW + HOUR);
      await store(ledger, files, entryOf('/soon'));
      expect(ledger.nextExpiry()).toBe(NOW + 2 * HOUR);
    });

    test('is removed by then, and no other', async () => {
      const { ledger, files } = await start();
      for (const [path, expiresAt] of [
        ['/a', 1_000],
        ['/b', 1_001],
        ['/c', undefined],
      ] as const) {
        await store(ledger, files, entryOf(path, { expiresAt }));
      }
      expect(await ledger.expire(999, files)).toEqual([]);
      expect(await ledger.expire(1_000, files)).toEqual([{ host: '', path: '/a', file: 'a.page.html' }]);
      expect(files.has('a.page.html')).toBe(false);
      expect(files.batches).toBe(2);
      expect(pathsIn(ledger)).toEqual(['/b', '/c']);
    });

    test('is removed with many others in time', async () => {
      const { ledger, files } = await start();
      for (let index = 0; index < 300; index += 1)
        await ledger.record(entryOf(`/${index}`, { expiresAt: 1_000 + index }));
      let removed = 0;
      for (
        let batch = await ledger.expire(2_000, files);
        batch.length > 0;
        batch = await ledger.expire(2_000, files)
      )
        removed += batch.length;
      expect(removed).toBe(300);
      expect(ledger.nextExpiry()).toBeUndefined();
    });

    test('goes in time though the process that recorded it died before it was placed', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/blog'));
      await ledger.record(entryOf('/blog', { expiresAt: NOW + HOUR }));
      expect(ledger.nextExpiry()).toBe(NOW + HOUR);
      // A later time does not lengthen what may be the old page's.
      await ledger.record(entryOf('/blog', { expiresAt: NOW + 2 * HOUR }));
      expect(ledger.nextExpiry()).toBe(NOW + HOUR);
      await ledger.record(entryOf('/blog'));
      expect(ledger.nextExpiry()).toBe(NOW + HOUR);
    });
  });

  describe(`${name}: pages whose files are gone`, () => {
    test('are forgotten, and no others', async () => {
      const { ledger, files } = await start();
      for (const path of ['/a', '/b', '/c']) await store(ledger, files, entryOf(path));
      files.remove('a.page.html');
      files.remove('c.page.html');
      const forgotten = await ledger.forgetMissing(['a.page.html', 'b.page.html'], (file) => files.has(file));
      expect(forgotten).toBe(1);
      expect(pathsIn(ledger)).toEqual(['/b', '/c']);
    });
  });

  describe(`${name}: whether every page has its row`, () => {
    test('is sure of a new ledger, and in every process that opens it later', async () => {
      const { ledger, open } = await start();
      expect(ledger.completeness().complete).toBe(true);
      expect(open().completeness().complete).toBe(true);
    });

    test('lets a file go that has no row, and one whose row is as it was seen', async () => {
      const { ledger, files } = await start();
      for (const path of ['/known', '/lost']) await store(ledger, files, entryOf(path, { codings: ['br'] }));
      const seen = ledger.placed('lost.page.html');
      expect(seen).toEqual({ codings: ['br'], bytes: 4, hash: 'hash', storedAt: expect.any(Number) });
      expect(ledger.newestStoredAt()).toBeGreaterThanOrEqual(Number(seen?.storedAt));
      files.mover('stray.page.html').place();
      const suspects = [
        { file: 'stray.page.html', seen: undefined },
        { file: 'lost.page.html', seen },
      ];
      const removed = await ledger.removeSuspects(suspects, files);
      expect(removed).toEqual(['stray.page.html', 'lost.page.html']);
      expect(['stray', 'lost', 'known'].map((one) => files.has(`${one}.page.html`))).toEqual([
        false,
        false,
        true,
      ]);
      expect(pathsIn(ledger)).toEqual(['/known']);
    });

    test('keeps what has been stored since it was suspected', async () => {
      const { ledger, files } = await start();
      await store(ledger, files, entryOf('/again'));
      const seen = ledger.placed('again.page.html');
      await store(ledger, files, entryOf('/again', { hash: 'other' }));
      await store(ledger, files, entryOf('/first'));
      const suspects = [
        { file: 'again.page.html', seen },
        { file: 'first.page.html', seen: undefined },
      ];
      expect(await ledger.removeSuspects(suspects, files)).toEqual([]);
      expect(pathsIn(ledger)).toEqual(['/again', '/first']);
      expect(files.removals).toEqual([]);
    });

    test('takes a file that was recorded and never placed, with its row', async () => {
      const { ledger, files } = await start();
      const entry = entryOf('/pending');
      await ledger.record(entry);
      files.mover(entry.file).place();
      expect(await ledger.removeSuspects([{ file: entry.file, seen: undefined }], files)).toEqual([
        entry.file,
      ]);
      expect([...ledger.files()]).toEqual([]);
    });
  });

  describe(`${name}: figures for people`, () => {
    test('tell how many pages there are, how large they are, and how many only Node serves', async () => {
      const { ledger, files } = await start();
      expect(ledger.statistics()).toEqual({ pages: 0, bytes: 0, servedByNode: 0, counters: {} });
      await store(ledger, files, entryOf('/a', { bytes: 10 }));
      await store(ledger, files, entryOf('/b', { bytes: 5, file: 'private/b', headers: [] }));
      await ledger.record(entryOf('/pending', { bytes: 100 }));
      expect(ledger.statistics()).toMatchObject({ pages: 2, bytes: 15, servedByNode: 1 });
    });

    test('are added up over all processes', async () => {
      const { ledger, open } = await start();
      await ledger.note({
        counts: new Map([
          ['hit', 2],
          ['stored', 1],
        ]),
        refusals: [],
        nginx: undefined,
      });
      await open().note({ counts: new Map([['hit', 3]]), refusals: [], nginx: undefined });
      expect(ledger.statistics().counters).toEqual({ hit: 5, stored: 1 });
    });

    test('tell which nginx the last request came through', async () => {
      const { ledger, open } = await start();
      const nothing = { counts: new Map(), refusals: [] };
      expect(ledger.nginxSeen()).toBeUndefined();
      await ledger.note({ ...nothing, nginx: { fingerprint: 'one', at: 1 } });
      await open().note({ ...nothing, nginx: { fingerprint: 'two', at: 2 } });
      await ledger.note({ ...nothing, nginx: undefined });
      expect(ledger.nginxSeen()).toEqual({ fingerprint: 'two', at: 2 });
    });

    test('tell why a page was refused last', async () => {
      const { ledger, open } = await start();
      const refusal = { host: '', path: '/a', reason: 'set-cookie', detail: undefined, at: 1 };
      const later = { ...refusal, reason: 'vary', detail: 'Cookie', at: 2 };
      const elsewhere = { ...refusal, host: 'a.example', reason: 'status' };
      await ledger.note({ counts: new Map(), refusals: [refusal, elsewhere], nginx: undefined });
      expect(ledger.lastRefusal('', '/a')).toEqual(refusal);
      await open().note({ counts: new Map(), refusals: [later], nginx: undefined });
      expect(ledger.lastRefusal('', '/a')).toEqual(later);
      expect(ledger.lastRefusal('a.example', '/a')).toEqual(elsewhere);
      expect(ledger.lastRefusal('', '/b')).toBeUndefined();
    });
  });

  describe(`${name}: the files of all rows`, () => {
    test('are told, placed or not, each once and however many', async () => {
      const { ledger, files } = await start();
      expect([...ledger.files()]).toEqual([]);
      const entries = Array.from({ length: 600 }, (_, index) => entryOf(`/${index}`));
      for (const entry of entries) await ledger.record(entry);
      await store(ledger, files, entryOf('/placed'));
      const expected = [...entries, entryOf('/placed')].map(({ file }) => file);
      expect([...ledger.files()].sort()).toEqual(expected.sort());
    });

    test('are told, though rows go meanwhile', async () => {
      const { ledger, files } = await start();
      for (let index = 0; index < 300; index += 1) await ledger.record(entryOf(`/${index}`));
      const seen: string[] = [];
      for (const file of ledger.files()) {
        seen.push(file);
        if (seen.length === 100) await invalidate(ledger, files, { kind: 'all' });
      }
      expect(seen.length).toBeGreaterThanOrEqual(100);
    });
  });

  describe(`${name}: the version of the pages`, () => {
    test('is adopted by the first process, and nothing is invalidated', async () => {
      const { open } = await start();
      expect(open().log(1)).toEqual([]);
    });

    test('leaves everything as it is while it stays', async () => {
      const { files, open } = await start();
      const first = open({ version: 'one' });
      await first.apply(first.unapplied(), files);
      const log = first.log(10);
      await store(first, files, entryOf('/a'));
      const lease = first.lease();
      const second = open({ version: 'one' });
      expect(second.find('', '/a')).toBeDefined();
      expect(second.log(10)).toEqual(log);
      await first.record(entryOf('/b'));
      expect(await first.place(entryOf('/b'), lease, files.mover('b.page.html'))).toBe('placed');
    });

    test('invalidates all pages when it is another one, which are then not found', async () => {
      const { files, open } = await start();
      const old = open({ version: 'one' });
      await old.apply(old.unapplied(), files);
      await store(old, files, entryOf('/a'));
      const young = open({ version: 'two' });
      expect(young.find('', '/a')).toBeUndefined();
      expect(young.unapplied().sequences).toHaveLength(1);
      await young.apply(young.unapplied(), files);
      expect(files.has('a.page.html')).toBe(false);
      await store(young, files, entryOf('/a'));
      expect(young.find('', '/a')).toBeDefined();
    });

    test('lets processes of another one store no more', async () => {
      const { files, open } = await start();
      const old = open({ version: 'one' });
      const young = open({ version: 'two' });
      await young.apply(young.unapplied(), files);
      expect(await store(old, files, entryOf('/a'))).toBe('voided');
      expect(await store(young, files, entryOf('/a'))).toBe('placed');
      expect(await store(old, files, entryOf('/a'))).toBe('voided');
    });

    test('is no matter to a process that makes no pages', async () => {
      const { files, open } = await start();
      const site = open({ version: 'one' });
      await site.apply(site.unapplied(), files);
      await store(site, files, entryOf('/a'));
      const command = open({ version: undefined });
      expect(command.find('', '/a')).toBeDefined();
      expect(command.unapplied().sequences).toEqual([]);
      expect(await invalidate(command, files, '/a')).toEqual(['/a']);
      expect(await store(site, files, entryOf('/a'))).toBe('placed');
    });
  });

  describe(`${name}: several handles`, () => {
    test('see what each other does, at once', async () => {
      const { ledger, files, open } = await start();
      const other = open();
      await store(ledger, files, entryOf('/a', { tags: ['x'] }));
      expect(other.find('', '/a')).toEqual(ledger.find('', '/a'));
      const { sequences } = await other.append([{ kind: 'tag', value: 'x' }], 'delete');
      expect([ledger.lease().sequence]).toEqual(sequences);
      await other.apply(other.unapplied(), files);
      expect(ledger.find('', '/a')).toBeUndefined();
    });

    test('wait for each other, and lose nothing', async () => {
      const { files, open } = await start();
      const handles = [open(), open(), open()];
      const captures = handles.flatMap((ledger, handle) =>
        Array.from({ length: 20 }, (_, index) =>
          store(ledger, files, entryOf(`/${handle}/${index}`, { tags: [`handle:${handle}`] })),
        ),
      );
      const appends = handles.map((ledger) => ledger.append([parseTarget('/elsewhere')], 'void'));
      expect(new Set(await Promise.all(captures))).toEqual(new Set(['placed']));
      const numbers = (await Promise.all(appends)).flatMap(({ sequences }) => sequences);
      expect(new Set(numbers).size).toBe(3);
      for (const ledger of handles) expect(pathsIn(ledger)).toHaveLength(60);
    });
  });

  describe(`${name}: closing`, () => {
    test('waits for what has been asked for', async () => {
      const { open, files } = await start();
      const ledger = open();
      const other = open();
      const entry = entryOf('/a');
      await ledger.record(entry);
      const placed = ledger.place(entry, ledger.lease(), files.mover(entry.file));
      const appended = ledger.append([parseTarget('/b')], 'delete');
      await ledger.close();
      expect(await placed).toBe('placed');
      expect(other.unapplied()).toEqual(await appended);
    });

    test('may be done again, and at once', async () => {
      const { open } = await start();
      const ledger = open();
      await Promise.all([ledger.close(), ledger.close()]);
      await ledger.close();
    });

    test('is the end: what is asked for afterwards is refused', async () => {
      const { open, files } = await start();
      const ledger = open();
      const lease = ledger.lease();
      const closed = ledger.close();
      const closing = { code: 'ERR_CLOSED' };
      await expect(ledger.record(entryOf('/a'))).rejects.toMatchObject(closing);
      await closed;
      await expect(ledger.record(entryOf('/a'))).rejects.toMatchObject(closing);
      await expect(ledger.place(entryOf('/a'), lease, files.mover('a.page.html'))).rejects.toMatchObject(
        closing,
      );
      await expect(ledger.append([{ kind: 'all' }], 'delete')).rejects.toMatchObject(closing);
      await expect(ledger.apply({ generation: 0, sequences: [1] }, files)).rejects.toMatchObject(closing);
      expect(files.has('a.page.html')).toBe(false);
    });

    test('leaves all to other handles', async () => {
      const { ledger, files, open } = await start();
      await store(ledger, files, entryOf('/a'));
      await ledger.close();
      expect(open().find('', '/a')).toBeDefined();
    });
  });

  test(`${name}: any history of renders and invalidations ends as a plain reading of it says`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 15 }), async (steps) => {
        const place = await makePlace();
        const history = new History(place.open(), new PageFiles(place.folder));
        try {
          for (const step of steps) await history.take(step);
          history.check();
        } finally {
          await history.ledger.close();
        }
      }),
      { numRuns: 40 },
    );
  });
}

type Step =
  | {
      readonly do: 'begin';
      readonly path: string;
      readonly tags: readonly string[];
      readonly extension: Extension;
    }
  | { readonly do: 'end'; readonly which: number }
  | { readonly do: 'delete' | 'void'; readonly selector: Selector };

const anyPath = fc.constantFrom('/a', '/a/', '/b', '/b/c');
const anyTag = fc.constantFrom('x', 'y');
const anySelector = fc.oneof(
  anyPath.map((value): Selector => ({ kind: 'path', value })),
  fc.constantFrom('/a*', '/b/**', '/*').map((value): Selector => ({ kind: 'glob', value })),
  anyTag.map((value): Selector => ({ kind: 'tag', value })),
);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('begin' as const),
      path: anyPath,
      tags: fc.uniqueArray(anyTag),
      extension: fc.constantFrom('html' as const, 'json' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(5) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'void' as const), selector: anySelector }),
  },
);

interface OpenRender {
  readonly entry: PageEntry;
  readonly lease: ReturnType<Ledger['lease']>;
  readonly content: string;
  isVoid: boolean;
}

/** Renders and invalidations of a few pages, on a ledger and in a plain model of it. */
class History {
  readonly ledger: Ledger;
  readonly #files: PageFiles;
  readonly #renders: OpenRender[] = [];
  readonly #pages = new Map<
    string,
    { readonly entry: PageEntry; readonly content: string; readonly tags: Set<string> }
  >();
  #count = 0;

  constructor(ledger: Ledger, files: PageFiles) {
    this.ledger = ledger;
    this.#files = files;
  }

  async take(step: Step): Promise<void> {
    this.#count += 1;
    if (step.do === 'begin') this.#begin(step);
    else if (step.do === 'end') await this.#end(step.which);
    else await this.#invalidate(step.selector, step.do);
  }

  #begin({ path, tags, extension }: Extract<Step, { do: 'begin' }>): void {
    const entry = entryOf(path, { tags, extension: path.endsWith('/') ? 'html' : extension });
    this.#renders.push({ entry, lease: this.ledger.lease(), content: String(this.#count), isVoid: false });
  }

  async #end(which: number): Promise<void> {
    const [render] = this.#renders.splice(which % Math.max(1, this.#renders.length), 1);
    if (render === undefined) return;
    const { entry, lease, content, isVoid } = render;
    await this.ledger.record(entry);
    const placement = await this.ledger.place(entry, lease, this.#files.mover(entry.file, content));
    expect(placement).toBe(isVoid ? 'voided' : 'placed');
    const page = this.#pages.get(entry.path);
    if (!isVoid) this.#pages.set(entry.path, { entry, content, tags: new Set(entry.tags) });
    // What a void render has recorded stays until the next one: the page of the same file is found by its tags too.
    else if (page?.entry.file === entry.file) for (const tag of entry.tags) page.tags.add(tag);
  }

  async #invalidate(selector: Selector, purpose: 'delete' | 'void'): Promise<void> {
    const matches = compileSelector(selector);
    for (const render of this.#renders) render.isVoid ||= matches(render.entry);
    const entries = await this.ledger.append([selector], purpose);
    if (purpose === 'void') return;
    await this.ledger.apply(entries, this.#files);
    for (const [path, { entry, tags }] of this.#pages)
      if (matches({ ...entry, tags })) this.#pages.delete(path);
  }

  check(): void {
    expect(pathsIn(this.ledger)).toEqual([...this.#pages.keys()].sort());
    for (const [path, { entry, content }] of this.#pages) {
      expect(this.ledger.find('', path)?.file).toBe(entry.file);
      expect(this.#files.read(entry.file)).toBe(content);
    }
  }
}
