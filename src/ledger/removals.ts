import type { StoredCoding } from '../files/compress.js';
import type { PageHits } from '../metrics.js';
import type { Selector } from '../page/selector.js';
import type { Entries } from './log.js';
import type { PageEntry } from './pages.js';

/** Whether there was a file to remove. `kept`: there is one, but it cannot be removed. */
export type Removal = boolean | 'kept';

/** Removes files, under the lock. */
export interface BatchRemover {
  /** Removes a page and its codings. Must not throw for one file that cannot be removed. */
  remove(file: string): Removal;
  /** Called at the end of each batch, still under the lock. */
  endBatch(): void;
}

/** Removes files for an invalidation. */
export interface FileRemover extends BatchRemover {
  /** Returns the files that a selector names by the layout alone, whether the ledger knows them or not. */
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
   * Removes the pages that entries of the log match, in short transactions, and marks the entries as applied. If a file
   * cannot be removed, its page is no longer served, but keeps its row, so that the next deletion tries again. Rejects
   * with `ERR_LEDGER_REPLACED` if the ledger, and the entries with it, was replaced since they were appended.
   */
  apply(entries: Entries, files: FileRemover): Promise<readonly RemovedPage[]>;
  /**
   * Removes the files that selectors match, and records nothing. For a log that cannot be written because the disk is
   * full: this may free space.
   */
  removeUnrecorded(selectors: readonly Selector[], files: FileRemover): Promise<readonly RemovedPage[]>;
  /** Returns the stored pages that entries of the log match. Rejects as `apply` does. */
  matching(entries: Entries): Promise<readonly RemovedPage[]>;
}

/** Removes pages that have expired. */
export interface Expiry {
  /** Returns when the next page must be removed from the disk; `undefined` if no page expires. */
  nextExpiry(): number | undefined;
  /** Removes pages that have expired at `now`, or some of them. A page that cannot be removed is tried again later. */
  expire(now: number, files: BatchRemover): Promise<readonly RemovedPage[]>;
}

/** What the pages may take of the disk; `undefined` means no bound. */
export interface Bounds {
  readonly maxPages?: number | undefined;
  readonly maxBytes?: number | undefined;
}

/** What pages take of the disk, including their codings: whole blocks. */
export interface DiskUse {
  readonly pages: number;
  readonly bytes: number;
}

/** The bound because of which a page was evicted. */
export type EvictionCause = 'max-pages' | 'max-bytes' | 'min-free-bytes';

export interface Eviction {
  /** How much may stay. */
  readonly leave: DiskUse;
  /** Whether pages are evicted because the disk is nearly full, whatever the bounds of the pages say. */
  readonly isForDisk: boolean;
  /** How many pages may be evicted at most. */
  readonly limit: number;
}

/** A page that was evicted because of a bound. */
export interface EvictedPage extends RemovedPage {
  readonly cause: EvictionCause;
  readonly bytes: number;
}

/** Keeps pages within bounds. Evicted pages are not out of date: no render is voided, and no other host is informed. */
export interface Room {
  /** Returns what all pages take. Reads only one row. */
  use(): DiskUse;
  /** Whether a page can be placed without exceeding a bound, or without exceeding it further. Needs no transaction. */
  hasRoomFor(page: PageEntry): boolean;
  /** Adds hits of pages to those that are known. Ignores what is no longer a page. */
  noteUses(uses: readonly PageHits[]): Promise<void>;
  /** Evicts the least used pages, in short transactions, until no more are left than may stay. */
  evict(eviction: Eviction, files: SizedRemover): Promise<readonly EvictedPage[]>;
  /**
   * Whether the caller is the process that frees the disk now. One is enough: it takes a while until this is visible.
   */
  claimFreeing(now: number): Promise<boolean>;
}

/** Removes pages, and says how much of the disk each takes. */
export interface SizedRemover extends BatchRemover {
  sizeOf(file: string, codings: readonly StoredCoding[]): number;
}
