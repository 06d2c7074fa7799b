import { expect, onTestFinished, test } from 'vitest';
import type { Bounds, Eviction, Ledger, SizedRemover } from '../../../src/ledger/ledger.js';
import { SqliteLedger } from '../../../src/ledger/sqlite/ledger.js';
import { openReader } from '../../../src/ledger/sqlite/reader.js';
import { entryOf, type PageFiles, type PageOptions, store } from '../../contract/pages.js';
import { parseTarget } from '../../helpers/selectors.js';
import { connect, optionsFor, start } from './ledger-place.js';

const BLOCK = 4_096;
const NO_BOUND = Number.MAX_SAFE_INTEGER;

async function startBounded(bounds: Bounds = {}) {
  const place = await start({ bounds });
  const room = roomOf(place.ledger);
  const add = async (path: string, options: PageOptions = {}) =>
    await store(place.ledger, place.files, entryOf(path, options));
  const evict = async (eviction: Partial<Eviction>, files = sized(place.files)) => {
    const evicted = await room.evict(
      { leave: { pages: NO_BOUND, bytes: NO_BOUND }, isForDisk: false, limit: NO_BOUND, ...eviction },
      files,
    );
    return evicted.map(({ path }) => path);
  };
  const leave = (pages: number) => ({ leave: { pages, bytes: NO_BOUND } });
  const use = async (path: string, hits: number) => await room.noteUses([{ host: '', path, hits }]);
  return { ...place, room, add, evict, leave, use };
}

function roomOf(ledger: Ledger) {
  if (ledger.room === undefined) throw new Error('Expected a ledger with bounds');
  return ledger.room;
}

function sized(files: PageFiles, sizeOf: SizedRemover['sizeOf'] = () => BLOCK): SizedRemover {
  return { remove: (file) => files.remove(file), endBatch: () => files.endBatch(), sizeOf };
}

const pathsIn = (ledger: Ledger) => [...ledger.pages()].map(({ path }) => path);

test('what pages take is known, whatever places, replaces, hides or removes them', async () => {
  const { ledger, files, room, add } = await startBounded();
  expect(room.use()).toEqual({ pages: 0, bytes: 0 });
  await add('/a');
  await add('/b', { bytesOnDisk: 3 * BLOCK, tags: ['b'] });
  await ledger.record(entryOf('/pending'));
  expect(room.use()).toEqual({ pages: 2, bytes: 4 * BLOCK });
  await add('/b', { bytesOnDisk: 2 * BLOCK, tags: ['b'] });
  expect(room.use()).toEqual({ pages: 2, bytes: 3 * BLOCK });
  // With another type, the page has another file instead of the former one.
  await add('/b', { extension: 'txt', tags: ['b'] });
  expect(room.use()).toEqual({ pages: 2, bytes: 2 * BLOCK });
  await ledger.apply(await ledger.append([{ kind: 'tag', value: 'b' }], 'delete'), files);
  expect(room.use()).toEqual({ pages: 1, bytes: BLOCK });
  const kept = { ...files, remove: () => 'kept' as const, endBatch: () => undefined, filesNamedBy: () => [] };
  await ledger.apply(await ledger.append([parseTarget('/a')], 'delete'), kept);
  expect(room.use()).toEqual({ pages: 0, bytes: 0 });
  await add('/c', { expiresAt: 1 });
  await ledger.expire(2, files);
  expect(room.use()).toEqual({ pages: 0, bytes: 0 });
});

test('a process without bounds changes the same sums', async () => {
  const { webRoot, files, room } = await startBounded();
  const other = new SqliteLedger(optionsFor(webRoot));
  onTestFinished(() => other.close());
  // The page was not measured, so it counts with the most that it can take.
  await store(other, files, entryOf('/a', { bytes: 5_000, codings: ['br', 'gzip'] }));
  expect(room.use()).toEqual({ pages: 1, bytes: 6 * BLOCK });
  await other.apply(await other.append([{ kind: 'all' }], 'delete'), files);
  expect(room.use()).toEqual({ pages: 0, bytes: 0 });
});

test('pages that are there when bounds are first given count, and are measured before one leaves', async () => {
  const { webRoot, ledger: before, files } = await start();
  for (const path of ['/a', '/b', '/c'])
    await store(before, files, entryOf(path, { bytes: 5_000, codings: ['gzip'] }));
  const ledger = new SqliteLedger(optionsFor(webRoot, { bounds: {} }));
  onTestFinished(() => ledger.close());
  const room = roomOf(ledger);
  expect(room.use()).toEqual({ pages: 3, bytes: 12 * BLOCK });
  const measured: string[] = [];
  const sizes = sized(files, (file, codings) => {
    measured.push(`${file} ${codings.join()}`);
    return 3 * BLOCK;
  });
  const leave = { pages: NO_BOUND, bytes: 9 * BLOCK };
  expect(await room.evict({ leave, isForDisk: false, limit: NO_BOUND }, sizes)).toEqual([]);
  expect(measured).toEqual(['a.page.html gzip', 'b.page.html gzip', 'c.page.html gzip']);
  expect(room.use()).toEqual({ pages: 3, bytes: 9 * BLOCK });
});

