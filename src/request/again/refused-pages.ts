import { LRUCache } from 'lru-cache';

/** How long a refused page is rendered for everybody at once. */
const KNOWN_MS = 5_000;
/** After so many refusals in a row a page rests, */
const MAX_IN_A_ROW = 8;
/** for so many renders, */
const RENDERS_AT_REST = 7;
/** or so long, whichever ends first. */
const REST_MS = 1_000;
/** How many pages are remembered. */
const MAX_REMEMBERED = 1_000;

/** A page that was refused when it was last looked at. */
interface RefusedPage {
  readonly inARow: number;
  /** `performance.now()` of the last look. */
  lookedAt: number;
  /** Renders that were not looked at since. */
  atRest: number;
}

/**
 * Pages whose renders came to nothing. To look at a render costs: its request is observed, its response copied. A page that is
 * refused time and again is looked at now and then, so that it is noticed when it can be stored; Varnish calls that hit-for-pass.
 */
export class RefusedPages {
  readonly #pages = new LRUCache<string, RefusedPage>({ max: MAX_REMEMBERED });

  /** A render was refused, for a reason that says something of the page. */
  note(key: string): void {
    const inARow = (this.#pages.peek(key)?.inARow ?? 0) + 1;
    this.#pages.set(key, { inARow, lookedAt: performance.now(), atRest: 0 });
  }

  /** The page was stored. */
  forget(key: string): void {
    this.#pages.delete(key);
  }

  /** Whether the page was refused a short while ago. */
  isKnown(key: string): boolean {
    const page = this.#pages.peek(key);
    return page !== undefined && isWithin(page, KNOWN_MS);
  }

  /** Whether the render that begins now need not be looked at; it is counted. */
  isResting(key: string): boolean {
    const page = this.#pages.peek(key);
    if (page === undefined || page.inARow < MAX_IN_A_ROW) return false;
    const isAtRest = page.atRest < RENDERS_AT_REST && isWithin(page, REST_MS);
    page.atRest = isAtRest ? page.atRest + 1 : 0;
    // Of those that come together, one is looked at.
    if (!isAtRest) page.lookedAt = performance.now();
    return isAtRest;
  }
}

function isWithin({ lookedAt }: RefusedPage, milliseconds: number): boolean {
  return performance.now() < lookedAt + milliseconds;
}
