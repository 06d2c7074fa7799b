import type { Selector } from '../page/selector.js';
import type { Entries } from './log.js';

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