test('no page is placed beyond a bound, and none leaves for that', async () => {
  const { ledger, files, add, room } = await startBounded({ maxPages: 2, maxBytes: 4 * BLOCK });
  await add('/a');
  await add('/b', { bytesOnDisk: 2 * BLOCK });
  expect(room.hasRoomFor(entryOf('/c'))).toBe(false);
  expect(await add('/c')).toBe('full');
  expect(pathsIn(ledger)).toEqual(['/a', '/b']);
  expect(files.has('c.page.html')).toBe(false);
  // A page may replace itself.
  expect(await add('/b', { bytesOnDisk: 3 * BLOCK })).toBe('placed');
  expect(await add('/a', { bytesOnDisk: 2 * BLOCK })).toBe('full');
});

test('with more than may be there, a page still takes the place of one that is as large', async () => {
  const { webRoot, add } = await startBounded();
  for (const path of ['/a', '/b', '/c']) await add(path);
  const lowered = new SqliteLedger(optionsFor(webRoot, { bounds: { maxPages: 1, maxBytes: BLOCK } }));
  onTestFinished(() => lowered.close());
  const room = roomOf(lowered);
  expect(room.hasRoomFor(entryOf('/a'))).toBe(true);
  expect(room.hasRoomFor(entryOf('/a', { bytesOnDisk: 2 * BLOCK }))).toBe(false);
  expect(room.hasRoomFor(entryOf('/d'))).toBe(false);
});

test('the least used pages leave first, the older of two', async () => {
  const { ledger, files, add, use, evict, leave } = await startBounded();
  for (const path of ['/a', '/b', '/c', '/d']) await add(path);
  await use('/a', 9);
  await use('/c', 1);
  expect(await evict(leave(2))).toEqual(['/b', '/d']);
  expect(pathsIn(ledger)).toEqual(['/a', '/c']);
  expect([files.has('b.page.html'), files.has('a.page.html')]).toEqual([false, true]);
  expect(files.batches).toBeGreaterThan(0);
});

test('until no more bytes are left than may stay, and no more pages than the limit at once', async () => {
  const { room, add, evict } = await startBounded();
  for (const path of ['/a', '/b', '/c', '/d']) await add(path, { bytesOnDisk: 2 * BLOCK });
  const bytes = (count: number) => ({ leave: { pages: NO_BOUND, bytes: count * BLOCK } });
  expect(await evict({ ...bytes(0), limit: 1 })).toEqual(['/a']);
  expect(await evict(bytes(3))).toEqual(['/b', '/c']);
  expect(room.use()).toEqual({ pages: 1, bytes: 2 * BLOCK });
});

test('a page that was asked for very often leaves when nobody has asked for it in many rounds', async () => {
  const { ledger, add, use, evict, leave } = await startBounded();
  await add('/old');
  await use('/old', 1_000_000_000_000);
  const stays = () => pathsIn(ledger).includes('/old');
  let rounds = 0;
  for (; stays() && rounds < 1_000; rounds += 1) {
    for (const path of ['/x', '/y', '/z']) await add(`${path}${rounds}`);
    await evict(leave(3));
  }
  expect(rounds).toBeGreaterThan(30);
  expect(rounds).toBeLessThan(150);
});

test('and stays for as long as somebody does, whatever passes by', async () => {
  const { ledger, add, use, evict, leave } = await startBounded();
  await add('/asked-for');
  for (let round = 0; round < 100; round += 1) {
    await use('/asked-for', 1);
    for (const path of ['/x', '/y', '/z']) await add(`${path}${round}`);
    await evict(leave(3));
  }
  expect(pathsIn(ledger)).toContain('/asked-for');
});

test('the newest pages of many have time to be asked for', async () => {
  const { ledger, add, use, evict, leave } = await startBounded();
  for (let index = 0; index < 100; index += 1) {
    await add(`/${index}`);
    if (index < 95) await use(`/${index}`, 2);
  }
  expect(await evict(leave(99))).toEqual(['/0']);
  await add('/new');
  expect(await evict(leave(98))).toHaveLength(2);
  expect(pathsIn(ledger)).toContain('/new');
});

