import { describe, expect, test } from 'vitest';
import type { BrowsedPage, Ledger, Position } from '../../../src/ledger/ledger.js';
import { entryOf, store } from '../pages.js';
import { type MakePlace, start } from './place.js';

const BEGINNING: Position = { name: '', id: 0 };
const nothing = { counts: new Map(), refusals: [], nginx: undefined };

export function describeOverview(name: string, makePlace: MakePlace): void {
  describe(`${name}: what happened lately`, () => {
    test('is added up by minute, over all processes', async () => {
      const { ledger, open } = await start(makePlace);
      const before = Math.floor(Date.now() / 60_000);
      const counts = new Map([
        ['hit', 2],
        ['nginx:200', 30],
        ['nginx:304', 10],
        ['stored', 1],
        ['refused:status', 3],
        ['refused:vary', 1],
        ['bypass:cookie', 7],
      ]);
      const render = { host: '', path: '/a', renders: 2, milliseconds: 30, slowest: 20 };
      const deletion = { cause: 'path', named: ['/a'], pages: 5, at: 1 };
      await ledger.note({
        ...nothing,
        counts,
        recent: { misses: 2, renders: [render], deletions: [deletion] },
      });
      await open().note({ ...nothing, counts: new Map([['hit', 1]]) });
      const minutes = ledger.overview.minutes(before);
      const sums = Object.fromEntries(
        (['nginx', 'node', 'misses', 'renders', 'milliseconds', 'stored', 'refused', 'deleted'] as const).map(
          (one) => [one, minutes.reduce((sum, minute) => sum + minute[one], 0)],
        ),
      );
      expect(sums).toEqual({
        ...{ nginx: 40, node: 3, misses: 2, renders: 2, milliseconds: 30 },
        ...{ stored: 1, refused: 4, deleted: 5 },
      });
      expect(ledger.overview.minutes(before + 10)).toEqual([]);
    });

    test('is known of the pages that took most', async () => {
      const { ledger, open } = await start(makePlace);
      const often = { host: '', path: '/often', renders: 3, milliseconds: 30, slowest: 15 };
      const slow = { host: 'a.example', path: '/slow', renders: 1, milliseconds: 900, slowest: 900 };
      const unnamed = { host: '', path: '', renders: 9, milliseconds: 9, slowest: 1 };
      await ledger.note({
        ...nothing,
        recent: { misses: 0, renders: [often, slow, unnamed], deletions: [] },
      });
      await open().note({ ...nothing, recent: { misses: 0, renders: [often], deletions: [] } });
      const twice = { ...often, renders: 6, milliseconds: 60 };
      expect(ledger.overview.renders('slowest', 10)).toEqual([slow, twice]);
      expect(ledger.overview.renders('renders', 1)).toEqual([twice]);
    });

    test('of many pages is kept of those that took most', async () => {
      const { ledger } = await start(makePlace);
      const render = (path: string, milliseconds: number) => {
        return { host: '', path, renders: 1, milliseconds, slowest: milliseconds };
      };
      const many = Array.from({ length: 12_600 }, (_, index) => render(`/${index}`, 1));
      await ledger.note({ ...nothing, recent: { misses: 0, renders: [render('/slow', 2)], deletions: [] } });
      for (let at = 0; at < many.length; at += 200)
        await ledger.note({
          ...nothing,
          recent: { misses: 0, renders: many.slice(at, at + 200), deletions: [] },
        });
      const kept = ledger.overview.renders('slowest', 20_000);
      expect(kept).toHaveLength(10_000);
      expect(kept[0]).toEqual(render('/slow', 2));
    });

    test('of more pages in one note, those that took longest are noted', async () => {
      const { ledger } = await start(makePlace);
      const renders = Array.from({ length: 1_000 }, (_, index) => {
        return { host: '', path: `/${index}`, renders: 1, milliseconds: index, slowest: index };
      });
      await ledger.note({ ...nothing, recent: { misses: 0, renders, deletions: [] } });
      const kept = ledger.overview.renders('slowest', 2_000);
      expect(kept.map(({ path }) => path)).toEqual(
        renders
          .slice(-200)
          .reverse()
          .map(({ path }) => path),
      );
    });

    test('is known of deletions, of how many pages they were, and which emptied the site', async () => {
      const { ledger, files } = await start(makePlace);
      for (let page = 0; page < 4; page += 1) await store(ledger, files, entryOf(`/${page}`));
      const few = { cause: 'path', named: ['/a'], pages: 9, at: 1_000 };
      const flood = { cause: 'tag', named: ['tag all'], pages: 12, at: 2_000 };
      await ledger.note({ ...nothing, recent: { misses: 0, renders: [], deletions: [few] } });
      await ledger.note({ ...nothing, recent: { misses: 0, renders: [], deletions: [flood] } });
      const [second, first] = ledger.overview.deletions(10);
      expect(first).toEqual({ ...few, id: expect.any(Number), of: undefined });
      expect(second).toEqual({ ...flood, id: expect.any(Number), of: 16 });
      expect(ledger.overview.floods(0, 10)).toEqual([second]);
      expect(ledger.overview.floods(2_001, 10)).toEqual([]);
      const half = { ...flood, pages: 10 };
      for (let page = 4; page < 15; page += 1) await store(ledger, files, entryOf(`/${page}`));
      await ledger.note({ ...nothing, recent: { misses: 0, renders: [], deletions: [half] } });
      expect(ledger.overview.deletions(1)).toMatchObject([{ pages: 10, of: 25 }]);
      expect(ledger.overview.floods(0, 10)).toEqual([second]);
    });

    test('of many deletions is known of the newest', async () => {
      const { ledger } = await start(makePlace);
      const deletions = Array.from({ length: 1_200 }, (_, at) => ({
        cause: 'path',
        named: [],
        pages: 1,
        at,
      }));
      await ledger.note({ ...nothing, recent: { misses: 0, renders: [], deletions } });
      const kept = ledger.overview.deletions(2_000);
      expect(kept).toHaveLength(1_000);
      expect(kept[0]?.at).toBe(1_199);
    });

    test('counts the pages that were refused last, by reason', async () => {
      const { ledger } = await start(makePlace);
      const refusal = (path: string, reason: string) => ({
        host: '',
        path,
        reason,
        detail: undefined,
        at: 1,
      });
      const refusals = [refusal('/a', 'vary'), refusal('/b', 'status'), refusal('/c', 'status')];
      await ledger.note({ ...nothing, refusals });
      expect(ledger.overview.refusedPages()).toEqual([
        { reason: 'status', pages: 2 },
        { reason: 'vary', pages: 1 },
      ]);
    });
  });

  describe(`${name}: a list of pages`, () => {
    test('goes on where it has stopped, in the order of paths, without pages that are not there yet', async () => {
      const { ledger, files } = await start(makePlace);
      for (const path of ['/c', '/a', '/b', '/a/', '/d']) await store(ledger, files, entryOf(path));
      await ledger.record(entryOf('/b2'));
      expect(pathsOf(ledger, 2)).toEqual([['/a', '/a/'], ['/b', '/c'], ['/d']]);
    });

    test('has what is known of each', async () => {
      const { ledger, files } = await start(makePlace);
      const headers = [['Content-Type', 'text/plain']] as const;
      const node = { file: 'private/b', bytes: 7, headers, tags: ['tea', 'all'] };
      await store(ledger, files, entryOf('/a', { bytes: 5, tags: ['all'] }));
      await store(ledger, files, entryOf('/b', node));
      const [a, b] = ledger.overview.slice(BEGINNING, 10, 'tea');
      expect(a).toMatchObject({ path: '/a', bytes: 5, servedBy: 'nginx', isTagged: false });
      expect(a?.contentType).toBeUndefined();
      expect(b).toMatchObject({ path: '/b', bytes: 7, servedBy: 'node', isTagged: true });
      expect(b?.contentType).toBe('text/plain');
      expect(b && ledger.overview.tagsOf(b)).toEqual(['all', 'tea']);
    });

    test('tells what a deletion would find, each page once', async () => {
      const { ledger, files } = await start(makePlace);
      for (const path of ['/a', '/b', '/posts/1', '/posts/2'])
        await store(ledger, files, entryOf(path, { tags: [path === '/b' ? 'tea' : 'all'] }));
      const found = (...selectors: Parameters<Ledger['overview']['matching']>[0]) =>
        [...ledger.overview.matching(selectors)].flatMap((page) => (page === undefined ? [] : [page.path]));
      expect(found({ kind: 'tag', value: 'tea' }, { kind: 'path', value: '/b' })).toEqual(['/b']);
      expect(found({ kind: 'glob', value: '/posts/*' })).toEqual(['/posts/1', '/posts/2']);
      expect(found({ kind: 'all' })).toHaveLength(4);
      expect(found({ kind: 'path', value: '/c' })).toEqual([]);
      expect(ledger.overview.slice(BEGINNING, 10)).toHaveLength(4);
    });
  });

  test(`${name}: a secret is one for all processes, and lasts`, async () => {
    const { ledger, open } = await start(makePlace);
    const other = open();
    const [one, same] = await Promise.all([ledger.overview.secret('a'), other.overview.secret('a')]);
    expect(one).toMatch(/^[\w-]{43}$/);
    expect(same).toBe(one);
    expect(await other.overview.secret('b')).not.toBe(one);
    await ledger.close();
    await other.close();
    expect(await open().overview.secret('a')).toBe(one);
  });
}

function pathsOf({ overview }: Pick<Ledger, 'overview'>, limit: number): string[][] {
  const lists: string[][] = [];
  for (let last: Position | undefined = BEGINNING; last !== undefined; ) {
    const slice: readonly BrowsedPage[] = overview.slice(last, limit);
    if (slice.length > 0) lists.push(slice.map(({ path }) => path));
    last = slice.at(-1);
  }
  return lists;
}
