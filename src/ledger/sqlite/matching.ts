import { bareName, decodedPath } from '../../page/layout.js';
import { compileSelector, literalPrefix, type Selectable, type Selector } from '../../page/selector.js';
import type { PageRow } from './sql/pages.js';
import type { Statements } from './statements.js';

/** Rows that are read at once. */
export const BATCH_ROWS = 256;

/**
 * Yields the pages that a selector matches, one in each step. A step without a page is a chance to pause. Rows are read
 * in batches, so a page that is recorded meanwhile may be missed.
 */
export function* matchingRows(selector: Selector, statements: Statements): Generator<PageRow | undefined> {
  const matches = compileSelector(selector);
  for (let last: PageRow | undefined, more = true; more; ) {
    const rows = candidates(selector, last, statements);
    for (const row of rows) {
      last = row;
      // The candidates of a tag are its pages, so their tags need not be read.
      if (selector.kind === 'tag' || matches(selectable(row))) yield row;
    }
    more = rows.length === BATCH_ROWS;
    yield undefined;
  }
}

/** Returns the next rows that may match a selector, through the index that suits it. */
function candidates(
  selector: Selector,
  last: PageRow | undefined,
  statements: Statements,
): readonly PageRow[] {
  const [after, limit] = [last?.id ?? 0, BATCH_ROWS];
  if (selector.kind === 'tag') return statements.pagesByTag.all({ tag: selector.value, after, limit });
  if (selector.kind === 'path') return pagesByPath(bareName(selector.value), last, statements);
  const from = selector.kind === 'glob' ? encodeURI(literalPrefix(selector.value)) : '';
  if (from === '') return statements.allPages.all({ after, limit });
  return statements.pagesByPrefix.all({ from, to: `${from}\u007f`, name: last?.name ?? '', after, limit });
}

/**
 * Returns the pages of a name, then those with its variants (after `>`) and queries (after `?`): `>`, `?` and `@`
 * follow each other in ASCII.
 */
function pagesByPath(name: string, last: PageRow | undefined, statements: Statements): readonly PageRow[] {
  const after = last?.id ?? 0;
  const limit = BATCH_ROWS;
  const bare =
    last === undefined || last.name === name ? statements.pagesByName.all({ name, after, limit }) : [];
  if (bare.length === limit) return bare;
  const from = last === undefined || last.name === name ? '' : last.name;
  const others = statements.pagesByPrefix.all({
    ...{ from: `${name}>`, to: `${name}@`, name: from, after },
    limit: limit - bare.length,
  });
  return [...bare, ...others];
}

function selectable(row: PageRow): Selectable {
  return { host: row.host, path: row.path, decoded: decodedPath(row.path), tags: new Set() };
}
