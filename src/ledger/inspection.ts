import type { StoredCoding } from '../files/compress.js';
import type { BatchRemover } from './removals.js';

/** What the ledger says about a file in the place from which pages are served. */
export interface PlacedPage {
  readonly codings: readonly StoredCoding[];
  readonly bytes: number;
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
}

/** A file that should not be served, and the row that it had when this was found. */
export interface Suspect {
  readonly file: string;
  readonly seen: PlacedPage | undefined;
}

/** Whether a ledger knows all pages. Like a lease, it is bound to one ledger file. */
export interface Completeness {
  readonly generation: number;
  readonly complete: boolean;
}

/** Lists the files that the ledger knows. */
export interface FileLister {
  /** Returns the files of all rows, placed or not. */
  files(): Iterable<string>;
}

/** Compares the files of pages with the ledger, and removes files. */
export interface Inspection extends FileLister {
  /**
   * Returns whether every page under WEB_ROOT certainly has its row, and for which ledger file this is true. It is not
   * certain after a boot, which may have followed a power cut, nor for a ledger that was copied here.
   */
  completeness(): Completeness;
  /** Records for all processes that the ledger is complete from now on, unless it was replaced since. */
  markComplete(completeness: Completeness): Promise<void>;
  /** Returns the page that is served from a file, or `undefined` if the ledger knows none. */
  placed(file: string): PlacedPage | undefined;
  /** Returns when the newest page was stored: milliseconds since 1970, or 0 if there is no page. */
  newestStoredAt(): number;
  /**
   * Removes those suspects whose row has not changed, with their rows, and returns their files. Pass only a few at a
   * time: they share one transaction.
   */
  removeSuspects(suspects: readonly Suspect[], files: BatchRemover): Promise<readonly string[]>;
}

/** Compares the ledger with the files of pages, and removes rows. */
export interface Reconciliation extends FileLister {
  /** Removes the rows of those pages among `files` whose file does not exist. Returns how many do not exist. */
  forgetMissing(files: readonly string[], isThere: (file: string) => boolean): Promise<number>;
}
