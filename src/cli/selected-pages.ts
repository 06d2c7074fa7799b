import type { StoredPage } from '../ledger/ledger.js';
import { compileSelector, type Selectable, type Selector } from '../page/selector.js';

export type PageTest = (page: StoredPage) => boolean;

/** Whether a stored page is named by one of the selectors, as a deletion of them would find. */
export function compileSelection(selectors: readonly Selector[]): PageTest {
  const matchers = selectors.map(compileSelector);
  return (page) => {
    const selectable = selectableOf(page);
    return matchers.some((matches) => matches(selectable));
  };
}

/** The stored pages that pass the test, by path and then host; the first `limit` of them. */
export function selectPages(
  pages: Iterable<StoredPage>,
  passes: PageTest,
  limit = Number.POSITIVE_INFINITY,
): readonly StoredPage[] {
  let selected: StoredPage[] = [];
  for (const page of pages) {
    if (!passes(page)) continue;
    selected.push(page);
    // A few of a million pages need not hold a million.
    if (selected.length > 2 * limit + SPARE_PAGES) selected = firstPages(selected, limit);
  }
  return firstPages(selected, limit);
}

/** How many more than needed are held, so that they are sorted rarely. */
const SPARE_PAGES = 1000;

/** The ledger's order is that of the files, in which `/` stands as index.html and `é` after `z`. */
function firstPages(pages: StoredPage[], limit: number): StoredPage[] {
  return pages.sort((a, b) => compare(a.path, b.path) || compare(a.host, b.host)).slice(0, limit);
}

function selectableOf({ host, path, tags }: StoredPage): Selectable {
  return { host, path, decoded: decodeURIComponent(path), tags: new Set(tags) };
}

/** By code unit, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
