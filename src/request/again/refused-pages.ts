import { LRUCache } from 'lru-cache';

/** How long each request for a refused page renders at once, without waiting for others. */
const KNOWN_MS = 5_000;
/** After this number of refusals in a row, a page rests: */
const MAX_IN_A_ROW = 8;
/** for this number of renders, */
const RENDERS_AT_REST = 7;
/** or for this time, whichever ends first. */
const REST_MS = 1_000;
/** How many pages are remembered. */
const MAX_REMEMBERED = 1_000;

/** A page that was refused when it was last captured. */
interface RefusedPage {
  readonly inARow: number;
  /** `performance.now()` when it was last captured. */
  lookedAt: number;
  /** The renders since then that were not captured. */
  atRest: number;
}

/**
 * Pages whose renders were refused. To capture a render has a cost: its request is observed, its response copied. A
 * page that is refused again and again is captured only now and then, to notice when it can be stored. Varnish:
 * hit-for-pass.
 */
export class RefusedPages {
  readonly #pages = new LRUCache<string, RefusedPage>({ max: MAX_REMEMBERED });

  /** Notes that a render was refused, for a reason that says something about the page. */
  note(key: string): void {
    const inARow = (this.#pages.peek(key)?.inARow ?? 0) + 1;
    this.#pages.set(key, { inARow, lookedAt: performance.now(), atRest: 0 });
  }

  /** Forgets a page that was stored. */
  forget(key: string): void {
    this.#pages.delete(key);
  }

  /** Whether the page was refused a short while ago. */
  isKnown(key: string): boolean {
    const page = this.#pages.peek(key);
    return page !== undefined && isWithin(page, KNOWN_MS);
  }

  /** Whether the render that begins now need not be captured. Counts the render. */
  isResting(key: string): boolean {
    const page = this.#pages.peek(key);
    if (page === undefined || page.inARow < MAX_IN_A_ROW) return false;
    const isAtRest = page.atRest < RENDERS_AT_REST && isWithin(page, REST_MS);
    page.atRest = isAtRest ? page.atRest + 1 : 0;
    // Of renders that begin together, one is captured.
    if (!isAtRest) page.lookedAt = performance.now();
    return isAtRest;
  }
}

function isWithin({ lookedAt }: RefusedPage, milliseconds: number): boolean {
  return performance.now() < lookedAt + milliseconds;
}
