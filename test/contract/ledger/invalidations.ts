import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { FileRemover, PageEntry } from '../../../src/ledger/ledger.js';
import { parseTarget } from '../../helpers/selectors.js';
import { entryOf, store } from '../pages.js';
import { invalidate, type MakePlace, pathsIn, start } from './place.js';

export function describeInvalidations(name: string, makePlace: MakePlace): void {
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
      const { ledger, files } = await start(makePlace);
      for (const path of paths) await store(ledger, files, entryOf(path));
      expect(await invalidate(ledger, files, target)).toEqual([...expected].sort());
      const left = paths.filter((path) => !expected.includes(path));
      expect(pathsIn(ledger)).toEqual([...left].sort());
      for (const path of paths) {
        expect(files.has(entryOf(path).file)).toBe(left.includes(path));
        expect(ledger.find('', path) !== undefined).toBe(left.includes(path));
      }
    });

    test.each<[string, readonly string[]]>([
      [
        '/blog',
        ['/blog', '/blog/', '/blog/?page=2', '/blog?page=2', '/blog?page=2&sort=new', '/blog?page=22'],
      ],
      ['/blog?page=2', ['/blog/?page=2', '/blog?page=2']],
      ['/blog?page=2&sort=new', ['/blog?page=2&sort=new']],
      ['/blog?page=3', []],
      ['/', ['/', '/?page=2']],
      ['/?page=2', ['/?page=2']],
    ])('of %s removes just these pages with queries: %j', async (value, expected) => {
      const { ledger, files } = await start(makePlace);
      const queries = [
        '/?page=2',
        '/blog?page=2',
        '/blog/?page=2',
        '/blog?page=2&sort=new',
        '/blog/a?page=2',
      ];
      const near = ['/blog@a', '/blog=', '/blog?page=22', '/blogs?page=2'];
      for (const path of [...paths, ...queries, ...near]) await store(ledger, files, entryOf(path));
      expect(await invalidate(ledger, files, { kind: 'path', value })).toEqual([...expected].sort());
    });

    test.each<[string, readonly string[]]>([
      [
        '/blog',
        [
          '/blog',
          '/blog/>v=1',
          '/blog>v=1',
          '/blog>v=2;w=1',
          '/blog?page=2',
          '/blog?page=2>v=1',
          '/blog/?page=2>v=2',
        ],
      ],
      ['/blog?page=2', ['/blog?page=2', '/blog?page=2>v=1', '/blog/?page=2>v=2']],
      ['/blog>v=1', ['/blog/>v=1', '/blog>v=1']],
      ['/blog?page=2>v=2', ['/blog/?page=2>v=2']],
      ['/', ['/>v=1', '/?page=2>v=1']],
    ])('of %s removes just these pages with variants: %j', async (value, expected) => {
      const { ledger, files } = await start(makePlace);
      const varied = [
        ...[
          '/blog',
          '/blog>v=1',
          '/blog/>v=1',
          '/blog>v=2;w=1',
          '/blog?page=2',
          '/blog?page=2>v=1',
          '/blog/?page=2>v=2',
        ],
        ...[
          '/>v=1',
          '/?page=2>v=1',
          '/blog/a>v=1',
          '/blog=>v=1',
          '/blog@a>v=1',
          '/blogs>v=1',
          '/blog?page=22>v=1',
        ],
      ];
      const removed = value === '/blog' ? [...expected, '/blog?page=22>v=1'] : expected;
      for (const path of varied) await store(ledger, files, entryOf(path));
      expect(await invalidate(ledger, files, { kind: 'path', value })).toEqual([...removed].sort());
    });

    test('of everything removes all, recorded rows too', async () => {
      const { ledger, files } = await start(makePlace);
      for (const path of paths) await store(ledger, files, entryOf(path, { tags: ['x'] }));
      await ledger.record(entryOf('/pending'));
      expect(await invalidate(ledger, files, { kind: 'all' })).toEqual([...paths].sort());
      expect(pathsIn(ledger)).toEqual([]);
    });

    test('of a path on one host leaves the others', async () => {
      const { ledger, files } = await start(makePlace);
      for (const host of ['a.example', 'b.example']) await store(ledger, files, entryOf('/blog', { host }));
      expect(await invalidate(ledger, files, { kind: 'path', value: '/blog', host: 'a.example' })).toEqual([
        '/blog',
      ]);
      expect(ledger.find('b.example', '/blog')).toBeDefined();
      expect(await invalidate(ledger, files, '/blog')).toEqual(['/blog']);
      expect(ledger.find('b.example', '/blog')).toBeUndefined();
    });

    test('tells of the pages that were there, and where', async () => {
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/a', { host: 'a.example' }));
      await store(ledger, files, entryOf('/b'));
      files.remove('b.page.html');
      const entries = await ledger.append([{ kind: 'all' }], 'delete');
      expect(await ledger.apply(entries, files)).toEqual([
        { host: 'a.example', path: '/a', file: 'a.example/a.page.html' },
      ]);
    });

    test('removes what its selector names by layout, though no row knows it', async () => {
      const { ledger, files } = await start(makePlace);
      files.mover('orphan.page.html').place();
      files.named = ['orphan.page.html', 'orphan.page.json'];
      expect(await invalidate(ledger, files, '/orphan')).toEqual([]);
      expect(files.has('orphan.page.html')).toBe(false);
      expect(files.removals).toEqual(['orphan.page.html', 'orphan.page.json']);
    });

    test('ends its last batch after the last removal', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/blog'), 'old');
      await invalidate(ledger, files, '/blog');
      await store(ledger, files, entryOf('/blog'), 'new');
      await invalidate(ledger, files, '/other');
      expect(files.read('blog.page.html')).toBe('new');
    });

    test('of thousands of pages lets captures through meanwhile', async () => {
      const { ledger, files, open } = await start(makePlace);
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
      // `apply` released the lock between batches, so both made progress.
      expect(files.batches).toBeGreaterThan(1);
      expect(young.length).toBeGreaterThan(1);
      const removed = new Set((await applied).map(({ path }) => path));
      expect(old.filter(({ path, file }) => !removed.has(path) || files.has(file))).toEqual([]);
      // A matching page that was rendered after the entry may have been removed with the old ones; other pages may not.
      for (const { path, file } of [...young, entryOf('/about')]) {
        expect([path, files.has(file)]).toEqual([path, !removed.has(path)]);
        expect([path, ledger.find('', path) !== undefined]).toEqual([path, !removed.has(path)]);
        expect(removed.has(path) && !path.startsWith('/posts/')).toBe(false);
      }
      expect(ledger.unapplied().sequences).toEqual([]);
    });

    test('finds every page by its tag, however many there are', async () => {
      const { ledger, files } = await start(makePlace);
      for (let index = 0; index < 600; index += 1) {
        await ledger.record(entryOf(`/${index}`, { tags: index % 2 === 0 ? ['even', 'all'] : ['all'] }));
      }
      await invalidate(ledger, files, { kind: 'tag', value: 'even' });
      expect(files.removals).toHaveLength(300);
      await invalidate(ledger, files, { kind: 'tag', value: 'all' });
      expect(new Set(files.removals).size).toBe(600);
    });
  });
}
