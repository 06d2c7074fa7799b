import { EventEmitter, once } from 'node:events';
import type { CdnOptions } from '../../../src/cluster/cdn/options.js';
import type { PurgeUrls } from '../../../src/cluster/cdn/service.js';
import { PATIENCE_MS } from '../patience.js';
import { type Site, type SiteOptions, startSite } from '../site/site.js';

/** A call that a CDN received. */
export interface PurgeCall {
  readonly urls: readonly string[];
  readonly tags: readonly string[];
  readonly all: boolean;
}

/** Stands in for a CDN, for tests that check which calls it gets. It can be unavailable. */
export class CallLog {
  readonly calls: PurgeCall[] = [];
  /** While it is set, calls are refused with this error. */
  fault: Error | undefined;
  refused = 0;
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  readonly purge: PurgeUrls = async (urls, { tags, all }) => {
    if (this.fault !== undefined) {
      this.refused += 1;
      this.#emitter.emit('call');
      throw this.fault;
    }
    this.calls.push({ urls, tags, all });
    this.#emitter.emit('call');
  };

  /** Returns every URL that was purged since the call with this number. A URL that was purged twice appears twice. */
  urls(from = 0): readonly string[] {
    return this.calls.slice(from).flatMap(({ urls, all }) => (all ? ['all'] : urls));
  }

  /** Returns the first call from index `from` on that fits. Waits for it if there is none yet. */
  async waitFor(fits: (call: PurgeCall) => boolean, from = 0): Promise<PurgeCall> {
    for (let index = from; ; ) {
      const call = this.calls[index];
      if (call === undefined) await this.#next();
      else if (fits(call)) return call;
      else index += 1;
    }
  }

  async untilRefused(times: number): Promise<void> {
    while (this.refused < times) await this.#next();
  }

  async #next(): Promise<void> {
    await once(this.#emitter, 'call', { signal: AbortSignal.timeout(PATIENCE_MS) });
  }
}

export interface CdnSite extends Site {
  readonly cdn: CallLog;
}

export interface CdnSiteOptions extends SiteOptions {
  readonly cdnOptions?: Omit<CdnOptions, 'service'>;
}

/** Starts a site of `localhost` with a CDN. Waits until the CDN has got its first purge, that of everything. */
export async function startCdnSite(
  routes: Parameters<typeof startSite>[0],
  { cdnOptions = {}, ...options }: CdnSiteOptions = {},
): Promise<CdnSite> {
  const cdn = new CallLog();
  const site = await startSite(routes, {
    hosts: ['localhost'],
    cdn: { service: cdn.purge, ...cdnOptions },
    ...options,
  });
  await cdn.waitFor(({ all }) => all);
  await site.logger.waitFor(({ message }) => message === 'everything purged at the CDN');
  return { ...site, cdn };
}

/** Returns the URLs by which visitors of `localhost` know pages. */
export function urlsOfPages(...paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => [`https://localhost${path}`, `http://localhost${path}`]);
}
