/** After a failure, the first attempt comes after this long; each further one after twice as long. */
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;
/** A service that asks for more than this is asked again all the same. */
const MAX_ASKED_MS = 60 * 60 * 1000;

/** When a service may be called: no more often than it allows, and after failures ever more rarely. By the monotonic clock. */
export class Pace {
  readonly #millisecondsPerCall: number;
  #nextCallAt = 0;
  #retryAt = 0;
  #failures = 0;

  constructor(millisecondsPerCall: number) {
    this.#millisecondsPerCall = millisecondsPerCall;
  }

  /** How long a service that has failed is left alone yet, in milliseconds. */
  get restMs(): number {
    return Math.max(0, this.#retryAt - performance.now());
  }

  /** How long the next call has to wait for those before it; it takes its turn by that. */
  takeTurn(): number {
    const now = performance.now();
    const at = Math.max(now, this.#nextCallAt);
    this.#nextCallAt = at + this.#millisecondsPerCall;
    return at - now;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#retryAt = 0;
  }

  /** `askedMs`: how long the service wants to be left alone. */
  failed(askedMs: number | undefined): void {
    const own = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#retryAt = performance.now() + Math.min(MAX_ASKED_MS, Math.max(own, askedMs ?? 0));
  }
}