test('hits that nginx reported before count for a page that is stored again', async () => {
  const { ledger, files, add, evict, leave } = await startBounded();
  const visited = { rules: new Map(), pages: [{ host: '', path: '/a', hits: 5 }] };
  await ledger.note({ counts: new Map(), visited, refusals: [], nginx: undefined });
  for (const path of ['/a', '/b']) await add(path);
  await ledger.apply(await ledger.append([parseTarget('/a')], 'delete'), files);
  await add('/a');
  expect(await evict(leave(1))).toEqual(['/b']);
});

test('a use of what is no page is nothing', async () => {
  const { room, use } = await startBounded();
  await use('/none', 3);
  expect(room.use()).toEqual({ pages: 0, bytes: 0 });
});

test('a page that cannot be removed keeps no other from leaving, and is not tried for ever', async () => {
  const { room, files, add, evict, leave } = await startBounded();
  for (const path of ['/a', '/b']) await add(path);
  const remove = (file: string) => (file.startsWith('a.') ? ('kept' as const) : files.remove(file));
  expect(await evict(leave(0), { ...sized(files), remove })).toEqual(['/b']);
  expect(room.use()).toEqual({ pages: 0, bytes: 0 });
});

test('nothing is written to the log of invalidations, and no render is void', async () => {
  const { ledger, files, add, evict, leave } = await startBounded();
  await add('/a');
  const lease = ledger.lease();
  const entry = entryOf('/a');
  await ledger.record(entry);
  expect(await evict(leave(0))).toEqual(['/a']);
  expect(ledger.log(9)).toEqual([]);
  expect(ledger.lease()).toEqual(lease);
  // The row was removed with the page.
  expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('unrecorded');
  await ledger.record(entry);
  expect(await ledger.place(entry, lease, files.mover(entry.file))).toBe('placed');
});

test('the CDN is told of it', async () => {
  const { ledger, files } = await start({ bounds: {}, isPurged: true });
  const claim = async () => (await ledger.purges?.claim({ now: Date.now(), limit: 9, maxWaiting: 9 })) ?? [];
  // A new outbox begins with a purge of everything.
  await ledger.purges?.markTaken(await claim(), undefined);
  await store(ledger, files, entryOf('/a'));
  await roomOf(ledger).evict({ leave: { pages: 0, bytes: 0 }, isForDisk: false, limit: 9 }, sized(files));
  expect(await claim()).toMatchObject([{ kind: 'page', host: '', path: '/a' }]);
});

test('what left is told, with the cause', async () => {
  const { webRoot, ledger, room, add, use, evict, leave } = await startBounded();
  for (const path of ['/a', '/b', '/c']) await add(path, { bytesOnDisk: 2 * BLOCK });
  await use('/b', 2);
  await use('/c', 3);
  await evict(leave(2));
  await evict({ leave: { pages: NO_BOUND, bytes: 3 * BLOCK } });
  await evict({ leave: { pages: NO_BOUND, bytes: 0 }, isForDisk: true });
  const page = { host: '', bytes: 2 * BLOCK, at: expect.any(Number) };
  const expected = {
    counters: { 'evicted:max-pages': 1, 'evicted:max-bytes': 1, 'evicted:min-free-bytes': 1 },
    room: {
      ...room.use(),
      evicted: [
        { ...page, path: '/c', hits: 3, cause: 'min-free-bytes' },
        { ...page, path: '/b', hits: 2, cause: 'max-bytes' },
        { ...page, path: '/a', hits: 0, cause: 'max-pages' },
      ],
    },
  };
  expect(ledger.statistics()).toMatchObject(expected);
  const { reader, close } = openReader(webRoot.ledgerFile);
  expect(reader.statistics()).toMatchObject(expected);
  close();
});

test('of all processes, one frees the disk at a time', async () => {
  const { open, room } = await startBounded();
  const other = roomOf(open());
  const now = Date.now();
  expect(await room.claimFreeing(now)).toBe(true);
  expect(await other.claimFreeing(now + 1_999)).toBe(false);
  expect(await other.claimFreeing(now + 2_000)).toBe(true);
  // The clock was set back.
  expect(await room.claimFreeing(now - 60_000)).toBe(true);
});

test('a ledger without bounds has none of these tables, and a reader needs none', async () => {
  const { webRoot, ledger } = await start();
  expect(ledger.room).toBeUndefined();
  const tables = connect(webRoot).prepare("SELECT name FROM sqlite_schema WHERE name LIKE '%room%'").all();
  expect(tables).toEqual([]);
  expect(ledger.statistics().room).toBeUndefined();
});
