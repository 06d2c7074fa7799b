import type { Entries } from './log.js';

/** What came of learning names of cookies. */
export interface Learning {
  /** Those that nobody had learned before. */
  readonly learned: readonly string[];
  /** Those for which there was no room. */
  readonly refused: readonly string[];
  /** What invalidates the pages that visitors with these cookies could get, as far as it has not been applied. */
  readonly entries: Entries;
}

/** The names, to whoever reads them. */
export interface CookieReader {
  /** Names of cookies that were learned, in the order of that; the same array until there is another one. */
  learnedCookies(): readonly string[];
}

/** The names of cookies that the app sets for its own eyes, and that no list of the site has: one list for all processes. */
export interface CookieLog extends CookieReader {
  /**
   * Adds names, unless they are there. With a new one, all pages are invalidated, in the same transaction. `takesRoom`: whether
   * a name that is there counts for how many there may be.
   */
  learnCookies(names: readonly string[], takesRoom: (name: string) => boolean): Promise<Learning>;
}
