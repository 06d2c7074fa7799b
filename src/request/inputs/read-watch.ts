import type { Logger } from '../../log.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import { compileReadJudge, type ReadJudge, type ReadOptions } from '../../page/request/header-reads.js';
import { OncePerName } from './advice.js';
import type { ObservedRequest } from './observed-request.js';

const ADVICE =
  'pages are not stored when the app reads this request header; if no page depends on it, add it to the option `ignoreHeaders`; if few requests have it, add it to `bypassHeaders`, generate the nginx configuration again and reload it';

/** Refuses pages that depend on a request header, and tells an administrator once for each header what to do. */
export class ReadWatch {
  readonly #isHarmless: ReadJudge;
  readonly #advice: OncePerName;

  constructor(options: ReadOptions, logger: Logger) {
    this.#isHarmless = compileReadJudge(options);
    this.#advice = new OncePerName(logger, ADVICE);
  }

  /** Why the page of this path cannot be everybody's, as far as has been seen. */
  refuse(request: ObservedRequest, path: string): Refusal | undefined {
    const name = request.names().find((one) => !this.#isHarmless(one, request.headers));
    if (name === undefined) return undefined;
    this.#advice.give(name, path);
    return refuse('reads-header', name);
  }
}
