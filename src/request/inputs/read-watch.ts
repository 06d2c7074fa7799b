import type { Logger } from '../../log.js';
import { type Refusal, refuse } from '../../page/reasons.js';
import { compileReadJudge, type ReadJudge, type ReadOptions } from '../../page/request/header-reads.js';
import { OncePerName } from './advice.js';
import { ALL_HEADERS } from './header-walk.js';
import type { WatchedRequest } from './observed-request.js';

const ADVICE =
  "pages are not stored when the app reads this request header; if no page depends on it, add it to the option `ignoreHeaders`; if few requests have it, add it to `bypassHeaders`, generate the nginx configuration again and reload it; if the HTML is the same for all, let the rule say `{ match, as: 'nobody' }`";

const ADVICE_ON_ALL =
  "pages are not stored when the app copies all request headers, as adapters do that make a Request of them, because what it looks for in the copy is not known; if no page depends on any header, set the option `ignoreHeaders` to ['*']";

/** Refuses pages that depend on a request header, and tells an administrator once for each header what to do. */
export class ReadWatch {
  readonly #isHarmless: ReadJudge;
  readonly #advice: OncePerName;
  readonly #adviceOnAll: OncePerName;

  constructor(options: ReadOptions, logger: Logger) {
    this.#isHarmless = compileReadJudge(options);
    this.#advice = new OncePerName(logger, ADVICE);
    this.#adviceOnAll = new OncePerName(logger, ADVICE_ON_ALL);
  }

  /** Why the page of this path cannot be everybody's, as far as has been seen. */
  refuse(request: WatchedRequest, path: string): Refusal | undefined {
    const name = request.names().find((one) => !this.#isHarmless(one, request.headers));
    if (name === undefined) return undefined;
    (name === ALL_HEADERS ? this.#adviceOnAll : this.#advice).give(name, path);
    return refuse('reads-header', name);
  }
}
