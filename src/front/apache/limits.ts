import type { Limits } from '../limits.js';
import { comment, directive, type Statement } from './directives.js';

/** What a request may be, and how long it may take. */
export function requestLimits(limits: Limits): readonly Statement[] {
  const { requestHeadBytes, requestPauseSeconds, idleSeconds } = limits;
  return [
    comment('A request may be as large, and take as long, as the app alone allows.'),
    directive('LimitRequestLine', String(requestHeadBytes)),
    directive('LimitRequestFieldSize', String(requestHeadBytes)),
    // 0: any number. Bodies that are passed on have no limit.
    directive('LimitRequestFields', '0'),
    directive('RequestReadTimeout', 'header=60', `body=${requestPauseSeconds}`),
    directive('TimeOut', String(idleSeconds)),
    // 0: any number, as in Node. Apache would end a connection after a hundred, and what was sent ahead on it would be lost.
    directive('MaxKeepAliveRequests', '0'),
    comment('Which parts of an answer are sent is for the app to decide.'),
    directive('MaxRanges', 'none'),
  ];
}

/** No spelling of a path is refused or made another. */
export function targetsAsSent(): readonly Statement[] {
  return [
    comment('Every spelling of a path is let through, and TRACE is not.'),
    directive('AllowEncodedSlashes', 'NoDecode'),
    directive('MergeSlashes', 'Off'),
    directive('TraceEnable', 'off'),
  ];
}
