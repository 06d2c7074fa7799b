import type { DeletedPages, PageRenders } from '../../metrics/recent.js';

/** What happened in one minute. */
export interface Minute {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Hits of nginx, if they are counted. */
  readonly nginx: number;
  /** Hits of Node. */
  readonly node: number;
  readonly misses: number;
  readonly renders: number;
  /** The time of all renders together. */
  readonly milliseconds: number;
  readonly stored: number;
  readonly refused: number;
  readonly deleted: number;
}

/** Pages that were deleted at once, and how many pages there were. */
export interface NotedDeletion extends DeletedPages {
  readonly id: number;
  /** About how many pages there were before; `undefined` if too few were deleted for it to matter. */
  readonly of: number | undefined;
}

/** What happened lately, for people; no decision depends on it. */
export interface HistoryReader {
  /** Returns the minutes, from the given one on, in which something happened, oldest first. A day is kept. */
  minutes(from: number): readonly Minute[];
  /** Returns the pages with the slowest renders, or with the most renders. */
  renders(by: 'slowest' | 'renders', limit: number): readonly PageRenders[];
  /** Returns the newest deletions first. */
  deletions(limit: number): readonly NotedDeletion[];
  /** Returns the deletions since a time that removed at least half of the pages, the largest first. */
  floods(since: number, limit: number): readonly NotedDeletion[];
  /** Counts, by reason, the pages that were refused when they were last rendered; the largest number first. */
  refusedPages(): readonly { readonly reason: string; readonly pages: number }[];
}
