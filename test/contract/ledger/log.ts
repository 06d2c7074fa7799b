import { describe, expect, test } from 'vitest';
import type { Selector } from '../../../src/page/selector.js';
import { parseTarget } from '../../helpers/selectors.js';
import { entryOf, store } from '../pages.js';
import { type MakePlace, NOW, pathsIn, start } from './place.js';

export function describeLog(name: string, makePlace: MakePlace): void {
  describe(`${name}: the log`, () => {
    test('numbers its entries, and uses no number twice', async () => {
      const { ledger, files } = await start(makePlace);
      const first = await ledger.append(['/a', '/b', '/c'].map(parseTarget), 'delete');
      await ledger.apply(first, files);
      const second = await ledger.append([{ kind: 'all' }], 'void');
      const numbers = [...first.sequences, ...second.sequences];
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      expect(numbers).toHaveLength(4);
      expect(ledger.lease().sequence).toBe(numbers.at(-1));
    });

    test('tells its newest entries first', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, files } = await start(makePlace);
      const nothing = await ledger.append([], 'delete');
      expect(nothing.sequences).toEqual([]);
      expect(await ledger.apply(nothing, files)).toEqual([]);
      expect(await ledger.apply({ ...nothing, sequences: [4_711] }, files)).toEqual([]);
      expect(ledger.unapplied()).toEqual(nothing);
    });

    test('shows to every process what has not been applied, and lets each of them apply it', async () => {
      const { ledger, files, open } = await start(makePlace);
      await store(ledger, files, entryOf('/a'));
      const entries = await ledger.append(['/a', '/b'].map(parseTarget), 'delete');
      const other = open();
      expect(other.unapplied()).toEqual(entries);
      expect((await other.apply(other.unapplied(), files)).map(({ path }) => path)).toEqual(['/a']);
      expect(ledger.unapplied().sequences).toEqual([]);
      expect(await ledger.apply(entries, files)).toEqual([]);
    });

    test('has nothing to be applied for entries that only void', async () => {
      const { ledger, files } = await start(makePlace);
      await store(ledger, files, entryOf('/a'));
      for (const purpose of ['void', 'warm', 'mark'] as const) {
        await ledger.append([parseTarget('/a')], purpose);
        expect(ledger.unapplied().sequences).toEqual([]);
        expect(ledger.log(1)).toMatchObject([{ applied: true }]);
      }
      expect(files.has('a.page.html')).toBe(true);
    });

    test('knows which entries say that pages are out of date, and keeps their selectors', async () => {
      const { ledger } = await start(makePlace);
      const selectors: Selector[] = [
        { kind: 'path', value: '/a' },
        { kind: 'glob', value: '/c/*' },
        { kind: 'tag', value: 'warm:all' },
        { kind: 'all' },
      ];
      const changes = { delete: true, void: true, regenerate: true, warm: false, mark: false } as const;
      for (const [purpose, isChange] of Object.entries(changes) as [keyof typeof changes, boolean][]) {
        await ledger.append(selectors, purpose);
        const told = ledger.log(selectors.length).map((entry) => [entry.selector, entry.isChange]);
        expect([purpose, told.reverse()]).toEqual([purpose, selectors.map((one) => [one, isChange])]);
      }
    });
  });

  describe(`${name}: an intent`, () => {
    const a = { kind: 'tag', value: 'a' } as const;

    test('voids nothing and is nothing to apply, until it is settled with what is appended', async () => {
      const { ledger, files, open } = await start(makePlace);
      const lease = ledger.lease();
      const entries = await ledger.intend([a, { kind: 'all' }]);
      expect(ledger.unapplied().sequences).toEqual([]);
      const page = entryOf('/a', { tags: ['a'] });
      await ledger.record(page);
      expect(await ledger.place(page, lease, files.mover('a.page.html'))).toBe('placed');
      const other = open();
      expect(other.intended().entries.map(({ selector }) => selector)).toEqual([a, { kind: 'all' }]);
      expect(other.intended().entries.map(({ sequence }) => sequence)).toEqual(entries.sequences);
      const deletion = await ledger.append([a], 'delete', [entries]);
      expect(other.intended().entries).toEqual([]);
      expect((await other.apply(deletion, files)).map(({ path }) => path)).toEqual(['/a']);
    });

    test('is settled alone where nothing has changed, and once', async () => {
      const { ledger } = await start(makePlace);
      const entries = await ledger.intend([a]);
      const deletion = await ledger.append([a], 'delete');
      await ledger.settle([entries, { generation: entries.generation + 1, sequences: [1] }, deletion]);
      await ledger.settle([entries]);
      expect(ledger.intended().entries).toEqual([]);
      // An entry that is not an intent is not settled.
      expect(ledger.unapplied()).toEqual(deletion);
    });

    test('is noted at once while nobody else has the lock, and in its turn otherwise', async () => {
      const { ledger } = await start(makePlace);
      expect(ledger.intend([a])).not.toBeInstanceOf(Promise);
      expect(ledger.intended().entries).toHaveLength(1);
      await ledger.close();
      await expect(ledger.intend([a])).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    });
  });

  describe(`${name}: an intent that cannot be waited for`, () => {
    const a = { kind: 'tag', value: 'a' } as const;

    test('is noted before others that wait for the lock', async () => {
      const { ledger } = await start(makePlace);
      const settled = [ledger.settle([]), ledger.settle([])];
      const entries = ledger.intendNow([a]);
      expect(ledger.intended().entries.map(({ sequence }) => sequence)).toEqual(entries.sequences);
      await Promise.all(settled);
      await ledger.close();
      expect(() => ledger.intendNow([a])).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
    });
  });

  describe(`${name}: a regeneration`, () => {
    test('leaves its pages, and tells which they are', async () => {
      const { ledger, files } = await start(makePlace);
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
      const { ledger, open } = await start(makePlace);
      const entries = await ledger.append([parseTarget('/a')], 'regenerate');
      expect(open().unapplied().sequences).toEqual([]);
      expect(ledger.log(1)).toMatchObject([{ applied: false }]);
      await ledger.markApplied(entries);
      expect(ledger.log(1)).toMatchObject([{ applied: true }]);
      await ledger.claimRegenerating();
      expect(ledger.unapplied().sequences).toEqual([]);
    });

    test('is for all to finish once a process has started after its death', async () => {
      const { ledger, files, open } = await start(makePlace);
      await store(ledger, files, entryOf('/a'));
      const entries = await ledger.append([parseTarget('/a')], 'regenerate');
      const other = open();
      await other.claimRegenerating();
      expect(other.unapplied()).toEqual(entries);
      expect((await other.apply(entries, files)).map(({ path }) => path)).toEqual(['/a']);
    });
  });
}
