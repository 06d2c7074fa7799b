import { describe, expect, test } from 'vitest';
import { parseTarget } from '../../helpers/selectors.js';
import { entryOf, store } from '../pages.js';
import { type MakePlace, pathsIn, start } from './place.js';

export function describeHandles(name: string, makePlace: MakePlace): void {
  describe(`${name}: several handles`, () => {
    test('see what each other does, at once', async () => {
      const { ledger, files, open } = await start(makePlace);
      const other = open();
      await store(ledger, files, entryOf('/a', { tags: ['x'] }));
      expect(other.find('', '/a')).toEqual(ledger.find('', '/a'));
      const { sequences } = await other.append([{ kind: 'tag', value: 'x' }], 'delete');
      expect([ledger.lease().sequence]).toEqual(sequences);
      await other.apply(other.unapplied(), files);
      expect(ledger.find('', '/a')).toBeUndefined();
    });

    test('wait for each other, and lose nothing', async () => {
      const { files, open } = await start(makePlace);
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
      const { open, files } = await start(makePlace);
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
      const { open } = await start(makePlace);
      const ledger = open();
      await Promise.all([ledger.close(), ledger.close()]);
      await ledger.close();
    });

    test('is the end: what is asked for afterwards is refused', async () => {
      const { open, files } = await start(makePlace);
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
      const { ledger, files, open } = await start(makePlace);
      await store(ledger, files, entryOf('/a'));
      await ledger.close();
      expect(open().find('', '/a')).toBeDefined();
    });
  });
}
