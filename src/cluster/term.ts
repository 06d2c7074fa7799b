/** How much of a term is never used: machines' clocks do not run equally fast. */
const MARGIN = 0.1;
/** How far the wall clock may be set back meanwhile. */
const SLACK_MS = 1_000;

/** How long a host may serve after it has begun to tell the bus something. The others wait for the whole term. */
export function ownTermOf(termMilliseconds: number): number {
  return termMilliseconds * (1 - MARGIN);
}

/**
 * The time until which this process may answer with pages. It counts from before the bus was told, and both clocks have to
 * agree that it has not ended: the monotonic one may stand still while a machine sleeps, the other may be set.
 */
export class Term {
  readonly #length: number;
  readonly #onExtended: (untilWall: number) => void;
  #until = Number.NEGATIVE_INFINITY;
  #wall = { from: 0, until: 0 };
  #isOver = false;

  /** `onExtended` is told when it ends, in milliseconds since 1970. */
  constructor(milliseconds: number, onExtended: (untilWall: number) => void) {
    this.#length = ownTermOf(milliseconds);
    this.#onExtended = onExtended;
  }

  holds(): boolean {
    if (performance.now() >= this.#until) return false;
    const now = Date.now();
    return now >= this.#wall.from && now < this.#wall.until;
  }

  /** In milliseconds; 0: it has ended. */
  get remaining(): number {
    return this.holds() ? this.#until - performance.now() : 0;
  }

  /** The bus has been told; `sentAt` is `performance.now()` before that. */
  extend(sentAt: number): void {
    const until = sentAt + this.#length;
    if (this.#isOver || until < this.#until) return;
    const now = Date.now();
    this.#until = until;
    this.#wall = { from: now - SLACK_MS, until: now + (until - performance.now()) };
    this.#onExtended(this.#wall.until);
  }

  /** For good: what is still under way does not restart it. */
  end(): void {
    this.#isOver = true;
    this.#until = Number.NEGATIVE_INFINITY;
  }
}
