import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BrowsedPage, PageBrowser, Position } from '../../ledger/overview/overview.js';
import type { Selector } from '../../page/selector.js';

/** Pages that are read in one turn of the event loop: two or three milliseconds. */
const SLICE = 250;
/** Pages of one list. */
const PAGE_SIZE = 50;

export interface BrowsedList {
  readonly pages: readonly BrowsedPage[];
  /** Where the list goes on; undefined: it ends here. */
  readonly next: Position | undefined;
  /** Pages from here on that pass. */
  readonly found: number;
}

export interface Browsing {
  readonly passes: (page: BrowsedPage) => boolean;
  readonly tag: string | undefined;
  readonly from: Position;
  /** Whether to go on to the end, to know how many there are. */
  readonly counts: boolean;
  readonly signal: AbortSignal;
}

/** Some pages in order, from a position on. Nobody waits while many are looked through. */
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
  /** The first of them. */
  readonly first: readonly string[];
}

/** How many pages selectors match now, and the first of these. */
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
