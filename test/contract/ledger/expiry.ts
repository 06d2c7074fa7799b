import { describe, expect, test } from 'vitest';
import { entryOf, store } from '../pages.js';
import { HOUR, type MakePlace, NOW, pathsIn, start } from './place.js';

export function describeExpiry(name: string, makePlace: MakePlace): void {
  describe(`${name}: a page whose time is limited`, () => {
    test('is not found when its time is over', async () => {
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/past', { expiresAt: Date.now() }));
      await store(ledger, files, entryOf('/future', { expiresAt: Date.now() + HOUR }));
      expect(ledger.find('', '/past')).toBeUndefined();
      expect(ledger.find('', '/future')).toBeDefined();
    });

    test('is the next to go, among those that have to', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/blog'));
      await ledger.record(entryOf('/blog', { expiresAt: NOW + HOUR }));
      expect(ledger.nextExpiry()).toBe(NOW + HOUR);
      // A later time does not extend the life of the file, which may still be the old page's.
      await ledger.record(entryOf('/blog', { expiresAt: NOW + 2 * HOUR }));
      expect(ledger.nextExpiry()).toBe(NOW + HOUR);
      await ledger.record(entryOf('/blog'));
      expect(ledger.nextExpiry()).toBe(NOW + HOUR);
    });
  });
}
