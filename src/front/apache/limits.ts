import type { Limits } from '../limits.js';
import { comment, directive, type Statement } from './directives.js';

/** Returns the limits of requests: how large they may be, and how long they may take. */
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
    // 0: any number, as in Node. Otherwise Apache would end a connection after a hundred requests, and lose those that
    // were sent ahead.
    directive('MaxKeepAliveRequests', '0'),
    comment('The app decides which ranges of a response are sent.'),
    directive('MaxRanges', 'none'),
  ];
}

/** Apache neither refuses nor changes any spelling of a path. */
export function targetsAsSent(): readonly Statement[] {
  return [
    comment('Every spelling of a path is accepted. TRACE is not.'),
    directive('AllowEncodedSlashes', 'NoDecode'),
    directive('MergeSlashes', 'Off'),
    directive('TraceEnable', 'off'),
  ];
}
