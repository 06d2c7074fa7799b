import type { Selector } from '../page/selector.js';
import type { Entries } from './log.js';

/** Where this host stands in the log that all hosts share. As a lease, bound to one ledger file. */
export interface Standing {
  readonly generation: number;
  /** What the other hosts call this one: the same for all its processes; another after a boot, and for a copied ledger. */
  readonly host: string;
  /** Undefined: it has read nothing yet. */
  readonly epoch: string | undefined;
  /** The entries up to here are in this ledger's own log. */
  readonly received: number;
  /** The entries up to here have been carried out. */
  readonly applied: number;
}

/** How this host stands towards the others, for people. */
export interface ShownStanding extends Omit<Standing, 'generation'> {
  /** How many selectors the other hosts have not heard of yet. */
  readonly unsent: number;
  /** Since when, in milliseconds since 1970; undefined: there are none, or the log does not reach back so far. */
  readonly unsentSince: number | undefined;
  /** Whether it is about to delete all its pages, because it may have missed something, or because another host has said so. */
  readonly deletesAll: boolean;
}

/** Shows how this host stands towards the others. */
export interface SharedReader {
  /** Undefined: no process has opened this ledger for several hosts. */
  sharedStanding(): ShownStanding | undefined;
}

/** An entry of the shared log. */
export interface ReceivedEntry {
  readonly position: number;
  /** Undefined: it came from here, and is in the log already. */
  readonly selector: Selector | undefined;
}

/** What is to be carried out, or to be sent, with the numbers that it has in the log of this ledger. */
export interface NumberedSelectors {
  readonly entries: Entries;
  /** In the order of the sequences. */
  readonly selectors: readonly Selector[];
}

/**
 * What a ledger keeps where several hosts share a log: how far this one has read it, what it has not carried out yet, and
 * what the others have not heard of yet. Its own `append` adds to the last, in the same transaction.
 */
export interface SharedLog {
  standing(): Standing;
  /** Begins at a place in the log: whatever came before may have been missed, so everything is invalidated. */
  begin(at: { readonly epoch: string; readonly position: number }): Promise<void>;
  /** Goes on in another epoch, in which the first `base` entries are those of the epoch before. */
  follow(epoch: string, before: { readonly epoch: string; readonly base: number }): Promise<void>;
  /** Appends what was read. Entries that are there already, and those of another epoch, are left out. */
  receive(epoch: string, entries: readonly ReceivedEntry[]): Promise<void>;
  /** What was received and has not been carried out, by whichever process. */
  awaiting(): NumberedSelectors;
  carriedOut(entries: Entries): Promise<void>;
  /** What the other hosts have not heard of yet; some of it. */
  unsent(limit: number): NumberedSelectors;
  /** The others have heard of it. */
  sent(entries: Entries): Promise<void>;
}
