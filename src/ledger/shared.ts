import type { Selector } from '../page/selector.js';
import type { Entries } from './log.js';

/** The position of this host in the log that all hosts share. Like a lease, it is bound to one ledger file. */
export interface Standing {
  readonly generation: number;
  /** The name of this host for the others. Its processes share it; it changes after a boot, and for a copied ledger. */
  readonly host: string;
  /** `undefined` if it has read nothing yet. */
  readonly epoch: string | undefined;
  /** The entries up to this position are in this ledger's own log. */
  readonly received: number;
  /** The entries up to this position have been carried out. */
  readonly applied: number;
}

/** The position of this host compared with the others, for people. */
export interface ShownStanding extends Omit<Standing, 'generation'> {
  /** How many selectors the other hosts have not received yet. */
  readonly unsent: number;
  /** Since when, in milliseconds since 1970; `undefined` if there are none, or if the log lacks their entries. */
  readonly unsentSince: number | undefined;
  /** Whether it will soon delete all its pages: it may have missed something, or another host has deleted all. */
  readonly deletesAll: boolean;
}

/** Shows the position of this host compared with the others. */
export interface SharedReader {
  /** Returns `undefined` if no process has opened this ledger for several hosts. */
  sharedStanding(): ShownStanding | undefined;
}

/** An entry of the shared log. */
export interface ReceivedEntry {
  readonly position: number;
  /** `undefined` if the entry came from this host, whose log has it already. */
  readonly selector: Selector | undefined;
}

/** What must be carried out or sent, with its sequences in the log of this ledger. */
export interface NumberedSelectors {
  readonly entries: Entries;
  /** In the order of the sequences. */
  readonly selectors: readonly Selector[];
}

/**
 * What a ledger keeps if several hosts share a log: how far this host has read it, what it has not carried out yet, and
 * what the others have not received yet (the outbox). The ledger's own `append` adds to the outbox, in the same
 * transaction.
 */
export interface SharedLog {
  standing(): Standing;
  /** Begins at a position in the log. Everything before it may have been missed, so all pages are invalidated. */
  begin(at: { readonly epoch: string; readonly position: number }): Promise<void>;
  /** Continues in another epoch, whose first `base` entries are those of the epoch before. */
  follow(epoch: string, before: { readonly epoch: string; readonly base: number }): Promise<void>;
  /** Appends what was read. Ignores entries that are already there, and those of another epoch. */
  receive(epoch: string, entries: readonly ReceivedEntry[]): Promise<void>;
  /** Returns what was received and has not been carried out by any process. */
  awaiting(): NumberedSelectors;
  carriedOut(entries: Entries): Promise<void>;
  /** Returns what the other hosts have not received yet: at most `limit` selectors. */
  unsent(limit: number): NumberedSelectors;
  /** Removes entries from the outbox: the others have received them. */
  sent(entries: Entries): Promise<void>;
}
