import { describe, expect, test } from 'vitest';
import type { FileMover } from '../../../src/ledger/ledger.js';
import { entryOf, store } from '../pages.js';
import { HOUR, type MakePlace, NOW, pathsIn, start } from './place.js';

export function describePages(name: string, makePlace: MakePlace): void {
  describe(`${name}: a page`, () => {
    test('is found when it has been placed, with what its answer needs', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/blog'));
      expect(ledger.find('', '/blog')).toMatchObject({
        codings: [],
        headers: undefined,
        expiresAt: undefined,
      });
    });

    test('is not found before it has been placed', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/blog'), 'without');
      await store(ledger, files, entryOf('/blog/'), 'with');
      expect(ledger.find('', '/blog')?.file).toBe('blog.page.html');
      expect(ledger.find('', '/blog/')?.file).toBe('blog/index.html');
      expect(files.read('blog.page.html')).toBe('without');
    });

    test('is replaced by a later render', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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

    test('is listed from a path on, with both its forms', async () => {
      const { ledger, files } = await start(makePlace);
      const names = Array.from({ length: 300 }, (_, index) => `/many/${String(index).padStart(3, '0')}`);
      for (const path of ['/b/', '/z', '/b', ...names]) await store(ledger, files, entryOf(path));
      const from = (name: string) => Array.from(ledger.pages(name), ({ path }) => path);
      expect(from('/b')).toEqual(['/b', '/b/', ...names, '/z']);
      expect(from('/c')).toEqual([...names, '/z']);
      expect(from('/many/298')).toEqual([...names.slice(298), '/z']);
      expect(from('/zz')).toEqual([]);
    });

    test('is listed with what is known of it', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      const entries = Array.from({ length: 300 }, (_, index) => entryOf(`/${index}`));
      for (const entry of entries) await store(ledger, files, entry);
      expect(pathsIn(ledger)).toEqual(entries.map(({ path }) => path).sort());
    });

    test('of which the file cannot be placed is not found, and nothing else suffers', async () => {
      const { ledger, files } = await start(makePlace);
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
}
