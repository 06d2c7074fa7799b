import type { Logger } from '../../log.js';
import { hasParameter } from '../../page/mistaken-pattern.js';
import type { Selector } from '../../page/selector.js';

/** A mistake concerns only a few targets, but pages that really have such names may be many. */
const MAX_TOLD = 10;

/**
 * Warns, once for each, about targets that look like the path of a route, such as `/posts/:slug`. Such a target names
 * only the page with exactly this path, but the caller probably means the pages of the route.
 */
export class RouteAdvice {
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(selectors: readonly Selector[]): void {
    for (const { value } of selectors.filter(isOfRoute)) {
      if (this.#told.has(value) || this.#told.size >= MAX_TOLD) continue;
      this.#told.add(value);
      this.#logger.warn(
        { target: value, glob: value.replace(/\/:[A-Za-z_]\w*/g, '/*') },
        'the target looks like the path of a route, but names only the page with exactly this path; use the glob to name all pages of the route',
      );
    }
  }
}

function isOfRoute(selector: Selector): selector is Extract<Selector, { readonly kind: 'path' | 'glob' }> {
  return (selector.kind === 'path' || selector.kind === 'glob') && hasParameter(selector.value);
}
