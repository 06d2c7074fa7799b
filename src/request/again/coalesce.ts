import type { Lease, Leases, PageRecorder } from '../../ledger/ledger.js';
import type { Reason } from '../../page/reasons.js';
import type { Selectable } from '../../page/selector.js';
import type { RenderOutcome } from '../page/writer.js';
import { RefusedPages } from './refused-pages.js';

/** No request waits longer than this for the renders of others, however many there are. */
const MAX_WAIT_MS = 10_000;
/** What a follower does after its wait: look for the page again, or render it itself. */
export type Wait = 'look-again' | 'render';

/** A render that others wait for. */
interface Leader {
  readonly outcome: Promise<RenderOutcome>;
  /** `performance.now()` when requests stop waiting for it. */
  readonly until: number;
  /** Whether an invalidation has voided the render: a request that comes now must not wait for it. */
  readonly isVoid: () => boolean;
}

/**
 * Concurrent misses of one page: the first renders, the others wait until it is stored and are served from the file.
 * They never get the leader's response, so they share neither its cookie nor a render that an invalidation has voided.
 */
export class Coalescer {
  readonly #leaders = new Map<string, Leader>();
  readonly #refused = new RefusedPages();

  /** Makes a render the one that others wait for. */
  lead(key: string, outcome: Promise<RenderOutcome>, isVoid: () => boolean): void {
    const leader = { outcome, until: endOfWait(), isVoid };
    this.#leaders.set(key, leader);
    void outcome.then((result) => {
      if (this.#leaders.get(key) === leader) this.#leaders.delete(key);
      if ('stored' in result) this.#refused.forget(key);
      else if (afterwards(result) === 'render') this.#refused.note(key);
    });
  }

  /** Notes that the page is stored, whichever process has stored it. */
  found(key: string): void {
    this.#refused.forget(key);
  }

  /** Whether a render need not be captured, because it would hardly make the page. */
  isHopeless(key: string): boolean {
    return this.#refused.isResting(key);
  }

  /**
   * Returns the wait for the render that is under way, at most until `patience` ends. `undefined` if there is no such
   * render, or nothing to wait for.
   */
  follow(key: string, patience: number): Promise<Wait> | undefined {
    const leader = this.#leaders.get(key);
    if (leader === undefined || this.#refused.isKnown(key)) return undefined;
    // A request that comes late to a render that hangs does not restart its wait.
    const milliseconds = Math.min(patience, leader.until) - performance.now();
    return milliseconds > 0 && !leader.isVoid()
      ? within(milliseconds, leader.outcome.then(afterwards))
      : undefined;
  }
}

/** Returns when a request that comes now has waited long enough, by the clock of `performance.now()`. */
export function endOfWait(): number {
  return performance.now() + MAX_WAIT_MS;
}

/** Refusals that say nothing about the page: the first request that looks again leads the next render. */
const passing: ReadonlySet<Reason> = new Set<Reason>(['voided', 'incomplete']);

function afterwards(outcome: RenderOutcome): Wait {
  return 'stored' in outcome || passing.has(outcome.refusal.reason) ? 'look-again' : 'render';
}

/** Resolves when the wait ends, or when its time is over. */
function within(milliseconds: number, wait: Promise<Wait>): Promise<Wait> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds, 'render');
    void wait.then((end) => {
      clearTimeout(timer);
      resolve(end);
    });
  });
}

export interface VoidWatchParts {
  readonly ledger: Leases & Pick<PageRecorder, 'isVoid'>;
  readonly lease: Lease;
  /** The page of the render. Its tags grow during the render. */
  readonly page: Selectable;
}

/**
 * Returns whether an invalidation, of any process, has voided a render that is under way, by the tags that the render
 * has reported so far. Every visitor that could wait for the render asks, so nothing is compared twice.
 */
export function watchForVoid({ ledger, lease, page }: VoidWatchParts): () => boolean {
  let [compared, tags, isVoid] = [lease, page.tags.size, false];
  return () => {
    if (isVoid) return true;
    const now = ledger.lease();
    const hasNoNewTag = tags === page.tags.size;
    if (hasNoNewTag && now.generation === compared.generation && now.sequence === compared.sequence)
      return false;
    isVoid = ledger.isVoid(page, hasNoNewTag ? compared : lease);
    [compared, tags] = [now, page.tags.size];
    return isVoid;
  };
}
