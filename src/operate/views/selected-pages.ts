import type { StoredPage } from '../../ledger/ledger.js';
import { decodedPath } from '../../page/layout.js';
import { compileSelector, type Selectable, type Selector } from '../../page/selector.js';

export type PageTest = (page: StoredPage) => boolean;

/** Returns a test whether one of the selectors matches a stored page, as a deletion would. */
export function compileSelection(selectors: readonly Selector[]): PageTest {
  const matchers = selectors.map(compileSelector);
  return (page) => {
    const selectable = selectableOf(page);
    return matchers.some((matches) => matches(selectable));
  };
}

/** Returns a test whether a page is one of this host, or `undefined` if the site has no such host. */
export function compileHost(host: string, hosts: readonly string[]): PageTest | undefined {
  const name = host.toLowerCase();
  if (!hosts.includes(name)) return undefined;
  // If the site has one host, the ledger names no host: every page is one of it.
  return (page) => hosts.length === 1 || page.host === name;
}

/** Yields the stored pages that pass the test, in the ledger's order, at most `limit` of them. */
export function* selectPages(
  pages: Iterable<StoredPage>,
  passes: PageTest,
  limit = Number.POSITIVE_INFINITY,
): Generator<StoredPage> {
  let selected = 0;
  for (const page of pages) {
    if (!passes(page)) continue;
    yield page;
    selected += 1;
    if (selected >= limit) return;
  }
}

function selectableOf({ host, path, tags }: StoredPage): Selectable {
  return { host, path, decoded: decodedPath(path), tags: new Set(tags) };
}
