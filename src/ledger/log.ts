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
 * replace them; `regenerate` leaves them to this process, and to whoever starts after its death.
 */
export type AppendPurpose = 'delete' | 'void' | 'regenerate';

/** Entries of the log, in the order of what was appended. As a lease, bound to one ledger file. */
export interface Entries {
  readonly generation: number;
  readonly sequences: readonly number[];
}

export interface LogEntry {
  readonly sequence: number;
  readonly selector: Selector;
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
   * Appends to the invalidation log: from this instant older leases that match are void. Durably, but for `void`: what
   * renders then dies with the machine.
   */
  append(selectors: readonly Selector[], purpose: AppendPurpose): Promise<Entries>;
}

/** The log of invalidations, to those who carry them out. */
export interface InvalidationLog extends LogAppender {
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
