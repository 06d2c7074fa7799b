import type { DeletedPages, PageRenders } from '../../metrics/recent.js';

/** What happened in one minute. */
export interface Minute {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Hits of nginx, where they are counted. */
  readonly nginx: number;
  /** Hits of Node. */
  readonly node: number;
  readonly misses: number;
  readonly renders: number;
  /** Of all renders together. */
  readonly milliseconds: number;
  readonly stored: number;
  readonly refused: number;
  readonly deleted: number;
}

/** Pages that were deleted at once, of how many. */
export interface NotedDeletion extends DeletedPages {
  readonly id: number;
  /** Pages that there were before, about; undefined: too few were deleted for it to matter. */
  readonly of: number | undefined;
}

/** What happened lately, for people: no decision depends on it. */
export interface HistoryReader {
  /** The minutes from one on in which something happened, the oldest first. A day is kept. */
  minutes(from: number): readonly Minute[];
  /** The pages that took most: the slowest render, or most renders. */
  renders(by: 'slowest' | 'renders', limit: number): readonly PageRenders[];
  /** The newest first. */
  deletions(limit: number): readonly NotedDeletion[];
  /** Of the deletions since then, those that took at least half of the pages that there were, the largest first. */
  floods(since: number, limit: number): readonly NotedDeletion[];
  /** Pages that were refused when they were rendered last, by reason; most first. */
  refusedPages(): readonly { readonly reason: string; readonly pages: number }[];
}
