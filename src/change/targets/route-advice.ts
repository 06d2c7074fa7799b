import type { Logger } from '../../log.js';
import { hasParameter } from '../../page/mistaken-pattern.js';
import type { Selector } from '../../page/selector.js';

/** Whoever writes one, writes a few; pages that really are called so may be many. */
const MAX_TOLD = 10;

/**
 * Tells, once for each, of targets that read like the path of a route, such as `/posts/:slug`: a page may be called so,
 * and that one is what is meant, but the pages of the route hardly are.
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
