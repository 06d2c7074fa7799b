import type { Selector } from '../page/selector.js';

/**
 * The right of one render to store its page: any invalidation of the page that the log got after the lease was taken
 * voids it. Bound to one ledger file: if that is replaced, every lease is void.
 */
export interface Lease {
  readonly generation: number;
  readonly sequence: number;
}

/**
 * What an appended entry is for: `delete` removes the pages; `void` leaves them, for a publication that is about to
 * replace them; `regenerate` leaves them to this process, and to whoever starts after its death. `warm` is as `void`, of a
 * warming that renders all pages though nothing has changed; `mark` is a place in the log, named by a tag that no page has.
 */
export type AppendPurpose = 'delete' | 'void' | 'regenerate' | 'warm' | 'mark';

/** Whether the other hosts of a site have to hear of it: a warming changes nothing, and a mark is a place in this log. */
export function isForAllHosts(purpose: AppendPurpose): boolean {
  return purpose !== 'warm' && purpose !== 'mark';
}

/** Entries of the log, in the order of what was appended. As a lease, bound to one ledger file. */
export interface Entries {
  readonly generation: number;
  readonly sequences: readonly number[];
}

export interface LogEntry {
  readonly sequence: number;
  readonly selector: Selector;
  /** Whether somebody said that pages are out of date: not so for `warm` and `mark`. */
  readonly isChange: boolean;
  readonly applied: boolean;
  readonly at: number;
}

/** Gives leases to renders. */
export interface Leases {
  /** The lease of a render that begins now. A few microseconds. */
  lease(): Lease;
}

/** What voids leases. */
export interface LogAppender {
  /**
   * Appends to the invalidation log: from this instant older leases that match are void, and the work is not forgotten, whatever
   * process is killed. What was intended is settled with it.
   */
  append(
    selectors: readonly Selector[],
    purpose: AppendPurpose,
    intended?: readonly Entries[],
  ): Promise<Entries>;
}

/** What somebody is about to make out of date, with the text of it. */
export interface IntendedEntry {
  readonly sequence: number;
  readonly selector: Selector;
}

/**
 * What is noted before the data changes, so that a process that dies after the change does not take with it what is to be
 * deleted. An intent voids no lease, for nothing has changed yet. It is settled by the deletion, or when nothing has changed.
 */
export interface IntentLog {
  /**
   * At once, without a promise, unless somebody else has the lock just now. A killed process does not lose it, a power cut
   * may.
   */
  intend(selectors: readonly Selector[]): Entries | Promise<Entries>;
  /**
   * As {@link intend}, before it returns: stops the thread while somebody else has the lock. Throws `ERR_LEDGER_BUSY` after a
   * second.
   */
  intendNow(selectors: readonly Selector[]): Entries;
  /** What was intended need not be done any more; what another file knows of is left. */
  settle(intended: readonly Entries[]): Promise<void>;
  /** What is not settled yet, of all processes. */
  intended(): { readonly generation: number; readonly entries: readonly IntendedEntry[] };
}

/** The log of invalidations, to those who carry them out. */
export interface InvalidationLog extends LogAppender, IntentLog {
  /**
   * Resolves when all that was appended before the call is on the disk, so that not even a power cut takes it back. Rejects with
   * `ERR_LEDGER_UNUSABLE`.
   */
  flush(): Promise<void>;
  /** Marks entries as applied whose pages have been regenerated or removed otherwise; those of another file are not. */
  markApplied(entries: Entries): Promise<void>;
  /** At a start: entries whose regeneration a process has not finished become unapplied, to be finished by deleting. */
  claimRegenerating(): Promise<void>;
  /** Entries that were appended and not applied: in progress elsewhere, or left by a process that died. */
  unapplied(): Entries;
}

/** The log of invalidations, to those who look on. */
export interface LogReader {
  /** The newest entries of the log, newest first. */
  log(limit: number): readonly LogEntry[];
}
