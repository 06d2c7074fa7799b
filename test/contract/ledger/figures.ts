import { describe, expect, test } from 'vitest';
import { UNVOUCHED } from '../../../src/page/request/gate.js';
import { entryOf, store } from '../pages.js';
import { type MakePlace, start } from './place.js';

export function describeFigures(name: string, makePlace: MakePlace): void {
  describe(`${name}: figures for people`, () => {
    test('tell how many pages there are, how large they are, and how many only Node serves', async () => {
      const { ledger, files } = await start(makePlace);
      expect(ledger.statistics()).toEqual({
        pages: 0,
        storedByRule: new Map(),
        room: undefined,
        bytes: 0,
        servedByNode: 0,
        counters: {},
        visits: undefined,
      });
      await store(ledger, files, entryOf('/a', { bytes: 10 }));
      await store(ledger, files, entryOf('/b', { bytes: 5, file: 'private/b', headers: [] }));
      await ledger.record(entryOf('/pending', { bytes: 100 }));
      expect(ledger.statistics()).toMatchObject({ pages: 2, bytes: 15, servedByNode: 1 });
    });

    test('are added up over all processes', async () => {
      const { ledger, open } = await start(makePlace);
      await ledger.note({
        counts: new Map([
          ['hit', 2],
          ['stored', 1],
        ]),
        refusals: [],
        nginx: undefined,
      });
      await open().note({ counts: new Map([['hit', 3]]), refusals: [], nginx: undefined });
      expect(ledger.statistics().counters).toEqual({ hit: 5, stored: 1 });
    });

    test('of visits are added up by rule and by page; of many pages, those that are asked for most stay', async () => {
      const { ledger, open } = await start(makePlace);
      const nothing = { counts: new Map(), refusals: [], nginx: undefined };
      const visits = { nginx: 2, node: 1, misses: 1, bytes: 9_000_000_000_000 };
      const [top, other] = [
        { host: '', path: '/a', hits: 2 },
        { host: 'a.example', path: '/a', hits: 1 },
      ];
      await ledger.note({ ...nothing, visited: { rules: new Map([['/a/', visits]]), pages: [top, other] } });
      const rare = { nginx: 0, node: 0, misses: 1, bytes: 0 };
      const rules = new Map([
        ['/b/', rare],
        ['/a/', visits],
      ]);
      await open().note({ ...nothing, visited: { rules, pages: [top] } });
      expect(ledger.statistics().visits).toEqual({
        rules: [
          { rule: '/a/', nginx: 4, node: 2, misses: 2, bytes: 18_000_000_000_000 },
          { rule: '/b/', ...rare },
        ],
        pages: [{ ...top, hits: 4 }, other],
      });
      const many = Array.from({ length: 13_000 }, (_, index) => ({ host: '', path: `/${index}`, hits: 3 }));
      await ledger.note({ ...nothing, visited: { rules: new Map(), pages: many } });
      const { pages } = ledger.statistics().visits ?? {};
      expect(pages?.[0]).toEqual({ ...top, hits: 4 });
      expect(pages).toHaveLength(10);
      await ledger.note({ ...nothing, visited: { rules: new Map(), pages: [{ ...other, hits: 2 }] } });
      // The ledger has forgotten this page, so its count begins at zero again.
      expect(ledger.statistics().visits?.pages.some(({ host }) => host !== '')).toBe(false);
    });

    test('tell which nginx the last request came through', async () => {
      const { ledger, open } = await start(makePlace);
      const nothing = { counts: new Map(), refusals: [] };
      expect(ledger.nginxSeen()).toEqual([]);
      await ledger.note({ ...nothing, nginx: { fingerprint: 'one', at: 1 } });
      await open().note({ ...nothing, nginx: { fingerprint: 'two', at: 2 } });
      await ledger.note({ ...nothing, nginx: undefined });
      expect(ledger.nginxSeen()).toEqual([{ fingerprint: 'two', at: 2 }]);
      await ledger.note({ ...nothing, nginx: { fingerprint: UNVOUCHED, at: 3 } });
      await ledger.note({ ...nothing, nginx: { fingerprint: UNVOUCHED, at: 4 } });
      expect(ledger.nginxSeen()).toEqual([
        { fingerprint: UNVOUCHED, at: 4 },
        { fingerprint: 'two', at: 2 },
      ]);
    });

    test('tell why a page was refused last', async () => {
      const { ledger, open } = await start(makePlace);
      const refusal = { host: '', path: '/a', reason: 'set-cookie', detail: undefined, at: 1 };
      const later = { ...refusal, reason: 'vary', detail: 'Cookie', at: 2 };
      const elsewhere = { ...refusal, host: 'a.example', reason: 'status' };
      await ledger.note({ counts: new Map(), refusals: [refusal, elsewhere], nginx: undefined });
      expect(ledger.lastRefusal('', '/a')).toEqual(refusal);
      await open().note({ counts: new Map(), refusals: [later], nginx: undefined });
      expect(ledger.lastRefusal('', '/a')).toEqual(later);
      expect(ledger.lastRefusal('a.example', '/a')).toEqual(elsewhere);
      expect(ledger.lastRefusal('', '/b')).toBeUndefined();
    });
  });
}
