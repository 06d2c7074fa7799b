import type { StoredCoding } from '../files/compress.js';
import type { PageHits } from '../metrics.js';
import type { Selector } from '../page/selector.js';
import type { Entries } from './log.js';
import type { PageEntry } from './pages.js';

/** Whether there was a file to remove; `kept`: there is one, and it cannot be removed. */
export type Removal = boolean | 'kept';

/** What removes files, under the lock. */
export interface BatchRemover {
  /** Removes a page and its codings. Must not throw for one file that cannot be removed. */
  remove(file: string): Removal;
  /** Called at the end of each batch, still under the lock. */
  endBatch(): void;
}

/** What removes files for an invalidation. */
export interface FileRemover extends BatchRemover {
  /** Files that a selector names by layout alone, whether the ledger knows them or not. */
  filesNamedBy(selector: Selector): readonly string[];
}

/** A page that an invalidation removed. */
export interface RemovedPage {
  readonly host: string;
  readonly path: string;
  readonly file: string;
}

/** Finds and removes the pages that invalidations match. */
export interface Removals {
  /**
   * Removes the pages that entries of the log match, in short transactions, and marks the entries as applied. A page
   * whose file is kept is served no more, and stays known, so that the next deletion tries again. Rejects with
   * `ERR_LEDGER_REPLACED` if the ledger was replaced since they were appended, and the entries with it.
   */
  apply(entries: Entries, files: FileRemover): Promise<readonly RemovedPage[]>;
  /**
   * Removes the files that selectors match and records nothing, for a log that cannot be written: a full disk, which this
   * may make room on.
   */
  removeUnrecorded(selectors: readonly Selector[], files: FileRemover): Promise<readonly RemovedPage[]>;
  /** The stored pages that entries of the log match. Rejects as `apply` does. */
  matching(entries: Entries): Promise<readonly RemovedPage[]>;
}

/** Removes pages whose time is limited. */
export interface Expiry {
  /** When the next page has to leave the disk; undefined: none has to. */
  nextExpiry(): number | undefined;
  /** Removes pages whose time is over at `now`, some of them at least; one that is kept is tried again in a while. */
  expire(now: number, files: BatchRemover): Promise<readonly RemovedPage[]>;
}

/** What the pages may take of the disk; undefined: as much as there is. */
export interface Bounds {
  readonly maxPages?: number | undefined;
  readonly maxBytes?: number | undefined;
}

/** What pages take of the disk, their codings included: whole blocks. */
export interface DiskUse {
  readonly pages: number;
  readonly bytes: number;
}

/** Which bound made a page leave. */
export type EvictionCause = 'max-pages' | 'max-bytes' | 'min-free-bytes';

export interface Eviction {
  /** How much may stay. */
  readonly leave: DiskUse;
  /** Whether it is done because the disk is nearly full, whatever the bounds of the pages say. */
  readonly isForDisk: boolean;
  /** So many pages at most. */
  readonly limit: number;
}

/** A page that left because of a bound. */
export interface EvictedPage extends RemovedPage {
  readonly cause: EvictionCause;
  readonly bytes: number;
}

/** Keeps pages within bounds. Nothing is out of date by that, so no render is voided and no other host is told. */
export interface Room {
  /** What all pages take. Read from one row. */
  use(): DiskUse;
  /** Whether a page could be placed without a bound being passed, or passed by more than it is; without a transaction. */
  hasRoomFor(page: PageEntry): boolean;
  /** Adds hits of pages to those that are known. What is no page any more is left out. */
  noteUses(uses: readonly PageHits[]): Promise<void>;
  /** Removes the least used pages, in short transactions, until no more are left than may stay. */
  evict(eviction: Eviction, files: SizedRemover): Promise<readonly EvictedPage[]>;
  /** Whether the caller is the one who frees the disk now: it takes a while until that is seen, and one of all processes is enough. */
  claimFreeing(now: number): Promise<boolean>;
}

/** What removes pages, and tells how much of the disk one takes. */
export interface SizedRemover extends BatchRemover {
  sizeOf(file: string, codings: readonly StoredCoding[]): number;
}
