import type { Selector } from '../page/selector.js';

/**
 * The right of one render to store its page. An invalidation of the page that is appended to the log after the lease
 * was taken voids it. A lease is bound to one ledger file: if the file is replaced, every lease is void.
 */
export interface Lease {
  readonly generation: number;
  readonly sequence: number;
}

/**
 * The purpose of an appended entry. `delete` removes the pages. `void` leaves them, for a publication that is about to
 * replace them. `regenerate` leaves them to this process, or if it dies, to the next process that starts. `warm` is
 * like `void`, for a warming that renders all pages although nothing has changed. `mark` is a position in the log,
 * named by a tag that no page has.
 */
export type AppendPurpose = 'delete' | 'void' | 'regenerate' | 'warm' | 'mark';

/** Whether the other hosts must receive an entry. A warming changes nothing, and a mark is a position in this log. */
export function isForAllHosts(purpose: AppendPurpose): boolean {
  return purpose !== 'warm' && purpose !== 'mark';
}

/** Entries of the log, in the order in which they were appended. Like a lease, they are bound to one ledger file. */
export interface Entries {
  readonly generation: number;
  readonly sequences: readonly number[];
}

export interface LogEntry {
  readonly sequence: number;
  readonly selector: Selector;
  /** Whether the entry says that pages are out of date: `warm` and `mark` do not. */
  readonly isChange: boolean;
  readonly applied: boolean;
  readonly at: number;
}

/** Gives leases to renders. */
export interface Leases {
  /** Returns the lease of a render that begins now. Takes a few microseconds. */
  lease(): Lease;
}

/** Appends entries, which void leases. */
export interface LogAppender {
  /**
   * Appends to the invalidation log. From this instant, older leases that match are void, and the work is not lost if a
   * process is killed. Also settles the given intents.
   */
  append(
    selectors: readonly Selector[],
    purpose: AppendPurpose,
    intended?: readonly Entries[],
  ): Promise<Entries>;
}

/** An intent with its selector: what a change is about to make out of date. */
export interface IntendedEntry {
  readonly sequence: number;
  readonly selector: Selector;
}

/**
 * The intents, which are recorded before the data changes, so that the deletion is not lost if the process dies after
 * the change. An intent voids no lease, because nothing has changed yet. The deletion settles it, or the caller does if
 * nothing has changed.
 */
export interface IntentLog {
  /**
   * Records intents before it returns, and returns no promise, unless another process has the lock at the moment. A
   * killed process does not lose them; a power cut may.
   */
  intend(selectors: readonly Selector[]): Entries | Promise<Entries>;
  /**
   * Like {@link intend}, but always before it returns: blocks the thread while another process has the lock. Throws
   * `ERR_LEDGER_BUSY` after a second.
   */
  intendNow(selectors: readonly Selector[]): Entries;
  /** Removes intents that need no deletion any more. Intents of another ledger file are left. */
  settle(intended: readonly Entries[]): Promise<void>;
  /** Returns the intents of all processes that are not settled yet. */
  intended(): { readonly generation: number; readonly entries: readonly IntendedEntry[] };
}

/** The log of invalidations, for the code that carries them out. */
export interface InvalidationLog extends LogAppender, IntentLog {
  /**
   * Resolves when everything that was appended before the call is on the disk, so that not even a power cut undoes it.
   * Rejects with `ERR_LEDGER_UNUSABLE`.
   */
  flush(): Promise<void>;
  /**
   * Marks entries as applied, because their pages were regenerated or removed in another way. Ignores entries of
   * another ledger file.
   */
  markApplied(entries: Entries): Promise<void>;
  /**
   * At a start: makes entries whose regeneration has not finished unapplied, so that their pages are deleted instead.
   */
  claimRegenerating(): Promise<void>;
  /** Returns the entries that are not applied: they are in progress elsewhere, or a process that died has left them. */
  unapplied(): Entries;
}

/** The log of invalidations, for people. */
export interface LogReader {
  /** Returns the newest entries of the log, newest first. */
  log(limit: number): readonly LogEntry[];
}
