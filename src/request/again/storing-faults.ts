import { LRUCache } from 'lru-cache';
import { StaticGeneratorError, systemErrorCode } from '../../errors.js';
import { FaultLog, type Logger } from '../../log.js';

/** The pause after a fault; each further fault doubles it. */
const MIN_REST_MS = 100;
const MAX_REST_MS = 30_000;
/** How many pages with a fault of their own are remembered. */
const MAX_PAGES = 1_000;
/** Errors that concern the file of one page. What the disk, the ledger or the process lacks concerns every page. */
const codesOfOnePage: ReadonlySet<string | undefined> = new Set([
  ...['EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EXDEV', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EPERM'],
]);

/** Knows when what failed may be tried again: not with every request. */
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
 * Knows which faults keep pages from being stored, and for how long storing pauses: of all pages after a full disk, of
 * one page if only its own file cannot be put in place. Each kind of fault is logged once, and again when it is over.
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

  /** Whether a fault that concerns this page was met just now. */
  isResting(path: string): boolean {
    return !this.#site.isOver() || this.#pages.peek(path)?.isOver() === false;
  }

  /** Notes that a page could not be stored; its visitor was served by the app. */
  met(path: string, error: unknown): void {
    const isOfOnePage = concernsOnePage(error);
    (isOfOnePage ? this.#restOf(path) : this.#site).begin();
    const log = isOfOnePage ? this.#pageLog : this.#siteLog;
    log.report(kindOf(error), error, { path }, 'a page could not be stored; visitors are served by the app');
  }

  /** Notes that a stored page could not be read; its visitor was served by the app. */
  unreadable(path: string, error: unknown): void {
    this.#pageLog.report(`read ${kindOf(error)}`, error, { path }, 'a stored page could not be read');
  }

  /** Notes that a page was stored: neither the site nor this page has a fault. */
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

/** Whether a fault concerns one page. Temporary files begin with `open`, and all pages need them. */
function concernsOnePage(error: unknown): boolean {
  const isOpening = error instanceof Error && 'syscall' in error && error.syscall === 'open';
  return codesOfOnePage.has(systemErrorCode(error)) && !isOpening;
}

/** Returns the system's error code, which may be that of the cause of an error of ours. */
function kindOf(error: unknown): string {
  const cause = error instanceof StaticGeneratorError ? systemErrorCode(error.cause) : undefined;
  return cause ?? systemErrorCode(error) ?? 'unexpected';
}
