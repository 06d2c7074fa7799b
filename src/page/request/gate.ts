import { type PagePath, parsePagePath, withVariant } from '../layout.js';
import type { CaptureReason, RequestReason } from '../reasons.js';
import type { Rules } from '../rules.js';
import { compilePersonalOf } from '../variants/personal.js';
import type { RuleVariants } from '../variants/rule-variants.js';
import { askerOf, isNavigation, type Scheme } from './audience.js';
import { unanswerableHeaders } from './bypass-headers.js';
import { type CookieLists, compileOnlyCookies, compilePersonal } from './cookies.js';
import { type AskedByQuery, compileQueryJudge } from './query.js';

/** What the gate looks at; a `node:http` request fits. */
export interface RequestView {
  readonly method: string;
  /** The version of HTTP: `1.1`. */
  readonly httpVersion: string;
  /** The request target as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whether the connection comes from this machine, so that its voucher is nginx's and not a stranger's. */
  readonly local: boolean;
  /** The port that the connection came to; undefined on a Unix socket. */
  readonly localPort: number | undefined;
  /** Whether the connection is encrypted. Default: it is not. */
  readonly isEncrypted?: boolean;
}

/** What decides about requests: one definition for the code and for the generated configuration. */
export interface GateOptions extends CookieLists {
  readonly rules: Rules;
  readonly hosts: readonly string[];
  readonly ignoreQuery: readonly string[];
  /** All headers that bypass, in lower case: see `bypassHeadersOf`. */
  readonly bypassHeaders: readonly string[];
  /** The one scheme whose requests are answered from pages; `undefined` if either. */
  readonly scheme?: Scheme | undefined;
  /** Whether a Cookie header has a name that was learned: see `withLearned`. Default: none was. */
  readonly isLearned?: (cookies: string) => boolean;
  /** The fingerprint of the nginx that would be generated now. Without it, nothing vouches for a port. */
  readonly fingerprint?: (() => string) | undefined;
}

export interface PageRequest {
  readonly outcome: 'page';
  readonly page: PagePath;
  /** The folder of the page's host: empty unless the site has several. */
  readonly host: string;
  /** Why this request may use a page but not create one. Judged when it is first read, because a hit creates none. */
  readonly captureRefusal: CaptureReason | undefined;
  /** Whether the app must render it without what distinguishes visitors. */
  readonly isForNobody: boolean;
  /** The variants of the page; `undefined` if it has none. */
  readonly variants: RuleVariants | undefined;
}

export interface Bypass {
  readonly outcome: 'bypass';
  readonly reason: RequestReason;
  /** The variants of the page at this URL, which other requests get. Default: none. */
  readonly variants?: RuleVariants | undefined;
}

export type GateDecision = PageRequest | Bypass;

export type RequestGate = (request: RequestView) => GateDecision;

/**
 * The header in which the generated nginx sends its fingerprint, and so vouches for the host that it has checked. nginx
 * overwrites what a client sends.
 */
export const VOUCHER_HEADER = 'x-staticgenerator';
/** The value that nginx sends for a host that is not the site's. */
export const UNVOUCHED = 'unvouched';

/** The answer to such a request must not be stored, but a stored page may answer it (RFC 9111 §5.2.1.5). */
const NO_STORE = /(?:^|[,;\s])no-store(?:[,;=\s]|$)/i;

const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

export function compileRequestGate(options: GateOptions): RequestGate {
  const bypassCookie = compilePersonal(options);
  const isPersonal = compilePersonalOf(options);
  const cookieTests = { bypassCookie, onlyIgnoredCookies: compileOnlyCookies(options.ignoreCookies) };
  const judgeHeaders = compileHeaderTest(options.bypassHeaders);
  const judgeQuery = compileQueryJudge(options);
  const folderOf = compileHosts(options);

  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return bypass('method');
    const asked = pageAskedFor(request.target, options.rules, judgeQuery);
    if ('reason' in asked) return asked;
    const { decoded } = asked.page;
    const variants = options.rules.variantsOf(decoded);
    const reason = judgeHeaders(request) ?? judgeScheme(request, options.scheme);
    if (reason !== undefined) return bypass(reason, variants);
    const isForNobody = options.rules.isForNobody(decoded);
    if (!isForNobody && isPersonal(one(request.headers.cookie), variants)) return bypass('cookie', variants);
    const host = folderOf(request);
    if (host === undefined) return bypass('host', variants);
    const page = variants ? withVariant(asked.page, variants.choose(request.headers)) : asked.page;
    return new JudgedRequest({ page, host, isForNobody, variants }, () =>
      refuseCapture(request, { ...cookieTests, variants }, asked.refusal),
    );
  };
}

/** Returns the page that a target asks for, with or without a query, or why there is none. */
function pageAskedFor(
  target: string,
  rules: Rules,
  judgeQuery: ReturnType<typeof compileQueryJudge>,
): AskedByQuery | Bypass {
  const queryStart = target.indexOf('?');
  const bare = parsePagePath(queryStart === -1 ? target : target.slice(0, queryStart));
  if (bare === undefined) return bypass('not-canonical');
  const rule = rules.match(bare.decoded);
  if (rule !== 'page') return bypass(rule);
  if (queryStart === -1) return { page: bare };
  return judgeQuery(bare, target.slice(queryStart)) ?? bypass('query', rules.variantsOf(bare.decoded));
}

