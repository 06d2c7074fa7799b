/** The pause after a failure. It doubles with each further failure. */
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;
/** A service that asks for a longer pause than this is called again after this time. */
const MAX_ASKED_MS = 60 * 60 * 1000;

/**
 * Decides when a service may be called: no more often than it allows, and less and less often after failures. It
 * uses the monotonic clock.
 */
export class Pace {
  readonly #millisecondsPerCall: number;
  #nextCallAt = 0;
  #retryAt = 0;
  #failures = 0;

  constructor(millisecondsPerCall: number) {
    this.#millisecondsPerCall = millisecondsPerCall;
  }

  /** How much longer a service that has failed is not called, in milliseconds. */
  get restMs(): number {
    return Math.max(0, this.#retryAt - performance.now());
  }

  /** Takes a turn. Returns how long the next call has to wait for the calls before it, in milliseconds. */
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

  /** Records a failure. `askedMs` is the pause that the service asks for. */
  failed(askedMs: number | undefined): void {
    const own = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#retryAt = performance.now() + Math.min(MAX_ASKED_MS, Math.max(own, askedMs ?? 0));
  }
}
