import type { Scheme } from '../page/request/audience.js';

/** An answer that was no page, to a request that might have made one. */
export interface Contradiction {
  readonly host: string;
  readonly path: string;
  /** By which scheme it was asked for, if the app has looked at that; undefined: by whichever. */
  readonly scheme: Scheme | undefined;
  /** What came instead of a page: `status 302`. */
  readonly detail: string;
  /** What its render depended on: an invalidation of these settles it. */
  readonly tags: readonly string[];
  /** The place in the log at which its render began. */
  readonly sequence: number;
  /** Until when it counts, in milliseconds since 1970. */
  readonly until: number;
}

/** What contradicts that a URL is a page, of all processes. */
export interface ContradictionLog {
  /** Notes them, each in the place of an earlier one. Those of another ledger file than that of `generation` are left out. */
  noteContradictions(generation: number, found: readonly Contradiction[]): Promise<void>;
  /** Those of a URL, whether they still count or not. */
  contradictionsOf(host: string, path: string): readonly Contradiction[];
}
