import { EventEmitter, once } from 'node:events';
import type { CdnOptions } from '../../../src/cluster/cdn/options.js';
import type { PurgeUrls } from '../../../src/cluster/cdn/service.js';
import { PATIENCE_MS } from '../patience.js';
import { type Site, type SiteOptions, startSite } from '../site/site.js';

/** A call that a CDN got. */
export interface PurgeCall {
  readonly urls: readonly string[];
  readonly tags: readonly string[];
  readonly all: boolean;
}

/** Stands for a CDN where what matters is which calls it gets. It can be away. */
export class CallLog {
  readonly calls: PurgeCall[] = [];
  /** While there is one, calls are refused with it. */
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

  /** Every URL that was purged since the call of this number, once for each time. */
  urls(from = 0): readonly string[] {
    return this.calls.slice(from).flatMap(({ urls, all }) => (all ? ['all'] : urls));
  }

  /** The first call from `from` on that fits: one that is there, or the next to come. */
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

/** A site of `localhost` with a CDN, which has been told by now that it may have to forget everything. */
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

/** By which URLs visitors of `localhost` know pages. */
export function urlsOfPages(...paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => [`https://localhost${path}`, `http://localhost${path}`]);
}
