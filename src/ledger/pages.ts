import type { StoredCoding } from '../files/compress.js';
import type { Audience } from '../page/request/audience.js';
import type { HeaderLine } from '../page/response/headers.js';
import type { Selectable } from '../page/selector.js';
import type { Lease } from './log.js';

/** A page that a render has made: what the ledger is to know of it. */
export interface PageEntry {
  /** Relative to WEB_ROOT, the folder of the host included. The ledger's key: a URL may change its file's type. */
  readonly file: string;
  readonly host: string;
  readonly path: string;
  readonly decoded: string;
  readonly tags: ReadonlySet<string>;
  /** The codings that lie beside it. */
  readonly codings: readonly StoredCoding[];
  /** What Node replays where nginx would not; undefined: nginx serves the page. */
  readonly headers: readonly HeaderLine[] | undefined;
  /** Whom Node serves it to; undefined: everybody. Only a page that nginx does not serve has one. */
  readonly audience?: Audience | undefined;
  /** When it has to have left the disk, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** Of the identity bytes. */
  readonly bytes: number;
  /** SHA-256 of the identity bytes, in base64url. */
  readonly hash: string;
  /** What the page and its codings take of the disk. */
  readonly bytesOnDisk: number;
}

/** What an answer from a page needs to know before it opens the file. */
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
  /** Milliseconds since 1970: the true time, which the file's mtime is not. */
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
  /** Who answers with it: a page with headers that nginx would not repeat is served by Node alone. */
  readonly servedBy: 'nginx' | 'node';
  /** Whom it is served to; undefined: everybody. */
  readonly audience?: Audience | undefined;
  readonly tags: readonly string[];
}

/** The outcome of {@link PageRecorder.place}: `unrecorded` asks for another `record` first, `full` for more room. */
export type Placement = 'placed' | 'voided' | 'unrecorded' | 'full';

/** What moves and removes files while the ledger holds its lock. Synchronous, so that the lock is held shortly. */
export interface FileMover {
  /** Puts the new page in place of the old. */
  place(): void;
  /** Removes a page and its codings. */
  remove(file: string): void;
}

/** Finds the page that answers a request. */
export interface PageFinder {
  /** Where the page of a URL lies, or undefined: there is none. A few microseconds. */
  find(host: string, path: string): FoundPage | undefined;
}

/** Stores what a render has made, in two transactions. */
export interface PageRecorder {
  /**
   * First transaction of a capture: makes the page known and adds its tags, so that no file is ever without a row that
   * an invalidation by tag could find it by.
   */
  record(page: PageEntry): Promise<void>;
  /** Whether the log has, after the lease, an entry that voids a render of the page; without a transaction. */
  isVoid(page: Selectable, lease: Lease): boolean;
  /** Second transaction: places the file if no invalidation has voided the lease, and drops tags the page lost. */
  place(page: PageEntry, lease: Lease, files: FileMover): Promise<Placement>;
}

/** Lists pages. */
export interface PageLister {
  /** What the ledger lists of the page of a URL; undefined: it is not stored. */
  get(host: string, path: string): StoredPage | undefined;
  /**
   * Every stored page: by path, both its forms together, and then by host. `from`: only those whose path, without a slash at its
   * end, is this one or comes after it.
   */
  pages(from?: string): Iterable<StoredPage>;
}
