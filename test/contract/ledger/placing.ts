import { describe, expect, test } from 'vitest';
import type { FileMover } from '../../../src/ledger/ledger.js';
import { parseTarget } from '../../helpers/selectors.js';
import { entryOf, type PageOptions, store } from '../pages.js';
import { invalidate, type MakePlace, pathsIn, start } from './place.js';

export function describePlacing(name: string, makePlace: MakePlace): void {
  describe(`${name}: a void render of a page that only Node serves`, () => {
    const nodeOnly = (file: string) => entryOf('/blog', { file, headers: [['x-a', '1']], tags: ['x'] });

    test('leaves no row behind, since its file gets no other page', async () => {
      const { ledger, files } = await start(makePlace);
      const lease = ledger.lease();
      await ledger.append([{ kind: 'all' }], 'void');
      for (const file of ['private/1', 'private/2']) {
        await ledger.record(nodeOnly(file));
        expect(await ledger.place(nodeOnly(file), lease, files.mover(file))).toBe('voided');
      }
      expect([...ledger.files()]).toEqual([]);
    });

    test('leaves the page that is there', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      const entry = entryOf('/blog');
      expect(await ledger.place(entry, ledger.lease(), files.mover(entry.file))).toBe('unrecorded');
      expect(files.has(entry.file)).toBe(false);
    });

    test('if one of its tags was dropped by another render of the page', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      const [html, json] = [entryOf('/api'), entryOf('/api', { extension: 'json' })];
      const lease = ledger.lease();
      await ledger.record(html);
      await store(ledger, files, json);
      expect(await ledger.place(html, lease, files.mover(html.file))).toBe('unrecorded');
      expect(ledger.find('', '/api')?.file).toBe(json.file);
    });

    test('if it is void, it is told so instead', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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
      // The other form of the path, and the same path on other hosts, are other pages.
      expect(ledger.find('', '/api/')?.file).toBe('api/index.html');
      expect(pathsIn(ledger)).toEqual(['/api', '/api/']);
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'x' })).toEqual([]);
    });

    test('keeps the page of the same path on another host', async () => {
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/api', { host: 'a.example' }));
      await store(ledger, files, entryOf('/api', { host: 'b.example', extension: 'json' }));
      expect(ledger.find('a.example', '/api')?.file).toBe('a.example/api.page.html');
      expect(ledger.find('b.example', '/api')?.file).toBe('b.example/api.page.json');
    });

    test('is not placed if the old file cannot be removed', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/blog', { tags: ['x', 'y'] }));
      await store(ledger, files, entryOf('/blog', { tags: ['y', 'z'] }));
      expect([...ledger.pages()].map(({ tags }) => tags)).toEqual([['y', 'z']]);
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'x' })).toEqual([]);
      expect(files.has('blog.page.html')).toBe(true);
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'z' })).toEqual(['/blog']);
    });

    test('find it from the moment that it is recorded', async () => {
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/blog', { tags: ['x'] }), 'old');
      // If the process dies now, it leaves a page that may already have the new tag.
      await ledger.record(entryOf('/blog', { tags: ['y'] }));
      expect(await invalidate(ledger, files, { kind: 'tag', value: 'y' })).toEqual(['/blog']);
      expect(files.has('blog.page.html')).toBe(false);
    });

    test('are any text', async () => {
      const { ledger, files } = await start(makePlace);
      const tags = ["it's", 'a"b', '%', '_', '*', 'é😀', '; DROP TABLE tags', 'X', 'x'];
      for (const [index, tag] of tags.entries())
        await store(ledger, files, entryOf(`/${index}`, { tags: [tag] }));
      for (const [index, tag] of tags.entries()) {
        expect(await invalidate(ledger, files, { kind: 'tag', value: tag })).toEqual([`/${index}`]);
      }
    });
  });
}
