import type { FaultLog } from '../log.js';
import type { RequestView } from '../page/request/gate.js';
import { type PurgeHeaders, purgedBy } from '../page/request/purge-headers.js';
import { outdatedBy } from '../page/request/unsafe.js';
import type { HeaderValues } from '../page/response/headers.js';
import type { Rules } from '../page/rules.js';
import type { Invalidator } from './invalidate.js';

export interface AfterUnsafeParts {
  readonly rules: Rules;
  readonly purgeHeaders: PurgeHeaders;
  readonly invalidator: Pick<Invalidator, 'invalidate'>;
  readonly faults: FaultLog;
}

/**
 * What is done with the head of an answer to an unsafe request, before it leaves: the pages that the request has made
 * out of date are deleted. Undefined if there are none. Never rejects: the request itself has been served.
 */
export function createAfterUnsafe({ rules, purgeHeaders, invalidator, faults }: AfterUnsafeParts) {
  return (request: RequestView, status: number, headers: HeaderValues): Promise<void> | undefined => {
    const selectors = [
      ...outdatedBy(request, status, headers, rules),
      ...purgedBy(headers, purgeHeaders, rules),
    ];
    if (selectors.length === 0) return undefined;
    const { method, target } = request;
    return invalidator.invalidate(selectors).then(
      () => undefined,
      (error) =>
        faults.report(
          'unsafe',
          error,
          { method, target },
          'pages that a request changed could not be deleted',
        ),
    );
  };
}
