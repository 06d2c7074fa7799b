import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PageLister, StoredPage } from '../../ledger/ledger.js';
import { bareName } from '../../page/layout.js';
import type { PageTest } from '../views/selected-pages.js';
import { badRequest } from './fields.js';

/** Pages that are read in one turn of the event loop. */
const SLICE = 256;
/** How many pages are searched for one answer, at most; the next answer continues from there. */
const MAX_LOOKED_AT = 10_000;

/** The position of the last page that was searched. */
type Position = Pick<StoredPage, 'path' | 'host'>;

export interface Listing {
  readonly pages: readonly StoredPage[];
  /** The cursor with which the next answer continues; `null` if there are no more pages. */
  readonly next: string | null;
}

export interface ListingOptions {
  readonly passes: PageTest;
  readonly limit: number;
  /** The `next` of an earlier answer. */
  readonly cursor: string | undefined;
}

/**
 * Returns some of the stored pages, sorted by path, from a cursor on. Pages that are stored or deleted between two
 * answers do not shift the list: a page that was stored the whole time is neither missing nor listed twice.
 */
export async function listPages(
  ledger: PageLister,
  { passes, limit, cursor }: ListingOptions,
): Promise<Listing> {
  const pages: StoredPage[] = [];
  let last = cursor === undefined ? undefined : readCursor(cursor);
  for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; lookedAt += SLICE) {
    const slice = sliceAfter(ledger, last);
    for (const page of slice) {
      last = page;
      if (passes(page)) pages.push(page);
      if (pages.length === limit) return { pages, next: cursorOf(page) };
    }
    if (slice.length < SLICE) return { pages, next: null };
    await nextTurn();
  }
  return { pages, next: last === undefined ? null : cursorOf(last) };
}

/** Reads the ledger again for each slice, because it may be replaced between two slices. */
function sliceAfter(ledger: PageLister, last: Position | undefined): readonly StoredPage[] {
  const slice: StoredPage[] = [];
  for (const page of ledger.pages(last && bareName(last.path))) {
    if (last !== undefined && !isAfter(page, last)) continue;
    slice.push(page);
    if (slice.length === SLICE) break;
  }
  return slice;
}

/**
 * Whether a page comes after `last` in the order of the ledger, which returns pages with the same name as `last` again.
 */
function isAfter(page: Position, last: Position): boolean {
  if (bareName(page.path) !== bareName(last.path)) return true;
  return page.path === last.path ? page.host > last.host : page.path > last.path;
}

function cursorOf({ path, host }: Position): string {
  return Buffer.from(JSON.stringify([path, host])).toString('base64url');
}

function readCursor(cursor: string): Position {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(position) && position.length === 2) {
      const [path, host]: unknown[] = position;
      if (typeof path === 'string' && typeof host === 'string') return { path, host };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badRequest('Expected `cursor` to be the `next` of an earlier response');
}
