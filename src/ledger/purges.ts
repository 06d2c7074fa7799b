import { pagesNamedBy, urlOf } from '../page/layout.js';
import type { Selector } from '../page/selector.js';

/** What a CDN is to forget: a page, all pages with a tag, or everything that it has of the site. */
export type Purge =
  | {
      readonly kind: 'page';
      /** As in the ledger; empty: each host of the site. */
      readonly host: string;
      readonly path: string;
    }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' };

/** A purge that one process has taken to send it. */
export type ClaimedPurge = Purge & {
  readonly sequence: number;
  /** Whether it has been sent before, and is sent once more for what was on its way to the CDN then. */
  readonly isAgain: boolean;
};

export interface ClaimOptions {
  readonly now: number;
  readonly limit: number;
  /** If more than so many purges wait for the first time, everything is purged instead. */
  readonly maxWaiting: number;
}

/** What waits to be sent. */
export interface PurgeBacklog {
  /** Purges that the CDN has not taken yet. */
  readonly waiting: number;
  /** Purges that it has taken once, and gets again. */
  readonly again: number;
  /** When the oldest of those that wait was noted, in milliseconds since 1970; undefined: none waits. */
  readonly oldestAt: number | undefined;
}

/**
 * What a CDN has to be told, noted in the transaction that makes a page out of date, so that neither a killed process nor a
 * restart forgets it. Each page stands in it once.
 */
export interface PurgeOutbox {
  note(purges: readonly Purge[]): Promise<void>;
  /** The number of the newest note. */
  last(): number;
  /** Whether all notes up to a number have been sent and taken. */
  isSent(upTo: number): boolean;
  /** Whether there is something to claim, without a transaction. */
  hasDue(now: number): boolean;
  /** Takes purges to send them; another process gets them after a while, if they have not been marked by then. */
  claim(options: ClaimOptions): Promise<readonly ClaimedPurge[]>;
  /** The CDN has taken them. They are due once more at `againAt`; undefined: that is all. What was noted meanwhile stays. */
  markTaken(claimed: readonly ClaimedPurge[], againAt: number | undefined): Promise<void>;
  /** At a start: a process that has died may have claimed some. One that is alive sends them twice, which does no harm. */
  releaseAll(): Promise<void>;
  /** They could not be sent, and whoever comes next may try. */
  release(claimed: readonly ClaimedPurge[]): Promise<void>;
  /**
   * Notes, before this returns, that the CDN gets a page from a render: unless {@link ended} is called, it is purged in a while.
   * Undefined: it could not be noted.
   */
  begin(host: string, path: string): number | undefined;
  /** The page of such a render is known to the ledger, or its purge is noted. */
  ended(begun: number): Promise<void>;
}

/** The backlog, to people. */
export interface BacklogReader {
  /** Undefined: the site has no CDN. */
  backlog(): PurgeBacklog | undefined;
}

/** What a deletion has to purge that no row tells of: the ledger may never have known the page. */
export function purgesNamedBy(selector: Selector): readonly Purge[] {
  if (selector.kind === 'all') return [{ kind: 'all' }];
  if (selector.kind === 'tag') return [{ kind: 'tag', tag: selector.value }];
  if (selector.kind === 'glob') return [];
  const { host = '', value } = selector;
  return pagesNamedBy(urlOf(value)).map(({ path }) => ({ kind: 'page', host, path }));
}
