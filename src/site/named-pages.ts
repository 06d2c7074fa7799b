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

/** The pages that callers name: targets are read, and then deleted, regenerated or published. */
export class NamedPages {
  readonly #parts: NamedPagesParts;
  readonly #resolver: TargetResolver;

  constructor(parts: NamedPagesParts) {
    this.#parts = parts;
    this.#resolver = new TargetResolver(parts.config);
  }

  /** Rejects with `ERR_BAD_TARGET` or `ERR_BAD_TAG`. `recordsOf` knows the model classes of adapters. */
  async read(targets: readonly unknown[], recordsOf?: FindRecords): Promise<ResolvedTargets> {
    return await this.#resolver.resolve(targets, recordsOf);
  }

  /** What `quickDelete()` does. */
  async delete(given: readonly (Target | DeleteOptions)[], recordsOf: FindRecords): Promise<DeleteReport> {
    const { targets, refresh } = splitOptions(given);
    const report = await this.refresh(targets, recordsOf, refresh);
    await this.#parts.purger?.settle();
    return report;
  }

  /** What `quickPublish()` does. */
  async publish(given: readonly (Target | PublishOptions)[], recordsOf: FindRecords): Promise<PublishReport> {
    const { targets, options } = splitPublishOptions(given);
    const { selectors, notPages } = await this.read(targets, recordsOf);
    const report = await this.#parts.publisher.publish(selectors, options);
    await this.#parts.purger?.settle().catch(leaveToPurger);
    return { ...report, notPages };
  }

  /** What the API does with named pages, or with all: it deletes or regenerates, whatever the site's options say. */
  async change(
    named: readonly Target[] | 'all',
    recordsOf: FindRecords,
    refresh: Refresh,
  ): Promise<DeleteReport> {
    const report = await this.refresh(named, recordsOf, refresh);
    await this.#parts.purger?.settle();
    return report;
  }

  /** Deletes pages or replaces them in place, as the call or else the site's options say. The CDN is not waited for. */
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
   * Only deletions are waited for. Settles what was intended. What other hosts could not be told is sent to them later, and is no
   * failure.
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

/** It has said so in the log, and goes on in the background. */
function leaveToPurger(error: unknown): void {
  if (systemErrorCode(error) !== 'ERR_CDN_UNREACHABLE') throw error;
}
