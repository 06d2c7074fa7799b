import type { Logger } from '../../log.js';
import type { Selector } from '../../page/selector.js';
import { expandTarget } from './expand.js';
import { readTarget } from './read.js';
import { RouteAdvice } from './route-advice.js';
import type { FindRecords } from './target.js';

/** The one road from what a caller names to selectors, for one site. */
export class TargetResolver {
  readonly #hosts: readonly string[];
  readonly #advice: RouteAdvice;

  constructor({ hosts, logger }: { readonly hosts: readonly string[]; readonly logger: Logger }) {
    this.#hosts = hosts;
    this.#advice = new RouteAdvice(logger);
  }

  /**
   * Reads every target before anything is done: a bad one rejects with `ERR_BAD_TARGET` (or `ERR_BAD_TAG`). `recordsOf`
   * knows the model classes of adapters.
   */
  async resolve(
    targets: readonly unknown[],
    recordsOf: FindRecords = () => undefined,
  ): Promise<readonly Selector[]> {
    const found = new Map<string, Selector>();
    for await (const written of expandTarget(targets, recordsOf)) {
      const selector = readTarget(written, this.#hosts);
      found.set(JSON.stringify(selector), selector);
    }
    const selectors = [...found.values()];
    this.#advice.tell(selectors);
    return selectors;
  }
}
