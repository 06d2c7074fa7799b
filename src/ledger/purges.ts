import { pagesNamedBy, urlOf } from '../page/layout.js';
import type { Selector } from '../page/selector.js';

/** What a CDN must forget: a page, all pages with a tag, or everything that it has of the site. */
export type Purge =
  | {
      readonly kind: 'page';
      /** The host as in the ledger; empty for all hosts of the site. */
      readonly host: string;
      readonly path: string;
    }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' };

/** A purge that one process has claimed in order to send it. */
export type ClaimedPurge = Purge & {
  readonly sequence: number;
  /** Whether it is sent once more, for responses that were on their way to the CDN when it was first sent. */
  readonly isAgain: boolean;
};

export interface ClaimOptions {
  readonly now: number;
  readonly limit: number;
  /** If more purges than this wait to be sent for the first time, everything is purged instead. */
  readonly maxWaiting: number;
}

/** The purges that wait to be sent. */
export interface PurgeBacklog {
  /** Purges that the CDN has not accepted yet. */
  readonly waiting: number;
  /** Purges that it has accepted once, and that are sent once more. */
  readonly again: number;
  /** When the oldest waiting purge was noted, in milliseconds since 1970; `undefined` if no purge waits. */
  readonly oldestAt: number | undefined;
}

/**
 * The purges for a CDN. Each is noted in the transaction that makes a page out of date, so that neither a killed
 * process nor a restart loses it. Each page is in the outbox only once.
 */
export interface PurgeOutbox {
  note(purges: readonly Purge[]): Promise<void>;
  /** Returns the number of the newest note. */
  last(): number;
  /** Whether the CDN has accepted all notes up to a number. */
  isSent(upTo: number): boolean;
  /** Whether there is something to claim. Needs no transaction. */
  hasDue(now: number): boolean;
  /** Claims purges in order to send them. If they are not marked within a while, another process gets them. */
  claim(options: ClaimOptions): Promise<readonly ClaimedPurge[]>;
  /**
   * Marks purges that the CDN accepted. They are due again at `againAt`, or done if it is `undefined`. Newer notes
   * stay.
   */
  markTaken(claimed: readonly ClaimedPurge[], againAt: number | undefined): Promise<void>;
  /**
   * Called at a start: releases all claims, because a process that died may have claimed some. If a live process has,
   * the purge is sent twice, which does no harm.
   */
  releaseAll(): Promise<void>;
  /** Releases purges that could not be sent, so that the next process that claims can try. */
  release(claimed: readonly ClaimedPurge[]): Promise<void>;
  /**
   * Notes, before it returns, that the CDN gets a page from a render. Unless {@link ended} is called, the page is
   * purged after a while. Returns `undefined` if it could not be noted.
   */
  begin(host: string, path: string): number | undefined;
  /** Ends such a note: the ledger knows the page of the render now, or its purge is noted. */
  ended(begun: number): Promise<void>;
}

/** Shows the backlog to people. */
export interface BacklogReader {
  /** Returns `undefined` if the site has no CDN. */
  backlog(): PurgeBacklog | undefined;
}

/** Returns the purges of a deletion that no row causes: the ledger may never have known the page. */
export function purgesNamedBy(selector: Selector): readonly Purge[] {
  if (selector.kind === 'all') return [{ kind: 'all' }];
  if (selector.kind === 'tag') return [{ kind: 'tag', tag: selector.value }];
  if (selector.kind === 'glob') return [];
  const { host = '', value } = selector;
  return pagesNamedBy(urlOf(value)).map(({ path }) => ({ kind: 'page', host, path }));
}
