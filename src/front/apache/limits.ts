import type { Limits } from '../limits.js';
import { comment, directive, type Statement } from './directives.js';

/** What a request may be, and how long it may take. */
export function requestLimits(limits: Limits): readonly Statement[] {
  const { requestHeadBytes, requestPauseSeconds, idleSeconds } = limits;
  return [
    comment('Only the app limits how large a request may be and how long it may take.'),
    directive('LimitRequestLine', String(requestHeadBytes)),
    directive('LimitRequestFieldSize', String(requestHeadBytes)),
    // 0: any number. Bodies that are passed on have no limit.
    directive('LimitRequestFields', '0'),
    directive('RequestReadTimeout', 'header=60', `body=${requestPauseSeconds}`),
    directive('TimeOut', String(idleSeconds)),
    // 0: any number, as in Node. Apache would end a connection after a hundred, and what was sent ahead on it would be lost.
    directive('MaxKeepAliveRequests', '0'),
    comment('The app decides which ranges of a response are sent.'),
    directive('MaxRanges', 'none'),
  ];
}

/** No spelling of a path is refused or made another. */
export function targetsAsSent(): readonly Statement[] {
  return [
    comment('Every spelling of a path is accepted. TRACE is not.'),
    directive('AllowEncodedSlashes', 'NoDecode'),
    directive('MergeSlashes', 'Off'),
    directive('TraceEnable', 'off'),
  ];
}