class JudgedRequest implements PageRequest {
  readonly outcome = 'page';
  readonly page: PagePath;
  readonly host: string;
  readonly isForNobody: boolean;
  readonly variants: RuleVariants | undefined;
  #judge: (() => CaptureReason | undefined) | undefined;
  #captureRefusal: CaptureReason | undefined;

  constructor(
    { page, host, isForNobody, variants }: Pick<PageRequest, 'page' | 'host' | 'isForNobody' | 'variants'>,
    judge: () => CaptureReason | undefined,
  ) {
    this.page = page;
    this.host = host;
    this.isForNobody = isForNobody;
    this.variants = variants;
    this.#judge = judge;
  }

  get captureRefusal(): CaptureReason | undefined {
    if (this.#judge !== undefined) this.#captureRefusal = this.#judge();
    this.#judge = undefined;
    return this.#captureRefusal;
  }
}

/** Every request may have it. In `bypassHeaders`, it means an Accept that is not of a browser's visit to a page. */
const ACCEPT = 'accept';

/** Looks at each header that was sent: there are fewer of these than of headers that bypass. */
function compileHeaderTest(
  bypassHeaders: readonly string[],
): (request: RequestView) => RequestReason | undefined {
  const reasons = new Map<string, RequestReason>([
    ...bypassHeaders.map((name) => [name, 'bypass-header'] as const),
    ...unanswerableHeaders.map((name) => [name, 'request-header'] as const),
  ]);
  // Judged below, because every browser sends one.
  const judgesAccept = reasons.delete(ACCEPT);
  return ({ headers }) => {
    let found: RequestReason | undefined;
    for (const name in headers) {
      const reason = reasons.get(name);
      if (reason === undefined || !isPresent(headers[name])) continue;
      if (reason === 'request-header') return reason;
      found = reason;
    }
    return judgesAccept && !isNavigation(one(headers[ACCEPT])) ? 'bypass-header' : found;
  };
}

function judgeScheme(request: RequestView, scheme: Scheme | undefined): RequestReason | undefined {
  return scheme === undefined || askerOf(request).scheme === scheme ? undefined : 'scheme';
}

interface CookieTests {
  readonly bypassCookie: (header: string) => boolean;
  readonly onlyIgnoredCookies: (header: string) => boolean;
  readonly variants?: RuleVariants | undefined;
}

/** Capture is stricter than serve: what only readers of a page may send must not leave a trace in the page. */
function refuseCapture(
  { method, httpVersion, headers }: RequestView,
  tests: CookieTests,
  query: CaptureReason | undefined,
): CaptureReason | undefined {
  // Before the method: with `head`, the answer gets the headers of the GET, which only the page's own URL may have.
  if (query !== undefined) return query;
  if (method === 'HEAD') return 'head';
  if (httpVersion.startsWith('0.') || httpVersion === '1.0') return 'http-version';
  if (NO_STORE.test(one(headers['cache-control']))) return 'no-store';
  if (/[A-Z]/.test(one(headers.host))) return 'host-spelling';
  const sent = one(headers.cookie);
  const cookies = tests.variants?.otherCookies(sent) ?? sent;
  // The app may know this visitor, and would answer as if it did not: with a redirect to a login, or a new session.
  if (tests.bypassCookie(cookies) || !tests.onlyIgnoredCookies(cookies)) return 'cookie-present';
  return undefined;
}

/** Compiles the function from a request to the folder of its host; `undefined` if the host has no pages. */
function compileHosts({ hosts, fingerprint }: GateOptions): (request: RequestView) => string | undefined {
  if (hosts.length === 0) return (request) => (isOwnHost(request) ? '' : undefined);
  const known = new Set(hosts);
  return (request) => {
    // A host that nginx has judged not to be the site's has no pages, whatever its name.
    if (one(request.headers[VOUCHER_HEADER]) === UNVOUCHED) return undefined;
    const header = one(request.headers.host);
    const host = hostName(header);
    if (!known.has(host) || !isOwnPort(header.slice(host.length), request, fingerprint)) return undefined;
    return hosts.length > 1 ? host : '';
  };
}

/** Without `hosts`: whether nginx vouches for the host, or it is a loopback name that did not come through nginx. */
function isOwnHost(request: RequestView): boolean {
  const voucher = one(request.headers[VOUCHER_HEADER]);
  if (voucher !== '') return request.local && voucher !== UNVOUCHED;
  return LOOPBACK_HOST.test(one(request.headers.host));
}

/**
 * A page may repeat the port that was requested, so a made-up port must not create a page. Allowed are no port, the
 * port that the request came to, and one that nginx has judged. Another proxy on this machine may pass on a header that
 * a client has sent, so only the fingerprint of exactly these options vouches.
 */
function isOwnPort(port: string, request: RequestView, fingerprint: GateOptions['fingerprint']): boolean {
  if (port === '' || port === `:${request.localPort}`) return true;
  return request.local && fingerprint !== undefined && one(request.headers[VOUCHER_HEADER]) === fingerprint();
}

/** Returns the name in a Host header, without the port, in lower case. */
export function hostName(header: string): string {
  return header.toLowerCase().replace(/:\d*$/, '');
}

function isPresent(value: string | string[] | undefined): boolean {
  return value !== undefined && value.length > 0;
}

function one(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.join('; ') ?? '');
}

function bypass(reason: RequestReason, variants?: RuleVariants): Bypass {
  return variants === undefined ? { outcome: 'bypass', reason } : { outcome: 'bypass', reason, variants };
}
