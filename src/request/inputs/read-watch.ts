import type { Logger } from '../../log.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import { compileReadJudge, type ReadJudge, type ReadOptions } from '../../page/request/header-reads.js';
import type { ObservedRequest } from './observed-request.js';

/** So many names are told of: a client cannot fill the log with names of its own. */
const MAX_TOLD = 50;

/** Refuses pages that depend on a request header, and tells an administrator once for each header what to do. */
export class ReadWatch {
  readonly #isHarmless: ReadJudge;
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor(options: ReadOptions, logger: Logger) {
    this.#isHarmless = compileReadJudge(options);
    this.#logger = logger;
  }

  /** Why the page of this path cannot be everybody's, as far as has been seen. */
  refuse(request: ObservedRequest, path: string): Refusal | undefined {
    const name = request.names().find((one) => !this.#isHarmless(one, request.headers));
    if (name === undefined) return undefined;
    this.#tell(name, path);
    return refuse('reads-header', name);
  }

  #tell(name: string, path: string): void {
    if (this.#told.has(name) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(name);
    const advice =
      'pages are not stored when the app reads this request header; if no page depends on it, add it to the option `ignoreHeaders`; if few requests have it, add it to `bypassHeaders`, generate the nginx configuration again and reload it';
    this.#logger.warn({ path, name }, advice);
  }
}
