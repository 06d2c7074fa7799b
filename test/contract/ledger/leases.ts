import { describe, expect, test } from 'vitest';
import type { Selector } from '../../../src/page/selector.js';
import { parseTarget } from '../../helpers/selectors.js';
import { entryOf, store } from '../pages.js';
import { invalidate, type MakePlace, start } from './place.js';

export function describeLeases(name: string, makePlace: MakePlace): void {
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
      ['its path without its query', '/blog?page=2', { kind: 'path', value: '/blog' }],
      ['its path without its variant', '/blog>v=1', { kind: 'path', value: '/blog/' }],
      ['its query without its variant', '/blog?page=2>v=1', { kind: 'path', value: '/blog?page=2' }],
      ['a glob of its path without its variant', '/caf%C3%A9>v=1', { kind: 'glob', value: '/café' }],
      ['its query, with a slash', '/blog?page=2', { kind: 'path', value: '/blog/?page=2' }],
      ['a glob of its path without its query', '/caf%C3%A9?page=2', { kind: 'glob', value: '/café' }],
    ];

    test.each(voiding)('by %s, if that comes after its lease', async (_, path, selector) => {
      const { ledger, files } = await start(makePlace);
      const entry = entryOf(path, page);
      const lease = ledger.lease();
      expect(ledger.isVoid(entry, lease)).toBe(false);
      await ledger.append([selector], 'delete');
      expect(ledger.isVoid(entry, lease)).toBe(true);
      expect(ledger.isVoid(entry, ledger.lease())).toBe(false);
      await ledger.record(entry);
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
      expect(files.has(entry.file)).toBe(false);
      expect(ledger.find(entry.host, path)).toBeUndefined();
    });

    test.each(voiding)('by %s, if that comes between its two transactions', async (_, path, selector) => {
      const { ledger, files } = await start(makePlace);
      const entry = entryOf(path, page);
      const lease = ledger.lease();
      await ledger.record(entry);
      await ledger.append([selector], 'delete');
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
      expect(files.has(entry.file)).toBe(false);
    });

    test.each(voiding)('not by %s, if that came before its lease', async (_, path, selector) => {
      const { ledger, files } = await start(makePlace);
      await ledger.append([selector], 'void');
      expect(await store(ledger, files, entryOf(path, page))).toBe('placed');
    });

    test.each<[string, Selector]>([
      ['another path', { kind: 'path', value: '/blogs' }],
      ['a path below', { kind: 'path', value: '/blog/a' }],
      ['a path above', { kind: 'path', value: '/' }],
      ['a variant of it', { kind: 'path', value: '/blog>v=1' }],
      ['a query of it', { kind: 'path', value: '/blog?page=2' }],
      ['its path on another host', { kind: 'path', value: '/blog', host: 'b.example' }],
      ['another glob', { kind: 'glob', value: '/blog/*' }],
      ['another tag', { kind: 'tag', value: 'post:2' }],
      ['a tag that begins like its own', { kind: 'tag', value: 'post' }],
      ['a tag that reads like its path', { kind: 'tag', value: '/blog' }],
    ])('not by %s', async (_, selector) => {
      const { ledger, files } = await start(makePlace);
      const entry = entryOf('/blog', page);
      const lease = ledger.lease();
      await ledger.append([selector], 'delete');
      await ledger.record(entry);
      await ledger.append([selector], 'delete');
      expect(ledger.isVoid(entry, lease)).toBe(false);
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('placed');
    });

    test.each(['delete', 'void', 'regenerate', 'warm', 'mark'] as const)(
      'whatever the entry is for: %s',
      async (purpose) => {
        const { ledger, files } = await start(makePlace);
        const entry = entryOf('/blog');
        const lease = ledger.lease();
        await ledger.append([parseTarget('/blog')], purpose);
        await ledger.record(entry);
        expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
      },
    );

    test('by any of several entries, wherever it stands', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      const entry = entryOf('/blog');
      const lease = ledger.lease();
      await ledger.record(entry);
      await invalidate(ledger, files, '/blog');
      await invalidate(ledger, files, '/other');
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
    });

    test('by an entry of another process', async () => {
      const { ledger, files, open } = await start(makePlace);
      const entry = entryOf('/blog', { tags: ['x'] });
      const lease = ledger.lease();
      await ledger.record(entry);
      await open().append([{ kind: 'tag', value: 'x' }], 'delete');
      expect(ledger.isVoid(entry, lease)).toBe(true);
      expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('voided');
    });

    test('and leaves the page that is there', async () => {
      const { ledger, files } = await start(makePlace);
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
      // The tags that the void render has added stay: too many tags find the page, never too few.
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'x' })).toEqual(['/blog']);
    });
  });
}
