import type { DeleteReport } from '../change/invalidate.js';
import type { Refresh } from '../change/refresh.js';
import { type DeleteOptions, splitOptions } from '../change/targets/delete-options.js';
import { type ResolvedTargets, TargetResolver } from '../change/targets/resolver.js';
import type { FindRecords, Target } from '../change/targets/target.js';
import { systemErrorCode } from '../errors.js';
import type { Entries } from '../ledger/ledger.js';
import type { Selector } from '../page/selector.js';
import { type PublishOptions, splitPublishOptions } from '../publish/options.js';
import type { PublishReport } from '../publish/publish.js';
import type { Foundation } from './foundation.js';
import type { Invalidation } from './invalidation.js';
import type { Publishing } from './publishing.js';
import type { Sharing } from './sharing.js';

export type NamedPagesParts = Pick<Foundation, 'config'> &
  Pick<Invalidation, 'invalidator'> &
  Pick<Sharing, 'purger'> &
  Pick<Publishing, 'publisher' | 'regenerator' | 'regenerateBehind'>;

/** The pages that callers name. It reads their targets, then deletes, regenerates or publishes the pages. */
export class NamedPages {
  readonly #parts: NamedPagesParts;
  readonly #resolver: TargetResolver;

  constructor(parts: NamedPagesParts) {
    this.#parts = parts;
    this.#resolver = new TargetResolver(parts.config);
  }

  /** Reads targets. Rejects with `ERR_BAD_TARGET` or `ERR_BAD_TAG`. `recordsOf` knows the model classes of adapters. */
  async read(targets: readonly unknown[], recordsOf?: FindRecords): Promise<ResolvedTargets> {
    return await this.#resolver.resolve(targets, recordsOf);
  }

  /** Does the work of `quickDelete()`. */
  async delete(given: readonly (Target | DeleteOptions)[], recordsOf: FindRecords): Promise<DeleteReport> {
    const { targets, refresh } = splitOptions(given);
    const report = await this.refresh(targets, recordsOf, refresh);
    await this.#parts.purger?.settle();
    return report;
  }

  /** Does the work of `quickPublish()`. */
  async publish(given: readonly (Target | PublishOptions)[], recordsOf: FindRecords): Promise<PublishReport> {
    const { targets, options } = splitPublishOptions(given);
    const { selectors, notPages } = await this.read(targets, recordsOf);
    const report = await this.#parts.publisher.publish(selectors, options);
    await this.#parts.purger?.settle().catch(leaveToPurger);
    return { ...report, notPages };
  }

  /** Deletes or regenerates named pages, or all, for the API and the dashboard, whatever the site's options say. */
  async change(
    named: readonly Target[] | 'all',
    recordsOf: FindRecords,
    refresh: Refresh,
  ): Promise<DeleteReport> {
    const report = await this.refresh(named, recordsOf, refresh);
    await this.#parts.purger?.settle();
    return report;
  }

  /** Deletes or replaces pages, as the caller or else the site's options say. Does not wait for the CDN. */
  async refresh(
    targets: readonly unknown[] | 'all',
    recordsOf: FindRecords,
    refresh = this.#parts.config.refresh,
  ): Promise<DeleteReport> {
    const { invalidator, regenerator } = this.#parts;
    const { selectors, notPages } = targets === 'all' ? everything : await this.read(targets, recordsOf);
    const deletion =
      refresh === 'delete'
        ? await invalidator.invalidate(selectors)
        : await regenerator.regenerate(selectors);
    return { ...deletion, notPages };
  }

  /**
   * Deletes or regenerates pages, and waits only for deletions. Settles what was intended. What could not be sent to
   * other hosts is sent later, and is not a failure.
   */
  async refreshBehind(
    selectors: readonly Selector[],
    intended: readonly Entries[],
    refresh: Refresh,
  ): Promise<void> {
    const { invalidator, regenerateBehind, purger } = this.#parts;
    if (refresh !== 'delete') return regenerateBehind(selectors, intended);
    await invalidator.invalidate(selectors, intended).catch((error) => this.#leave(error));
    await purger?.settle().catch(leaveToPurger);
  }

  #leave(error: unknown): void {
    if (systemErrorCode(error) !== 'ERR_CLUSTER_UNREACHABLE') throw error;
    this.#parts.config.logger.warn(
      { err: error },
      'a deletion could not be sent to the other hosts; it is sent later',
    );
  }
}

const everything: ResolvedTargets = { selectors: [{ kind: 'all' }], notPages: [] };

/** Ignores that the CDN cannot be reached: the purger has logged it, and continues in the background. */
function leaveToPurger(error: unknown): void {
  if (systemErrorCode(error) !== 'ERR_CDN_UNREACHABLE') throw error;
}
