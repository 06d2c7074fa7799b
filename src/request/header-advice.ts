import type { Logger } from '../log.js';
import type { HeaderLine } from '../page/response/headers.js';

/** So many different sets of headers are told of; a header that changes with every page would fill the log. */
const MAX_TOLD = 20;

/** Tells an administrator, once for each set of headers, what would let nginx serve the pages that have them. */
export class HeaderAdvice {
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  give(path: string, nodeOnly: readonly string[], headers: readonly HeaderLine[]): void {
    const key = nodeOnly.join();
    // Vary is no constant to declare, so nothing would move such pages.
    if (
      nodeOnly.length === 0 ||
      nodeOnly.includes('vary') ||
      this.#told.has(key) ||
      this.#told.size >= MAX_TOLD
    )
      return;
    this.#told.add(key);
    const lines = Object.fromEntries(headers.filter(([name]) => nodeOnly.includes(name)));
    const advice =
      'pages with these headers are served by Node only; if their values are constant, declare them in the option `headers`, generate the nginx configuration anew and reload it';
    this.#logger.info({ path, names: nodeOnly, headers: lines }, advice);
  }
}
