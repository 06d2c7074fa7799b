import type { RemovedPage } from '../ledger/ledger.js';

/** A page that is rendered more often within the time has no readers: no one saves a page so often, and reads it. */
const MAX_RENDERS = 10;
const WITHIN_MS = 10_000;
/** How many pages are counted. Then counting starts again. */
const MAX_PAGES = 10_000;

interface Count {
  since: number;
  renders: number;
}

/** Notices pages that are rendered again and again, because rendering them changes what they show. */
export class Pace {
  readonly #counts = new Map<string, Count>();

  /** Returns the pages that are rendered too often, and the others. */
  split(pages: readonly RemovedPage[]): readonly [readonly RemovedPage[], readonly RemovedPage[]] {
    const now = performance.now();
    const restless = new Set(pages.filter(({ file }) => this.#next(file, now) > MAX_RENDERS));
    return [[...restless], pages.filter((page) => !restless.has(page))];
  }

  #next(file: string, now: number): number {
    const known = this.#counts.get(file);
    if (known !== undefined && now - known.since < WITHIN_MS) {
      known.renders += 1;
      return known.renders;
    }
    if (this.#counts.size >= MAX_PAGES) this.#counts.clear();
    this.#counts.set(file, { since: now, renders: 1 });
    return 1;
  }
}
