import { describe, expect, test } from 'vitest';
import { entryOf, store } from '../pages.js';
import { type MakePlace, pathsIn, start } from './place.js';

const all = () => true;

export function describeCookies(name: string, makePlace: MakePlace): void {
  describe(`${name}: learned cookies`, () => {
    test('are known to every process at once, in the order in which they were learned', async () => {
      const { ledger, open } = await start(makePlace);
      const other = open();
      expect(other.learnedCookies()).toEqual([]);
      await ledger.learnCookies(['zebra', 'ant'], all);
      await ledger.learnCookies(['bee'], all);
      for (const one of [ledger, other, open()])
        expect(one.learnedCookies()).toEqual(['zebra', 'ant', 'bee']);
      expect(other.learnedCookies()).toBe(other.learnedCookies());
    });

    test('invalidate all pages, once', async () => {
      const { ledger, open, files } = await start(makePlace);
      await store(ledger, files, entryOf('/a'));
      const lease = ledger.lease();
      const { learned, entries } = await ledger.learnCookies(['zebra'], all);
      expect(learned).toEqual(['zebra']);
      expect(ledger.isVoid(entryOf('/b'), lease)).toBe(true);
      expect(open().unapplied()).toEqual({ ...entries, generation: 0 });

      const again = await open().learnCookies(['zebra'], all);
      expect(again).toEqual({ learned: [], refused: [], entries: { ...entries, generation: 0 } });
      await ledger.apply(entries, files);
      expect(pathsIn(ledger)).toEqual([]);
      await store(ledger, files, entryOf('/a'));
      expect((await ledger.learnCookies(['zebra'], all)).entries.sequences).toEqual([]);
      expect(ledger.unapplied().sequences).toEqual([]);
    });

    test('are twenty at the most, without those that a list has by now', async () => {
      const { ledger } = await start(makePlace);
      const names = Array.from({ length: 21 }, (_, index) => `zebra_${index}`);
      const first = await ledger.learnCookies(names, all);
      expect([first.learned.length, first.refused]).toEqual([20, ['zebra_20']]);
      const full = await ledger.learnCookies(['zebra_20', 'zebra_0'], all);
      expect(full).toMatchObject({ learned: [], refused: ['zebra_20'] });
      const declared = (cookie: string) => cookie !== 'zebra_1';
      expect(await ledger.learnCookies(['ant', 'bee'], declared)).toMatchObject({
        learned: ['ant'],
        refused: ['bee'],
      });
    });
  });
}
