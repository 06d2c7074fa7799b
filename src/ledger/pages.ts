import type { StoredCoding } from '../files/compress.js';
import type { Audience } from '../page/request/audience.js';
import type { HeaderLine } from '../page/response/headers.js';
import type { Selectable } from '../page/selector.js';
import type { Lease } from './log.js';

/** A page that a render has made, as the ledger records it. */
export interface PageEntry {
  /** Relative to WEB_ROOT, with the folder of the host. It is the ledger's key: the type of a URL's file may change. */
  readonly file: string;
  readonly host: string;
  readonly path: string;
  readonly decoded: string;
  readonly tags: ReadonlySet<string>;
  /** The codings that are stored beside it. */
  readonly codings: readonly StoredCoding[];
  /** The headers that Node repeats because nginx would not; `undefined` if nginx serves the page. */
  readonly headers: readonly HeaderLine[] | undefined;
  /**
   * The requests that Node serves it to; `undefined` for all. Only a page that nginx does not serve has an audience.
   */
  readonly audience?: Audience | undefined;
  /** When it must have been removed from the disk, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** The number of identity bytes: without a coding. */
  readonly bytes: number;
  /** SHA-256 of the identity bytes, in base64url. */
  readonly hash: string;
  /** The bytes that the page and its codings take of the disk. */
  readonly bytesOnDisk: number;
}

/** What Node must know of a page before it opens the file to answer a request. */
export interface FoundPage {
  readonly file: string;
  readonly codings: readonly StoredCoding[];
  readonly headers: readonly HeaderLine[] | undefined;
  readonly audience?: Audience | undefined;
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
}

/** A page as the ledger lists it. */
export interface StoredPage {
  readonly file: string;
  readonly host: string;
  readonly path: string;
  readonly bytes: number;
  readonly hash: string;
  /** Milliseconds since 1970: the true time, which the file's mtime does not show. */
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
  /** Which server answers with it: only Node serves a page with headers that nginx would not repeat. */
  readonly servedBy: 'nginx' | 'node';
  /** The requests that it is served to; `undefined` for all. */
  readonly audience?: Audience | undefined;
  readonly tags: readonly string[];
}

/** The outcome of {@link PageRecorder.place}: `unrecorded` requires another `record` first, `full` more room. */
export type Placement = 'placed' | 'voided' | 'unrecorded' | 'full';

/** Moves and removes files while the ledger holds its lock. Synchronous, so that the lock is held only briefly. */
export interface FileMover {
  /** Puts the new page in the place of the old one. */
  place(): void;
  /** Removes a page and its codings. */
  remove(file: string): void;
}

/** Finds the page that answers a request. */
export interface PageFinder {
  /** Returns the page of a URL, or `undefined` if there is none. Takes a few microseconds. */
  find(host: string, path: string): FoundPage | undefined;
}

/** Stores what a render has made, in two transactions. */
export interface PageRecorder {
  /**
   * Runs the first transaction of a capture: inserts the row of the page and adds its tags. So every file has a row by
   * which an invalidation by tag can find it.
   */
  record(page: PageEntry): Promise<void>;
  /** Whether the log has an entry after the lease that voids a render of the page. Needs no transaction. */
  isVoid(page: Selectable, lease: Lease): boolean;
  /** Runs the second transaction: places the file if no invalidation has voided the lease, and drops lost tags. */
  place(page: PageEntry, lease: Lease, files: FileMover): Promise<Placement>;
}

/** Lists pages. */
export interface PageLister {
  /** Returns the page of a URL as the ledger lists it; `undefined` if it is not stored. */
  get(host: string, path: string): StoredPage | undefined;
  /**
   * Returns every stored page, ordered by path and then by host; the forms with and without a trailing slash are next
   * to each other. `from`: only pages whose path, without its trailing slash, is this one or comes after it.
   */
  pages(from?: string): Iterable<StoredPage>;
}
