import { LRUCache } from 'lru-cache';
import { StaticGeneratorError, systemErrorCode } from '../../errors.js';
import { FaultLog, type Logger } from '../../log.js';

/** The rest after a fault; each further one doubles it. */
const MIN_REST_MS = 100;
const MAX_REST_MS = 30_000;
/** Pages with a fault of their own that are remembered. */
const MAX_PAGES = 1_000;
/** Something is in the way of one page's file. What the disk, the ledger or the process lack concerns every page. */
const codesOfOnePage: ReadonlySet<string | undefined> = new Set([
  ...['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EXDEV', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EPERM'],
]);

/** When what failed may be tried again: not with every request. */
class Rest {
  #until = 0;
  #milliseconds = MIN_REST_MS;

  isOver(): boolean {
    return performance.now() >= this.#until;
  }

  begin(): void {
    this.#until = performance.now() + this.#milliseconds;
    this.#milliseconds = Math.min(this.#milliseconds * 2, MAX_REST_MS);
  }

  end(): void {
    this.#until = 0;
    this.#milliseconds = MIN_REST_MS;
  }
}

/**
 * What keeps pages from being stored, and for how long nobody tries: all of them after a full disk, one of them where
 * only its own file cannot be put in place. Each kind of fault is logged once, and once more when it is over.
 */
export class StoringFaults {
  readonly #site = new Rest();
  readonly #pages = new LRUCache<string, Rest>({ max: MAX_PAGES });
  readonly #siteLog: FaultLog;
  readonly #pageLog: FaultLog;

  constructor(logger: Logger) {
    this.#siteLog = new FaultLog(logger);
    this.#pageLog = new FaultLog(logger);
  }

  /** Whether a fault that concerns the page of this path was met just now. */
  isResting(path: string): boolean {
    return !this.#site.isOver() || this.#pages.peek(path)?.isOver() === false;
  }

  /** A page could not be stored; its visitor was served by the app. */
  met(path: string, error: unknown): void {
    const isOfOnePage = concernsOnePage(error);
    (isOfOnePage ? this.#restOf(path) : this.#site).begin();
    const log = isOfOnePage ? this.#pageLog : this.#siteLog;
    log.report(kindOf(error), error, { path }, 'a page could not be stored; visitors are served by the app');
  }

  /** A page is there and could not be read; its visitor was served by the app. */
  unreadable(path: string, error: unknown): void {
    this.#pageLog.report(`read ${kindOf(error)}`, error, { path }, 'a stored page could not be read');
  }

  /** A page was stored: nothing is the matter with the site, nor with this page. */
  stored(path: string): void {
    this.#site.end();
    this.#siteLog.recovered();
    if (this.#pages.delete(path) && this.#pages.size === 0) this.#pageLog.recovered();
  }

  #restOf(path: string): Rest {
    const rest = this.#pages.peek(path) ?? new Rest();
    this.#pages.set(path, rest);
    return rest;
  }
}

/** Opening is what temporary files are begun with, which all pages need. */
function concernsOnePage(error: unknown): boolean {
  const isOpening = error instanceof Error && 'syscall' in error && error.syscall === 'open';
  return codesOfOnePage.has(systemErrorCode(error)) && !isOpening;
}

/** The code of what the system said, which may be the cause of an error of ours. */
function kindOf(error: unknown): string {
  const cause = error instanceof StaticGeneratorError ? systemErrorCode(error.cause) : undefined;
  return cause ?? systemErrorCode(error) ?? 'unexpected';
}
