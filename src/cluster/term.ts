/** The share of a term that is never used, because the clocks of machines do not run equally fast. */
const MARGIN = 0.1;
/** How far the wall clock may be set back during a term. */
const SLACK_MS = 1_000;

/** How long a host may serve after it has begun a report to the bus. The other hosts wait for the whole term. */
export function ownTermOf(termMilliseconds: number): number {
  return termMilliseconds * (1 - MARGIN);
}

/**
 * The time until which this process may answer with pages. It counts from before the report to the bus. Both
 * clocks must agree that it has not ended: the monotonic clock may stand still while a machine sleeps, and
 * the wall clock may be set.
 */
export class Term {
  readonly #length: number;
  readonly #onExtended: (untilWall: number) => void;
  #until = Number.NEGATIVE_INFINITY;
  #wall = { from: 0, until: 0 };
  #isOver = false;

  /** Calls `onExtended` with the new end of the term, in milliseconds since 1970. */
  constructor(milliseconds: number, onExtended: (untilWall: number) => void) {
    this.#length = ownTermOf(milliseconds);
    this.#onExtended = onExtended;
  }

  holds(): boolean {
    if (performance.now() >= this.#until) return false;
    const now = Date.now();
    return now >= this.#wall.from && now < this.#wall.until;
  }

  /** In milliseconds; 0 if the term has ended. */
  get remaining(): number {
    return this.holds() ? this.#until - performance.now() : 0;
  }

  /** Extends the term after a report to the bus; `sentAt` is `performance.now()` before that report. */
  extend(sentAt: number): void {
    const until = sentAt + this.#length;
    if (this.#isOver || until < this.#until) return;
    const now = Date.now();
    this.#until = until;
    this.#wall = { from: now - SLACK_MS, until: now + (until - performance.now()) };
    this.#onExtended(this.#wall.until);
  }

  /** Ends the term for good: a report that is still under way does not restart it. */
  end(): void {
    this.#isOver = true;
    this.#until = Number.NEGATIVE_INFINITY;
  }
}
