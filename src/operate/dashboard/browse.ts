import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BrowsedPage, PageBrowser, Position } from '../../ledger/overview/overview.js';
import type { Selector } from '../../page/selector.js';

/** Pages that are read in one turn of the event loop, which takes two or three milliseconds. */
const SLICE = 250;
/** How many pages a list shows at once. */
const PAGE_SIZE = 50;

export interface BrowsedList {
  readonly pages: readonly BrowsedPage[];
  /** The position where the list continues; `undefined` if it ends here. */
  readonly next: Position | undefined;
  /** How many pages from `from` on pass the filter. */
  readonly found: number;
}

export interface Browsing {
  readonly passes: (page: BrowsedPage) => boolean;
  readonly tag: string | undefined;
  readonly from: Position;
  /** Whether to read to the end, to know how many pages pass. */
  readonly counts: boolean;
  readonly signal: AbortSignal;
}

/**
 * Returns some pages in order, from a position on. Other requests do not have to wait while many pages are searched.
 */
export async function browse(
  browser: () => Pick<PageBrowser, 'slice'>,
  { passes, tag, from, counts, signal }: Browsing,
): Promise<BrowsedList> {
  const pages: BrowsedPage[] = [];
  let [found, last] = [0, from];
  for (;;) {
    const slice = browser().slice(last, SLICE, tag);
    for (const page of slice) {
      if (!passes(page)) continue;
      found += 1;
      if (pages.length <= PAGE_SIZE) pages.push(page);
      else if (!counts) break;
    }
    const isEnough = !counts && pages.length > PAGE_SIZE;
    last = slice.at(-1) ?? last;
    if (slice.length < SLICE || isEnough) break;
    await nextTurn();
    signal.throwIfAborted();
  }
  const shown = pages.slice(0, PAGE_SIZE);
  return { pages: shown, found, next: pages.length > PAGE_SIZE ? shown.at(-1) : undefined };
}

export interface Counted {
  readonly pages: number;
  /** The first of these pages. */
  readonly first: readonly string[];
}

/** Counts the pages that the selectors match now, and returns the first of them. */
export async function countMatching(
  browser: Pick<PageBrowser, 'matching'>,
  selectors: readonly Selector[],
  { first: limit, signal }: { readonly first: number; readonly signal: AbortSignal },
): Promise<Counted> {
  const first: string[] = [];
  let pages = 0;
  for (const page of browser.matching(selectors)) {
    if (page === undefined) {
      await nextTurn();
      signal.throwIfAborted();
      continue;
    }
    pages += 1;
    if (first.length < limit) first.push(`${page.host === '' ? '' : `//${page.host}`}${page.path}`);
  }
  return { pages, first };
}
