import type { StoredCoding } from '../files/compress.js';
import type { Measured, NginxSeen, RefusedPage } from '../metrics.js';
import type { HeaderLine } from '../page/response/headers.js';
import type { Selector } from '../page/selector.js';

/**
 * The right of one render to store its page: any invalidation of the page that the log got after the lease was taken
 * voids it. Bound to one ledger file: if that is replaced, every lease is void.
 */
export interface Lease {
  readonly generation: number;
  readonly sequence: number;
}

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
  /** When it has to have left the disk, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** Of the identity bytes. */
  readonly bytes: number;
  /** SHA-256 of the identity bytes, in base64url. */
  readonly hash: string;
}

/** What an answer from a page needs to know before it opens the file. */
export interface FoundPage {
  readonly file: string;
  readonly codings: readonly StoredCoding[];
  readonly headers: readonly HeaderLine[] | undefined;
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
  readonly tags: readonly string[];
}

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

/** The outcome of {@link Ledger.place}: `unrecorded` asks for another `record` first. */
export type Placement = 'placed' | 'voided' | 'unrecorded';

/** What moves and removes files while the ledger holds its lock. Synchronous, so that the lock is held shortly. */
export interface FileMover {
  /** Puts the new page in place of the old. */
  place(): void;
  /** Removes a page and its codings. */
  remove(file: string): void;
}

/** Whether there was a file to remove; `kept`: there is one, and it cannot be removed. */
export type Removal = boolean | 'kept';

/** What removes files for an invalidation, under the lock. */
export interface FileRemover {
  /** Removes a page and its codings. Must not throw for one file that cannot be removed. */
  remove(file: string): Removal;
  /** Files that a selector names by layout alone, whether the ledger knows them or not. */
  filesNamedBy(selector: Selector): readonly string[];
  /** Called at the end of each batch, still under the lock. */
  endBatch(): void;
}

/**
 * What an appended entry is for: `delete` removes the pages; `void` leaves them, for a publication that is about to
 * replace them; `regenerate` leaves them to this process, and to whoever starts after its death.
 */
export type AppendPurpose = 'delete' | 'void' | 'regenerate';

/** Entries of the log, in the order of what was appended. As a lease, bound to one ledger file. */
export interface Entries {
  readonly generation: number;
  readonly sequences: readonly number[];
}

/** Whether a ledger knows all pages. As a lease, bound to one ledger file. */
export interface Completeness {
  readonly generation: number;
  readonly complete: boolean;
}

/** A page that an invalidation removed. */
export interface RemovedPage {
  readonly host: string;
  readonly path: string;
  readonly file: string;
}

/** What depends on what, and what was invalidated; one for all processes of the site. */
export interface Ledger {
  /** The lease of a render that begins now. A few microseconds. */
  lease(): Lease;
  /** Where the page of a URL lies, or undefined: there is none. A few microseconds. */
  find(host: string, path: string): FoundPage | undefined;
  /**
   * First transaction of a capture: makes the page known and adds its tags, so that no file is ever without a row that
   * an invalidation by tag could find it by.
   */
  record(page: PageEntry): Promise<void>;
  /** Second transaction: places the file if no invalidation has voided the lease, and drops tags the page lost. */
  place(page: PageEntry, lease: Lease, files: FileMover): Promise<Placement>;
  /**
   * Appends to the invalidation log: from this instant older leases that match are void. Durably, but for `void`: what
   * renders then dies with the machine.
   */
  append(selectors: readonly Selector[], purpose: AppendPurpose): Promise<Entries>;
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
  /** When the next page has to leave the disk; undefined: none has to. */
  nextExpiry(): number | undefined;
  /** Removes pages whose time is over at `now`, some of them at least; one that is kept is tried again in a while. */
  expire(now: number, files: Pick<FileRemover, 'remove' | 'endBatch'>): Promise<readonly RemovedPage[]>;
  /** The stored pages that entries of the log match. Rejects as `apply` does. */
  matching(entries: Entries): Promise<readonly RemovedPage[]>;
  /** Marks entries as applied whose pages have been regenerated or removed otherwise; those of another file are not. */
  markApplied(entries: Entries): Promise<void>;
  /** At a start: entries whose regeneration a process has not finished become unapplied, to be finished by deleting. */
  claimRegenerating(): Promise<void>;
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
  removeSuspects(
    suspects: readonly Suspect[],
    files: Pick<FileRemover, 'remove' | 'endBatch'>,
  ): Promise<readonly string[]>;
  /** Removes the rows of those pages among `files` whose file is not there; how many. */
  forgetMissing(files: readonly string[], isThere: (file: string) => boolean): Promise<number>;
  /** Entries that were appended and not applied: in progress elsewhere, or left by a process that died. */
  unapplied(): Entries;
  /** What the ledger lists of the page of a URL; undefined: it is not stored. */
  get(host: string, path: string): StoredPage | undefined;
  /** Every stored page: by path, both its forms together, and then by host. */
  pages(): Iterable<StoredPage>;
  /** The files of all rows, placed or not. */
  files(): Iterable<string>;
  /** Adds figures of this process to those of all. */
  note(measured: Measured): Promise<void>;
  /** Figures for people. */
  statistics(): Statistics;
  /** The nginx that the last request came through, of those that processes have noted. */
  nginxSeen(): NginxSeen | undefined;
  /** Why a page was last refused; undefined if that is not known. */
  lastRefusal(host: string, path: string): RefusedPage | undefined;
  /** The newest entries of the log, newest first. */
  log(limit: number): readonly LogEntry[];
  /** Waits for the transactions under way, then closes. Idempotent. */
  close(): Promise<void>;
}

export interface Statistics {
  readonly pages: number;
  /** Of the identity bodies. */
  readonly bytes: number;
  readonly servedByNode: number;
  /** Counted by Node since the ledger began; hits of nginx are in its own log. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface LogEntry {
  readonly sequence: number;
  readonly selector: Selector;
  readonly applied: boolean;
  readonly at: number;
}
