import type { DiskUse, EvictedPage, PageEntry, Room } from '../../ledger/ledger.js';
import type { Logger } from '../../log.js';
import type { PageHits } from '../../metrics.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import type { PageStore } from '../../store/page-store.js';
import { RecurringWork } from '../recurring-work.js';
import { Remover } from '../remover.js';
import { EvictionLog } from './eviction-log.js';
import type { ResolvedBounds } from './options.js';

/** How often uses are recorded and bounds are checked: a process with other bounds may store pages, too. */
const LOOK_EVERY_MS = 2_000;
/** The maximum number of pages whose uses are remembered until then. */
const MAX_USES = 5_000;
/**
 * A process that stores a page makes room for more than one: for this part of what may stay, but no more than the
 * maximums.
 */
const SLACK_ONE_IN = 100;
const MAX_SLACK_PAGES = 100;
const MAX_SLACK_BYTES = 64 * 1024 * 1024;
/** Storing a page waits for the eviction of no more than this many pages. The rest is evicted afterwards. */
const LIMIT_OF_STORING = 256;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

export interface EvictorParts {
  readonly room: Room;
  readonly bounds: ResolvedBounds;
  readonly store: Pick<PageStore, 'remove' | 'hide' | 'prune' | 'folders' | 'sizeOf' | 'freeBytes'>;
  readonly logger: Logger;
  readonly onFault: (error: unknown) => void;
  /** Called with the cause and the number of evicted pages. */
  readonly onEvicted: (cause: EvictedPage['cause'], pages: number) => void;
}

/**
 * Keeps the pages within their bounds. A process that stores a page makes room for it first, and the ledger places no
 * page beyond a bound. An evicted page is not out of date, so it is removed like an expired page: file and row, under
 * the lock. The row makes the CDN purge it. No render becomes void, and other hosts keep their pages.
 */
export class Evictor {
  readonly #parts: EvictorParts;
  readonly #log: EvictionLog;
  #uses = new Map<string, PageHits>();
  readonly #work = new RecurringWork(() => this.#look());

  constructor(parts: EvictorParts) {
    this.#parts = parts;
    this.#log = new EvictionLog(parts.logger);
  }

  start(): void {
    this.#work.start();
  }

  async stop(): Promise<void> {
    await this.#work.stop();
    await this.#noteUses().catch((error) => this.#parts.onFault(error));
    this.#log.tellRest();
  }

  /** Records that a page was sent. */
  used(host: string, path: string, times = 1): void {
    const key = `${host}${path}`;
    const before = this.#uses.get(key);
    if (before === undefined && this.#uses.size >= MAX_USES) return;
    this.#uses.set(key, { host, path, hits: (before?.hits ?? 0) + times });
  }

  /** Makes room for a page that is about to be stored. Returns why there is none, or `undefined`. */
  async makeRoomFor(page: PageEntry): Promise<Refusal | undefined> {
    const { room, bounds } = this.#parts;
    const { maxBytes = Number.POSITIVE_INFINITY } = bounds;
    if (page.bytesOnDisk > maxBytes)
      return refuse('no-room', `the page takes ${page.bytesOnDisk} bytes of the disk, more than maxBytes`);
    if (!(await this.#hasFreeBytes())) {
      await this.#freeDisk(LIMIT_OF_STORING);
      if (!(await this.#hasFreeBytes()))
        return refuse('no-room', 'the disk of WEB_ROOT has less than minFreeBytes free');
    }
    if (room.hasRoomFor(page)) return undefined;
    const evicted = await this.#evict(this.#leaveFor(page), LIMIT_OF_STORING);
    // Another process may have taken the room. Then the ledger reports that, and this is called again.
    if (room.hasRoomFor(page) || (evicted > 0 && evicted < LIMIT_OF_STORING)) return undefined;
    return refuse('no-room', 'other pages must be deleted first');
  }

  /** Evicts pages if a bound is passed. Returns when to look again: in how many milliseconds. */
  async #look(): Promise<number> {
    const { room, bounds, onFault } = this.#parts;
    try {
      await this.#noteUses();
      const most = mostOf(bounds);
      const { pages, bytes } = room.use();
      if (pages > most.pages || bytes > most.bytes) await this.#evict(most, NO_LIMIT);
      if (!(await this.#hasFreeBytes())) await this.#freeDisk(NO_LIMIT);
      this.#log.tell([]);
    } catch (error) {
      onFault(error);
    }
    return LOOK_EVERY_MS;
  }

  /** Evicts pages by what is known of their uses. Returns how many. */
  async #evict(leave: DiskUse, limit: number, isForDisk = false): Promise<number> {
    const { room, store, onFault, onEvicted } = this.#parts;
    await this.#noteUses();
    const remover = new Remover({ store, hosts: [] });
    const files = {
      remove: (file: string) => remover.remove(file),
      endBatch: () => remover.endBatch(),
      sizeOf: (...of: Parameters<PageStore['sizeOf']>) => store.sizeOf(...of),
    };
    const evicted = await room.evict({ leave, isForDisk, limit }, files);
    for (const { cause } of evicted) onEvicted(cause, 1);
    this.#log.tell(evicted);
    try {
      remover.throwFailures();
    } catch (error) {
      onFault(error);
    }
    return evicted.length;
  }

  async #hasFreeBytes(): Promise<boolean> {
    const { minFreeBytes } = this.#parts.bounds;
    return minFreeBytes === undefined || (await this.#parts.store.freeBytes()) >= minFreeBytes;
  }

  /** Runs in one process at a time, because the space that it frees may not be visible at once. */
  async #freeDisk(limit: number): Promise<void> {
    const { room, bounds, store } = this.#parts;
    const { minFreeBytes = 0 } = bounds;
    if (!(await room.claimFreeing(Date.now()))) return;
    const missing =
      minFreeBytes + Math.min(minFreeBytes / SLACK_ONE_IN, MAX_SLACK_BYTES) - (await store.freeBytes());
    const { pages, bytes } = room.use();
    if (pages === 0) this.#log.tellNothingLeft();
    else await this.#evict({ pages: NO_LIMIT, bytes: Math.max(0, bytes - missing) }, limit, true);
  }

  #leaveFor({ bytesOnDisk }: PageEntry): DiskUse {
    const { pages, bytes } = mostOf(this.#parts.bounds);
    return {
      pages: pages - Math.max(1, Math.min(Math.floor(pages / SLACK_ONE_IN), MAX_SLACK_PAGES)),
      bytes: bytes - Math.max(bytesOnDisk, Math.min(Math.floor(bytes / SLACK_ONE_IN), MAX_SLACK_BYTES)),
    };
  }

  async #noteUses(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = [...this.#uses.values()];
    this.#uses = new Map();
    await this.#parts.room.noteUses(uses);
  }
}

function mostOf({ maxPages, maxBytes }: ResolvedBounds): DiskUse {
  return { pages: maxPages ?? Number.MAX_SAFE_INTEGER, bytes: maxBytes ?? Number.MAX_SAFE_INTEGER };
}
