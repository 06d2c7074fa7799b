import type { Scheme } from '../page/request/audience.js';

/** A response that was not a page, to a request that could have produced one. */
export interface Contradiction {
  readonly host: string;
  readonly path: string;
  /** The scheme of the request, if the app has looked at it. `undefined` if not: then it counts for both schemes. */
  readonly scheme: Scheme | undefined;
  /** What the visitor got instead of a page, such as `status 302`. */
  readonly detail: string;
  /** The tags of its render. An invalidation of one of them settles the contradiction. */
  readonly tags: readonly string[];
  /** The position in the log when its render began. */
  readonly sequence: number;
  /** The time until which it counts, in milliseconds since 1970. */
  readonly until: number;
}

/** Evidence from all processes that a URL does not give a page to everyone. */
export interface ContradictionLog {
  /**
   * Notes contradictions; each replaces the earlier one of its URL and scheme. Does nothing if the ledger file is no
   * longer that of `generation`.
   */
  noteContradictions(generation: number, found: readonly Contradiction[]): Promise<void>;
  /** Returns the contradictions of a URL, including those that no longer count. */
  contradictionsOf(host: string, path: string): readonly Contradiction[];
}
