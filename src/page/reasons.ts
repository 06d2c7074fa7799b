/**
 * Why a request was not answered from a page, or a response did not become one. The codes are stable: they appear in
 * `Cache-Status` (`detail`), in the log and in reports.
 */
export const requestReasons = Object.freeze({
  method: 'only GET and HEAD requests are answered from pages',
  'not-canonical': 'the request target is not the canonical spelling of a page path',
  'no-rule': 'no pattern in `urls` matches the path',
  excluded: 'a pattern in `excludeUrls` matches the path, or the path is an island',
  query: 'the query string has a parameter that is neither in `ignoreQuery` nor in the `query` of the rule',
  host: 'the Host header names no host of this site (option `hosts`, or `--server-name` of the server in front)',
  'request-header': 'the request has Authorization, Range, Upgrade, If-Match, If-Unmodified-Since or a body',
  'bypass-header': 'the request has a header that is in `bypassHeaders`',
  scheme: 'the request uses a different scheme than the option `scheme`',
  cookie:
    'the request has a cookie that is in `bypassCookies`, or that the app was seen to set with HttpOnly',
  'no-term': 'this host has lost contact with the others, so its pages may be stale (option `cluster`)',
} as const);

/** Why a request that may be answered from a page may not create one. */
export const captureReasons = Object.freeze({
  head: 'a response to HEAD has no body to store',
  'http-version': 'the response to an HTTP/1.0 request may lack what only HTTP/1.1 has, such as trailers',
  'host-spelling': 'the Host header has capital letters, which the response may repeat',
  'no-store': 'the request has Cache-Control: no-store',
  'cookie-present': 'the request has a cookie that is not in `ignoreCookies`',
  audience: 'the stored page is for requests with another scheme or another Accept',
  'ignored-query': 'the request has parameters of `ignoreQuery`, which the response may repeat',
  'query-spelling':
    'the query string has a different order or spelling than the canonical one, which `why` shows',
  'asked-rarely': 'the page has not yet had as many requests as `storeAfter` of its rule requires',
  'refused-before':
    'the page was refused eight times in a row, so only one render in eight, or one in a second, is inspected',
} as const);

export const responseReasons = Object.freeze({
  status: 'the status is not 200',
  'set-cookie': 'the response sets a cookie',
  'cache-control': 'Cache-Control forbids storing, or does not allow it',
  expires: 'Expires is past or invalid, or Date is in the future',
  pragma: 'the response has Pragma: no-cache and no Cache-Control',
  age: 'the response comes from another cache (Age)',
  vary: 'Vary names other headers than Accept-Encoding and those in `bypassHeaders`',
  'reads-header':
    'the app read a request header that the page may depend on (options `ignoreHeaders`, `bypassHeaders`)',
  variant:
    'the app asked for a variant that the rule of the page does not name, or did not ask for one that it names (`variant()`)',
  'echoes-request': 'the response contains a value that came with the request',
  contradicts: 'another visitor got a cookie, a redirect or an error for this URL, and the cause is unknown',
  case: 'the app ignores case, and another spelling of the path is also a page, or is excluded',
  'content-type': 'Content-Type is missing, or is not the type of a whole page',
  'content-encoding': 'the body cannot be decompressed',
  'content-range': 'the response is only a part (Content-Range)',
  trailer: 'the response has trailers',
  'csp-nonce': 'the Content-Security-Policy has a nonce',
  'body-marker': 'the body contains a text of `bodyMarkers`',
  include:
    'the islands of the page cannot be included: the body has `<!--#`, an island of another render, more than 20 islands, or is not HTML in UTF-8',
  'content-length': 'Content-Length disagrees with the body',
  incomplete: 'the client left, or the source of the body failed, before the end',
  'too-large': 'the body is larger than `maxBodyBytes`',
  'no-room': 'there is no room for the page (options `maxPages`, `maxBytes`, `minFreeBytes`)',
  skipped: 'the app called skip() during the render',
  'bad-tag':
    'tag() got a value that cannot be a tag: empty, longer than 512 characters, with control characters or half a character, or not a string',
  voided: 'the page was invalidated during the render',
  'context-lost': 'another request may have read the data of this page, so its dependencies are unknown',
  'changes-itself': 'the render changed data that the page shows (option `ignore` of the tracking)',
  closed: 'close() was called before the response ended',
  fault: 'the page could not be written; the log has the cause',
} as const);

/** Why a page that was to be published was not rendered completely. */
export const publishReasons = Object.freeze({
  'not-reached': 'the request did not reach the middleware: something mounted before it answered',
  'render-failed': 'the app closed the connection, threw an error, or took too long',
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

/** Returns the sentence that explains a reason. */
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

/** Whether a render failed, rather than got an answer that says something about the page. */
export function isRenderFailure(reason: Reason): boolean {
  return renderFailures.has(reason);
}

/** Why a response is not stored, and what exactly prevented it. */
export interface Refusal {
  readonly reason: Reason;
  /** The header, its value, or the caller's own words. */
  readonly detail?: string;
}

export function refuse(reason: Reason, detail?: string): Refusal {
  return detail === undefined ? { reason } : { reason, detail };
}

/** Makes the text of each reason once: a text that is composed for every request is slow to look up, and to send. */
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
