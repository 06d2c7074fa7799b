import { describe, expect, test } from 'vitest';
import { entryOf, store } from '../pages.js';
import { invalidate, type MakePlace, pathsIn, start } from './place.js';

export function describeInspection(name: string, makePlace: MakePlace): void {
  describe(`${name}: pages whose files are gone`, () => {
    test('are forgotten, and no others', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, open } = await start(makePlace);
      expect(ledger.completeness().complete).toBe(true);
      expect(open().completeness().complete).toBe(true);
    });

    test('lets a file go that has no row, and one whose row is as it was seen', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      const entry = entryOf('/pending');
      await ledger.record(entry);
      files.mover(entry.file).place();
      expect(await ledger.removeSuspects([{ file: entry.file, seen: undefined }], files)).toEqual([
        entry.file,
      ]);
      expect([...ledger.files()]).toEqual([]);
    });
  });

  describe(`${name}: the files of all rows`, () => {
    test('are told, placed or not, each once and however many', async () => {
      const { ledger, files } = await start(makePlace);
      expect([...ledger.files()]).toEqual([]);
      const entries = Array.from({ length: 600 }, (_, index) => entryOf(`/${index}`));
      for (const entry of entries) await ledger.record(entry);
      await store(ledger, files, entryOf('/placed'));
      const expected = [...entries, entryOf('/placed')].map(({ file }) => file);
      expect([...ledger.files()].sort()).toEqual(expected.sort());
    });

    test('are told, though rows go meanwhile', async () => {
      const { ledger, files } = await start(makePlace);
      for (let index = 0; index < 300; index += 1) await ledger.record(entryOf(`/${index}`));
      const seen: string[] = [];
      for (const file of ledger.files()) {
        seen.push(file);
        if (seen.length === 100) await invalidate(ledger, files, { kind: 'all' });
      }
      expect(seen.length).toBeGreaterThanOrEqual(100);
    });
  });
}
