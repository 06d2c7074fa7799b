import type { StoredCoding } from '../files/compress.js';
import type { BatchRemover } from './removals.js';

/** What the ledger says of a file that lies where pages are served from. */
export interface PlacedPage {
  readonly codings: readonly StoredCoding[];
  readonly bytes: number;
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
}

/** A file that should not be served, and the row that it had when that was found. */
export interface Suspect {
  readonly file: string;
  readonly seen: PlacedPage | undefined;
}

/** Whether a ledger knows all pages. As a lease, bound to one ledger file. */
export interface Completeness {
  readonly generation: number;
  readonly complete: boolean;
}

/** Tells which files the ledger knows. */
export interface FileLister {
  /** The files of all rows, placed or not. */
  files(): Iterable<string>;
}

/** Holds the files of pages against the ledger. */
export interface Inspection extends FileLister {
  /**
   * Whether every page under WEB_ROOT is sure to have its row; with the ledger file that this is true of. Not sure after a
   * boot, which may have been that of a power cut, nor of a ledger that was copied here.
   */
  completeness(): Completeness;
  /** Notes that it is complete from now on, for all processes; not if the ledger was replaced since. */
  markComplete(completeness: Completeness): Promise<void>;
  /** The page that is served from a file, if the ledger knows of one. */
  placed(file: string): PlacedPage | undefined;
  /** When the newest page was stored, in milliseconds since 1970; 0 if there is none. */
  newestStoredAt(): number;
  /** Removes those suspects whose row is still what it was, and their rows. A few at a time: it is one transaction. */
  removeSuspects(suspects: readonly Suspect[], files: BatchRemover): Promise<readonly string[]>;
}

/** Holds the ledger against the files of pages. */
export interface Reconciliation extends FileLister {
  /** Removes the rows of those pages among `files` whose file is not there; how many. */
  forgetMissing(files: readonly string[], isThere: (file: string) => boolean): Promise<number>;
}
