import type { DeleteReport } from '../change/invalidate.js';
import { RouteAdvice } from '../change/route-advice.js';
import {
  type DeleteOptions,
  type FindRecords,
  resolveTargets,
  splitOptions,
  type Target,
} from '../change/targets.js';
import type { Selector } from '../page/selector.js';
import { type PublishOptions, splitPublishOptions } from '../publish/options.js';
import type { PublishReport } from '../publish/publish.js';
import type { Foundation } from './foundation.js';
import type { Invalidation } from './invalidation.js';
import type { Publishing } from './publishing.js';

export type NamedPagesParts = Pick<Foundation, 'config'> &
  Pick<Invalidation, 'invalidator'> &
  Pick<Publishing, 'publisher' | 'regenerator' | 'regenerateBehind'>;

/** The pages that callers name: targets are read, and then deleted, regenerated or published. */
export class NamedPages {
  readonly #parts: NamedPagesParts;
  readonly #advice: RouteAdvice;

  constructor(parts: NamedPagesParts) {
    this.#parts = parts;
    this.#advice = new RouteAdvice(parts.config.logger);
  }

  /** Rejects with `ERR_BAD_TARGET` or `ERR_BAD_TAG`. `recordsOf` knows the model classes of adapters. */
  async read(targets: readonly unknown[], recordsOf?: FindRecords): Promise<readonly Selector[]> {
    const selectors = await resolveTargets(targets, this.#parts.config.hosts, recordsOf);
    this.#advice.tell(selectors);
    return selectors;
  }

  /** What `quickDelete()` does. */
  async delete(given: readonly (Target | DeleteOptions)[], recordsOf: FindRecords): Promise<DeleteReport> {
    const { targets, refresh } = splitOptions(given);
    return await this.refresh(await this.read(targets, recordsOf), refresh);
  }

  /** What `quickPublish()` does. */
  async publish(given: readonly (Target | PublishOptions)[], recordsOf: FindRecords): Promise<PublishReport> {
    const { targets, options } = splitPublishOptions(given);
    return await this.#parts.publisher.publish(await this.read(targets, recordsOf), options);
  }

  /** Deletes pages or replaces them in place, as the call or else the site's options say. */
  async refresh(selectors: readonly Selector[], refresh = this.#parts.config.refresh): Promise<DeleteReport> {
    const { invalidator, regenerator } = this.#parts;
    return refresh === 'delete'
      ? await invalidator.invalidate(selectors)
      : await regenerator.regenerate(selectors);
  }

  /** As the site's options say; only deletions are waited for. */
  async refreshBehind(selectors: readonly Selector[]): Promise<void> {
    const { config, invalidator, regenerateBehind } = this.#parts;
    if (config.refresh === 'delete') await invalidator.invalidate(selectors);
    else regenerateBehind(selectors);
  }
}
