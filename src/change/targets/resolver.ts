import type { Logger } from '../../log.js';
import { pagesNamedBy } from '../../page/layout.js';
import { compileQueryJudge } from '../../page/request/query.js';
import type { Rules } from '../../page/rules.js';
import type { Selector } from '../../page/selector.js';
import { expandTarget } from './expand.js';
import { type NameQuery, readTarget } from './read.js';
import { RouteAdvice } from './route-advice.js';
import type { FindRecords } from './target.js';

/** What the targets of one call name. */
export interface ResolvedTargets {
  readonly selectors: readonly Selector[];
  /** The paths among them that no page can have, in any spelling. */
  readonly notPages: readonly string[];
}

/** The parts that a {@link TargetResolver} needs. */
export interface TargetResolverParts {
  readonly hosts: readonly string[];
  readonly rules: Pick<Rules, 'queryOf'>;
  readonly ignoreQuery: readonly string[];
  readonly logger: Logger;
}

/** How many paths one line of the log names. */
const MAX_LOGGED = 10;

/** Turns what a caller names into selectors, for one site. */
export class TargetResolver {
  readonly #parts: TargetResolverParts;
  readonly #advice: RouteAdvice;
  readonly #nameQuery: NameQuery;

  constructor(parts: TargetResolverParts) {
    this.#parts = parts;
    this.#advice = new RouteAdvice(parts.logger);
    this.#nameQuery = compileNameQuery(parts);
  }

  /**
   * Reads every target before anything is done. Rejects with `ERR_BAD_TARGET` (or `ERR_BAD_TAG`) for a bad one.
   * `recordsOf` knows the model classes of adapters.
   */
  async resolve(
    targets: readonly unknown[],
    recordsOf: FindRecords = () => undefined,
  ): Promise<ResolvedTargets> {
    const { hosts, logger } = this.#parts;
    const found = new Map<string, Selector>();
    const notPages = new Set<string>();
    for await (const written of expandTarget(targets, recordsOf)) {
      const reading = readTarget(written, hosts, this.#nameQuery);
      if (reading.kind === 'not-page') notPages.add(reading.path);
      else found.set(JSON.stringify(reading), reading);
    }
    const selectors = [...found.values()];
    this.#advice.tell(selectors);
    if (notPages.size > 0)
      logger.info({ paths: [...notPages].slice(0, MAX_LOGGED) }, 'no page can have these paths');
    return { selectors, notPages: [...notPages] };
  }
}

/** Tries the path with and without its trailing slash: either may have the rule for the query. */
function compileNameQuery(parts: TargetResolverParts): NameQuery {
  const judge = compileQueryJudge(parts);
  return (path, query) =>
    pagesNamedBy(path)
      .map((page) => judge(page, query)?.page.query)
      .find((one) => one !== undefined);
}
