import type { Entries } from './log.js';

/** The result of learning names of cookies. */
export interface Learning {
  /** Names that were not known before. */
  readonly learned: readonly string[];
  /** Names that were not learned, because the maximum was reached. */
  readonly refused: readonly string[];
  /** The entries that invalidate the pages that visitors with these cookies could get, if they are not applied yet. */
  readonly entries: Entries;
}

/** Reads the names that were learned. */
export interface CookieReader {
  /** Returns the learned names of cookies, oldest first: from a `Ledger`, the same array until a name is added. */
  learnedCookies(): readonly string[];
}

/** The names of cookies that the app sets with HttpOnly and that no option lists. All processes share one list. */
export interface CookieLog extends CookieReader {
  /**
   * Adds the names that are not in the list yet. If it adds any, it invalidates all pages in the same transaction.
   * `takesRoom`: whether a name in the list counts towards the maximum.
   */
  learnCookies(names: readonly string[], takesRoom: (name: string) => boolean): Promise<Learning>;
}
