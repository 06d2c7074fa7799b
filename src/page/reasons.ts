/**
 * Why a request was not answered from a page, or a response did not become one. The codes are stable: they stand in
 * `Cache-Status` (`detail`), in the log and in reports.
 */
export const requestReasons = Object.freeze({
  method: 'only GET and HEAD are answered from pages',
  'not-canonical': 'the request target is not the canonical spelling of a page path',
  'no-rule': 'no pattern in `urls` matches the path',
  excluded: 'a pattern in `excludeUrls` matches the path, or it is an island',
  query:
    'the query has a parameter that is not in `ignoreQuery`, and that no rule gives a page of its own (`query`)',
  host: 'the Host header names no host of this site (option `hosts`)',
  'request-header': 'the request has Authorization, Range, Upgrade, If-Match, If-Unmodified-Since or a body',
  'bypass-header': 'the request has a header named in `bypassHeaders`',
  scheme: 'the request came by another scheme than that of the option `scheme`',
  cookie:
    'the request has a cookie that is in `bypassCookies`, or that the app was seen to set with HttpOnly',
  'no-term':
    'this host is cut off from the others, so what it has stored may be out of date (option `cluster`)',
} as const);

/** Why a request that may be answered from a page may not make one. */
export const captureReasons = Object.freeze({
  head: 'a HEAD request has no body to store',
  'http-version': 'the response to an HTTP/1.0 request may lack what only HTTP/1.1 has, such as trailers',
  'host-spelling': 'the Host header has capital letters, which the response may repeat',
  'no-store': 'the request has Cache-Control: no-store',
  'cookie-present': 'the request has a cookie that is not in `ignoreCookies`',
  audience: 'the stored page is for requests of another scheme, or with another Accept',
  'ignored-query': 'the request has parameters of `ignoreQuery`, which the response may repeat',
  'query-spelling': 'the query has another order or spelling than that of its page, which `why` shows',
  'asked-rarely': 'the page has not been asked for as often as `storeAfter` of its pattern says',
  'refused-before':
    'the page was refused eight times in a row just now, so one render in eight is looked at, or one in a second',
} as const);

export const responseReasons = Object.freeze({
  status: 'the status is not 200',
  'set-cookie': 'the response sets a cookie',
  'cache-control': 'Cache-Control forbids or does not allow storing',
  expires: 'Expires is past or invalid, or Date is to come',
  pragma: 'Pragma: no-cache without Cache-Control',
  age: 'the response has been in another cache (Age)',
  vary: 'the response varies by more than Accept-Encoding and headers of `bypassHeaders`',
  'reads-header':
    'the app read a request header that the page may depend on (options `ignoreHeaders`, `bypassHeaders`)',
  variant:
    'the app asked for a variant that the rule of the page does not name, or did not ask for one that it names (`variant()`)',
  'echoes-request': 'a value that the request came with stands in the response',
  contradicts:
    'another visitor got a cookie, a redirect or an error for this URL, and what made the difference was not seen',
  case: 'the app ignores case, and the path has another spelling that is a page, too, or is excluded',
  'content-type': 'there is no Content-Type, or it is not one of a whole page',
  'content-encoding': 'the content coding cannot be undone',
  'content-range': 'the response is a part (Content-Range)',
  trailer: 'the response has trailers',
  'csp-nonce': 'the Content-Security-Policy has a nonce',
  'body-marker': 'the body holds a text of `bodyMarkers`',
  include:
    'the islands of the page cannot be put into it: the body has `<!--#`, an island of another render, more than 20, or is no HTML in UTF-8',
  'content-length': 'Content-Length disagrees with the body',
  incomplete: 'the client left, or the source of the body failed, before the end',
  'too-large': 'the body is larger than `maxBodyBytes`',
  'no-room': 'there is no room for the page (options `maxPages`, `maxBytes`, `minFreeBytes`)',
  skipped: 'skip() was called during the render',
  'bad-tag':
    'tag() was given what no tag can be: empty, longer than 512 characters, with control characters or half a character, no string',
  voided: 'an invalidation of this page came during the render',
  'context-lost': 'what the app read for this page may have been read for another, and cannot be told',
  'changes-itself':
    'the app changed data that the page shows while it rendered the page (option `ignore` of the tracking)',
  closed: 'close() was called before the response ended',
  fault: 'the page could not be written; the log has the cause',
} as const);

/** Why a page that was to be published was not even rendered to its end. */
export const publishReasons = Object.freeze({
  'not-reached': 'the request did not come to the middleware: something mounted before it answered',
  'render-failed': 'the application broke the connection, threw, or took too long',
} as const);

export type RequestReason = keyof typeof requestReasons;
export type CaptureReason = keyof typeof captureReasons;
export type ResponseReason = keyof typeof responseReasons;
export type PublishReason = keyof typeof publishReasons;
export type Reason = RequestReason | CaptureReason | ResponseReason | PublishReason;

/** Every reason with its sentence. */
export const reasons = Object.freeze({
  ...requestReasons,
  ...captureReasons,
  ...responseReasons,
  ...publishReasons,
});

export function isReason(text: string): text is Reason {
  return Object.hasOwn(reasons, text);
}

/** The sentence that explains a reason. */
export function explainReason(reason: Reason): string {
  return reasons[reason];
}

const renderFailures: ReadonlySet<Reason> = new Set([
  'render-failed',
  'not-reached',
  'incomplete',
  'fault',
  'closed',
  'voided',
]);

/** Whether a render came to nothing, rather than to an answer that says something of the page. */
export function isRenderFailure(reason: Reason): boolean {
  return renderFailures.has(reason);
}

/** Why a response is not stored, with what exactly was in the way. */
export interface Refusal {
  readonly reason: Reason;
  /** The header, its value, or the caller's own words. */
  readonly detail?: string;
}

export function refuse(reason: Reason, detail?: string): Refusal {
  return detail === undefined ? { reason } : { reason, detail };
}

/** Makes the text of each reason once: one that is put together for every request is slow to look up, and to send. */
export function textOfReason(make: (reason: Reason) => string): (reason: Reason) => string {
  const texts = new Map<Reason, string>();
  return (reason) => {
    const known = texts.get(reason);
    if (known !== undefined) return known;
    const text = make(reason);
    texts.set(reason, text);
    return text;
  };
}
