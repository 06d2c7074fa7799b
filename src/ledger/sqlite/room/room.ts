import { isStoredCoding } from '../../../files/compress.js';
import type { PageHits } from '../../../metrics.js';
import { bareName } from '../../../page/layout.js';
import type { PageEntry } from '../../pages.js';
import type {
  Bounds,
  DiskUse,
  EvictedPage,
  Eviction,
  EvictionCause,
  Room,
  SizedRemover,
} from '../../removals.js';
import { removePage } from '../removals.js';
import type { Statements } from '../statements.js';
import type { Transactions } from '../transactions.js';
import type { RoomRow, RoomStatements, VictimRow } from './statements.js';

/** How many uses are noted in one transaction. */
const USES_AT_ONCE = 250;
/** The newest pages are spared, so that they have time to be requested again: one in so many, up to `MAX_SPARED`. */
const SPARED_ONE_IN = 20;
const MAX_SPARED = 1_000;
/** How many evicted pages are remembered, for people. */
const KEPT_EVICTED = 1_000;
/** After this time, the space of removed files is certainly free. */
const FREEING_MS = 2_000;
const EMPTY: RoomRow = { pages: 0, bytes: 0, age: 0, freed: 0 };

/**
 * Returns how much a page is worth: pages that are worth less are evicted first. Hits count by their logarithm, so that
 * a page that is no longer requested is evicted in the end, however often it was requested before: each time as many
 * pages have been evicted as there are, `age` grows, and new hits count for one more.
 */
function worthOf(age: number, hits: number): number {
  return age + 1 + Math.floor(Math.log2(1 + hits));
}

/** Keeps pages within bounds. */
export class SqliteRoom implements Room {
  readonly #transactions: Transactions;
  readonly #bounds: Bounds;

  constructor(transactions: Transactions, bounds: Bounds) {
    this.#transactions = transactions;
    this.#bounds = bounds;
  }

  use(): DiskUse {
    const { pages, bytes } = roomIn(this.#transactions.opening.statements.room);
    return { pages, bytes };
  }

  hasRoomFor(page: PageEntry, { room } = this.#transactions.opening.statements): boolean {
    if (room === undefined) return true;
    const { maxPages = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = this.#bounds;
    const now = roomIn(room);
    if (now.pages < maxPages && now.bytes + page.bytesOnDisk <= maxBytes) return true;
    const { host, path } = page;
    const replaced = room.ofUrl.get({ host, path, name: bareName(path) }) ?? EMPTY;
    const pages = now.pages - replaced.pages + 1;
    const bytes = now.bytes - replaced.bytes + page.bytesOnDisk;
    // A page that replaces a larger one exceeds no bound that is not exceeded already.
    return pages <= Math.max(maxPages, now.pages) && bytes <= Math.max(maxBytes, now.bytes);
  }

  async noteUses(uses: readonly PageHits[]): Promise<void> {
    for (let from = 0; from < uses.length; from += USES_AT_ONCE)
      await this.#transactions.run(({ statements: { room } }) => {
        const { age } = roomIn(room);
        for (const { host, path, hits } of uses.slice(from, from + USES_AT_ONCE)) {
          const known = room?.used.get({ host, path, name: bareName(path) });
          if (known === undefined) continue;
          const all = known.hits + hits;
          room?.setUse.run({ page: known.page, hits: all, worth: worthOf(age, all) });
        }
      });
  }

  async evict(eviction: Eviction, files: SizedRemover): Promise<readonly EvictedPage[]> {
    const evicted: EvictedPage[] = [];
    await this.#transactions.runInBatches({
      begin: () => undefined,
      work: this.#evictions(eviction, files, evicted),
      end: () => files.endBatch(),
    });
    return evicted;
  }

  /** Evicts one page in each step, so that a batch can end anywhere. */
  *#evictions(
    { leave, isForDisk, limit }: Eviction,
    files: SizedRemover,
    evicted: EvictedPage[],
  ): Generator<undefined> {
    while (evicted.length < limit) {
      const { statements } = this.#transactions.opening;
      const { room } = statements;
      const now = roomIn(room);
      const cause = causeOf(now, leave, isForDisk);
      if (room === undefined || cause === undefined) return;
      if (!measureOne(room, files)) {
        const row = leastUsed(room, now);
        if (row === undefined) return;
        const { host, path, file, allotted: bytes } = row;
        if (removePage(row, files, statements) !== 'kept') {
          evicted.push({ host, path, file, bytes, cause });
          noteEvicted(row, cause, statements);
        }
      }
      yield;
    }
  }

  claimFreeing(now: number): Promise<boolean> {
    return this.#transactions.run(({ statements: { room } }) => {
      const { freed } = roomIn(room);
      // A clock that was set back must not keep the disk full.
      if (Math.abs(now - freed) < FREEING_MS) return false;
      room?.setFreed.run({ now });
      return true;
    });
  }
}

function roomIn(room: RoomStatements | undefined): RoomRow {
  return room?.all.get() ?? EMPTY;
}

function causeOf(now: DiskUse, leave: DiskUse, isForDisk: boolean): EvictionCause | undefined {
  if (now.pages > leave.pages) return 'max-pages';
  if (now.bytes <= leave.bytes) return undefined;
  return isForDisk ? 'min-free-bytes' : 'max-bytes';
}

/**
 * Measures a page whose size is only estimated, and returns whether there was one. Measuring comes before evicting,
 * which it may make unnecessary.
 */
function measureOne(room: RoomStatements, files: SizedRemover): boolean {
  const row = room.unmeasured.get();
  if (row === undefined) return false;
  const bytes = files.sizeOf(row.file, row.codings.split(' ').filter(isStoredCoding));
  room.setSize.run({ page: row.page, bytes });
  return true;
}

function leastUsed(room: RoomStatements, { pages }: DiskUse): VictimRow | undefined {
  const newest = room.newestId.get() ?? 0;
  const spared = Math.min(Math.floor(pages / SPARED_ONE_IN), MAX_SPARED);
  return room.victim.get({ upTo: newest - spared }) ?? room.victim.get({ upTo: newest });
}

function noteEvicted(
  { host, path, hits, allotted: bytes }: VictimRow,
  cause: EvictionCause,
  statements: Statements,
): void {
  const { room } = statements;
  room?.turn.run();
  room?.addEvicted.run({ host, path, hits, bytes, cause, at: Date.now() });
  room?.trimEvicted.run({ kept: KEPT_EVICTED });
  statements.addToCounter.run({ name: `evicted:${cause}`, by: 1 });
}
