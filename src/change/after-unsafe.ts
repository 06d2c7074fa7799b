import { systemErrorCode } from '../errors.js';
import type { FaultLog } from '../log.js';
import type { RequestView } from '../page/request/gate.js';
import { type PurgeHeaders, purgedBy } from '../page/request/purge-headers.js';
import { outdatedBy } from '../page/request/unsafe.js';
import type { HeaderValues } from '../page/response/headers.js';
import type { Rules } from '../page/rules.js';
import type { Selector } from '../page/selector.js';

export interface AfterUnsafeParts {
  readonly rules: Rules;
  readonly purgeHeaders: PurgeHeaders;
  /** Deletes pages, everywhere. */
  readonly remove: (selectors: readonly Selector[]) => Promise<unknown>;
  readonly faults: FaultLog;
}

/**
 * Returns a function that handles the head of a response to an unsafe request before it is sent. The function deletes
 * the pages that the request made out of date, and returns `undefined` if there are none. It never rejects, because the
 * request itself has been served.
 */
export function createAfterUnsafe({ rules, purgeHeaders, remove, faults }: AfterUnsafeParts) {
  return (request: RequestView, status: number, headers: HeaderValues): Promise<void> | undefined => {
    const selectors = [
      ...outdatedBy(request, status, headers, rules),
      ...purgedBy(headers, purgeHeaders, rules),
    ];
    if (selectors.length === 0) return undefined;
    const { method, target } = request;
    return remove(selectors).then(
      () => undefined,
      (error) => {
        // It has been reported already, and the pages are deleted.
        if (systemErrorCode(error) === 'ERR_CDN_UNREACHABLE') return;
        const message = 'pages that a request changed could not be deleted';
        faults.report('unsafe', error, { method, target }, message);
      },
    );
  };
}
