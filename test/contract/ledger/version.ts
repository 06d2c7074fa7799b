import { describe, expect, test } from 'vitest';
import { entryOf, store } from '../pages.js';
import { invalidate, type MakePlace, start } from './place.js';

export function describeVersion(name: string, makePlace: MakePlace): void {
  describe(`${name}: the version of the pages`, () => {
    test('is adopted by the first process, and nothing is invalidated', async () => {
      const { open } = await start(makePlace);
      expect(open().log(1)).toEqual([]);
    });

    test('leaves everything as it is while it stays', async () => {
      const { files, open } = await start(makePlace);
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
      const { files, open } = await start(makePlace);
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
      const { files, open } = await start(makePlace);
      const old = open({ version: 'one' });
      const young = open({ version: 'two' });
      await young.apply(young.unapplied(), files);
      expect(await store(old, files, entryOf('/a'))).toBe('voided');
      expect(await store(young, files, entryOf('/a'))).toBe('placed');
      expect(await store(old, files, entryOf('/a'))).toBe('voided');
    });

    test('is no matter to a process that makes no pages', async () => {
      const { files, open } = await start(makePlace);
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
}
