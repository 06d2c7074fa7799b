import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, StaticGeneratorError } from '../../errors.js';
import type { ClaimedPurge, Purge, PurgeOutbox } from '../../ledger/ledger.js';
import type { FaultLog, Logger } from '../../log.js';
import type { Metrics } from '../../metrics.js';
import type { ResolvedCdn } from './options.js';
import { type Origins, urlsOf } from './origins.js';
import { Pace } from './pace.js';
import { PurgeRefusedError } from './service.js';

/**
 * How often to look for purges that are due a second time, and for purges that other processes noted but did not send.
 */
const LOOK_EVERY_MS = 1_000;
/** The pause while another process sends what this one waits for. */
const OTHERS_MS = 20;
/** Purges claimed at once. They must be sent before other processes may assume that no process sends them. */
const CLAIMED_AT_ONCE = 200;
const CALL_TIMEOUT_MS = 10_000;

export interface PurgerParts {
  readonly cdn: ResolvedCdn;
  readonly outbox: PurgeOutbox;
  readonly origins: Origins;
  /**
   * The term of the site's hosts, in milliseconds: by then each host has deleted its pages, or
   * serves none. 0: one host.
   */
  readonly termMs: number;
  readonly faults: FaultLog;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'count'>;
}

/**
 * Sends the purges of the outbox to the CDN. Every process does so; a claim in the ledger prevents two processes from
 * sending the same purge at the same time. If they do, it does no harm.
 */
export class Purger {
  readonly #parts: PurgerParts;
  readonly #pace: Pace;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #begun: Promise<void> | undefined;
  #sending: Promise<void> | undefined;
  #failure: unknown;

