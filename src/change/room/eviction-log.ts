import type { EvictedPage } from '../../ledger/ledger.js';
import type { Logger } from '../../log.js';

/**
 * A site at its bound deletes a page for each that it stores. More than one line in this time would say nothing new.
 */
const TELL_EVERY_MS = 10_000;

/** Logs how many pages were evicted because of a bound, in few lines. */
export class EvictionLog {
  readonly #logger: Logger;
  #causes = new Map<string, number>();
  #bytes = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #hasToldNothingLeft = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Logs the first evictions at once, and others together with later ones. */
  tell(evicted: readonly EvictedPage[]): void {
    for (const { cause, bytes } of evicted) {
      this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + 1);
      this.#bytes += bytes;
    }
    if (evicted.length > 0) this.#hasToldNothingLeft = false;
    if (performance.now() - this.#toldAt >= TELL_EVERY_MS) this.tellRest();
  }

  tellRest(): void {
    if (this.#causes.size === 0) return;
    const pages = [...this.#causes.values()].reduce((sum, count) => sum + count, 0);
    const fields = { pages, bytes: this.#bytes, causes: Object.fromEntries(this.#causes) };
    this.#logger.info(fields, 'least used pages deleted to stay within maxPages, maxBytes and minFreeBytes');
    this.#causes = new Map();
    this.#bytes = 0;
    this.#toldAt = performance.now();
  }

  /** Logs that something other than pages fills the disk. */
  tellNothingLeft(): void {
    if (this.#hasToldNothingLeft) return;
    this.#hasToldNothingLeft = true;
    const message =
      'the disk of WEB_ROOT has less than minFreeBytes free, and no page is left to delete. No page is stored until more is free: free space on the disk, or lower minFreeBytes';
    this.#logger.warn({}, message);
  }
}
