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

/** What is due for the second time, and what others have noted and not sent, is looked for this often. */
const LOOK_EVERY_MS = 1_000;
/** Another process is sending what this one waits for. */
const OTHERS_MS = 20;
/** Purges that are claimed at once: they have to be sent before others may think that nobody does. */
const CLAIMED_AT_ONCE = 200;
const CALL_TIMEOUT_MS = 10_000;

export interface PurgerParts {
  readonly cdn: ResolvedCdn;
  readonly outbox: PurgeOutbox;
  readonly origins: Origins;
  /** The term of the site's hosts, in milliseconds: by then each has deleted its pages, or serves none. 0: there is one host. */
  readonly termMs: number;
  readonly faults: FaultLog;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'count'>;
}

/**
 * Tells the CDN what the outbox has. Every process does so; a claim in the ledger keeps two from sending the same at the same
 * time, and if they do, no harm is done.
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

  /** What is under way is given up, and left to others or to the next start. */
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
    // It may have been sent by now, and other hosts have deleted their pages only since.
    if (this.#parts.termMs > 0) await this.#parts.outbox.note(purges);
    this.wake();
  }

  /**
   * Resolves when the CDN has taken the first purge of all that has been noted before the call. Rejects with
   * `ERR_CDN_UNREACHABLE`: it did not in time, and it is sent again until it does.
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

  /** Nobody sends for a site that is closed, and its ledger cannot be asked. */
  #isSent(upTo: number): boolean {
    if (this.#stop.signal.aborted) throw this.#unreachable();
    return this.#parts.outbox.isSent(upTo);
  }

  /** One at a time in a process. Never rejects. */
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

  /** How many URLs were purged. */
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

  /** With several hosts, the last of them may delete its page, or stop serving it, only when a term has passed. */
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

/** Waits for some work, but no longer than this. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const timeout = delay(milliseconds, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([work, timeout]);
  done.abort();
}