  constructor(parts: PurgerParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts.cdn.service.millisecondsPerCall);
  }

  start(): void {
    this.#timer = setInterval(() => this.wake(), LOOK_EVERY_MS).unref();
    this.#begun = this.#parts.outbox.releaseAll().catch(() => undefined);
    this.wake();
  }

  /** Gives up what is under way, and leaves it to other processes or to the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort(new Error('close() has been called'));
    await this.#sending;
  }

  /** Sends what is due, and does not wait for it. */
  wake(): void {
    void this.#send();
  }

  /** Sends what a deletion has noted, and does not wait for it. */
  async tell(purges: readonly Purge[]): Promise<void> {
    // The purges may already have been sent, before the other hosts deleted their pages.
    if (this.#parts.termMs > 0) await this.#parts.outbox.note(purges);
    this.wake();
  }

  /**
   * Resolves when the CDN has accepted the first purge of everything that was noted before the call. Rejects with
   * `ERR_CDN_UNREACHABLE` if it did not do so in time; the purges are then sent again until it does.
   */
  async settle(): Promise<void> {
    const { outbox, cdn } = this.#parts;
    if (cdn.waitMs === 0) return this.wake();
    const upTo = outbox.last();
    const deadline = performance.now() + cdn.waitMs;
    while (!this.#isSent(upTo)) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || this.#pace.restMs > leftMs) throw this.#unreachable();
      await within(leftMs, this.#send());
      if (!this.#isSent(upTo)) await delay(Math.min(Math.max(this.#pace.restMs, OTHERS_MS), leftMs));
    }
  }

  /** Throws if the site is closed: nothing is sent for it any more, and its ledger cannot be read. */
  #isSent(upTo: number): boolean {
    if (this.#stop.signal.aborted) throw this.#unreachable();
    return this.#parts.outbox.isSent(upTo);
  }

  /** Sends what is due. A process does this once at a time. Never rejects. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendDue()
      .catch((error) =>
        this.#parts.faults.report('cdn-outbox', error, {}, 'purges could not be read from the ledger'),
      )
      .finally(() => {
        this.#sending = undefined;
      });
    return this.#sending;
  }

  async #sendDue(): Promise<void> {
    const { outbox, cdn } = this.#parts;
    const { maxWaiting } = cdn;
    await this.#begun;
    while (!this.#stop.signal.aborted && this.#pace.restMs === 0 && outbox.hasDue(Date.now())) {
      const claimed = await outbox.claim({ now: Date.now(), limit: CLAIMED_AT_ONCE, maxWaiting });
      if (claimed.length === 0) return;
      try {
        const urls = await this.#purge(claimed);
        await outbox.markTaken(claimed, this.#againAt());
        this.#took(claimed, urls);
      } catch (error) {
        await outbox.release(claimed);
        this.#failed(error, claimed);
      }
    }
  }

  /** Purges what was claimed, and returns the number of URLs. */
  async #purge(claimed: readonly ClaimedPurge[]): Promise<number> {
    const { origins, cdn } = this.#parts;
    if (claimed.some(({ kind }) => kind === 'all')) {
      await this.#call(urlsOf({ kind: 'page', host: '', path: '/' }, origins), { tags: [], all: true });
      return 0;
    }
    const urls = [...new Set(claimed.flatMap((one) => (one.kind === 'page' ? urlsOf(one, origins) : [])))];
    const tags = claimed.flatMap((one) => (one.kind === 'tag' ? [one.tag] : []));
    const { urlsPerCall } = cdn.service;
    for (let from = 0; from === 0 || from < urls.length; from += urlsPerCall)
      await this.#call(urls.slice(from, from + urlsPerCall), { tags: from === 0 ? tags : [], all: false });
    return urls.length;
  }

  async #call(
    urls: readonly string[],
    order: { readonly tags: readonly string[]; readonly all: boolean },
  ): Promise<void> {
    const { signal } = this.#stop;
    const pauseMs = this.#pace.takeTurn();
    if (pauseMs > 0) await delay(pauseMs, undefined, { signal });
    const timed = AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
    // A service may make a request for each URL.
    setMaxListeners(0, timed);
    await this.#parts.cdn.service.purge(urls, { ...order, signal: timed });
  }

  /**
   * When to purge again. With several hosts, the last host may delete its page, or stop serving it, a whole term later.
   */
  #againAt(): number | undefined {
    const { cdn, termMs } = this.#parts;
    return cdn.purgeAgainMs === 0 ? undefined : Date.now() + Math.max(cdn.purgeAgainMs, termMs);
  }

  #took(claimed: readonly ClaimedPurge[], urls: number): void {
    const { faults, logger, metrics, cdn } = this.#parts;
    this.#pace.succeeded();
    this.#failure = undefined;
    faults.recovered();
    metrics.count('cdn:purged', urls);
    const all = claimed.some(({ kind }) => kind === 'all');
    if (all) metrics.count('cdn:purged-all');
    const fields = { cdn: cdn.service.name, urls, again: claimed.every(({ isAgain }) => isAgain) };
    logger.info(fields, all ? 'everything purged at the CDN' : 'pages purged at the CDN');
  }

  #failed(error: unknown, claimed: readonly ClaimedPurge[]): void {
    const { faults, metrics, cdn } = this.#parts;
    if (this.#stop.signal.aborted) return;
    const refused = error instanceof PurgeRefusedError ? error : undefined;
    const remedy = refused?.remedy;
    this.#pace.failed(refused?.retryAfterMs);
    this.#failure = error;
    metrics.count('cdn:failed');
    faults.report(
      'cdn',
      error,
      { cdn: cdn.service.name, purges: claimed.length, ...(remedy === undefined ? {} : { remedy }) },
      'the CDN did not accept a purge and may serve stale pages; the purge is sent again until it does',
    );
  }

  #unreachable(): StaticGeneratorError {
    const { service } = this.#parts.cdn;
    const error = this.#failure;
    const why = error === undefined ? 'it has not answered yet' : messageOf(error);
    const remedy =
      error instanceof PurgeRefusedError && error.remedy !== undefined ? `; ${error.remedy}` : '';
    return new StaticGeneratorError(
      'ERR_CDN_UNREACHABLE',
      `The pages are deleted, but ${service.name} did not accept the purge (${why}${remedy}). The purge is sent again until it is accepted; until then the CDN may serve old pages`,
      { cause: error },
    );
  }
}

/** Waits for some work, but no longer than `milliseconds`. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const timeout = delay(milliseconds, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([work, timeout]);
  done.abort();
}
