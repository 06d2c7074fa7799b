import { type Asker, type Audience, isNavigation, PLAIN_NAVIGATION, type Scheme } from './audience.js';
import { compileBypassing } from './bypass-headers.js';
import { VOUCHER_HEADER } from './gate.js';
import { nameSource } from './name-source.js';

/** A header name, in which `*` stands for any characters. */
export const headerNamePattern = /^[\w!#$%&'*+.^`|~-]+$/;

/** Headers of tracing: they follow a request through the machines of a site, and no page depends on them. */
export const defaultIgnoreHeaders: readonly string[] = Object.freeze([
  ...['traceparent', 'tracestate', 'baggage', 'sentry-trace', 'x-request-id', 'x-correlation-id'],
  ...['x-b3-*', 'x-amzn-trace-id', 'x-cloud-trace-context'],
]);

type Header = string | string[] | undefined;

/** The headers of the request that a page is rendered for; names in lower case. */
export type RequestHeaders = Readonly<Record<string, Header>>;

/**
 * Headers that the app may look at, because the page does not depend on them: its key, what the gate has checked (only
 * cookies that no page depends on), how the response is coded and sent, and whether the client has it already.
 */
const harmless: ReadonlySet<string> = new Set([
  ...['host', 'cookie', VOUCHER_HEADER, 'accept-encoding', 'connection', 'keep-alive', 'te', 'expect'],
  ...['if-none-match', 'if-modified-since', 'if-range', 'cache-control', 'pragma'],
  // The visitor's address, which rate limits and logs read with every request. A page that shows it is not noticed here.
  ...['x-forwarded-for'],
]);

/**
 * The headers that a render for nobody has: its key, how the response is coded and sent, and whom rate limits count.
 * The response is searched for the address.
 */
const nobodys: ReadonlySet<string> = new Set([
  ...['host', VOUCHER_HEADER, 'accept-encoding', 'connection', 'keep-alive', 'x-forwarded-for'],
  ...['x-forwarded-host', 'x-forwarded-proto'],
]);

type ValueJudge = (value: string, headers: RequestHeaders) => boolean;

/** What proxies say about the request. A client may say it too, so only values that change nothing are harmless. */
const toldByProxies: ReadonlyMap<string, ValueJudge> = new Map<string, ValueJudge>([
  ['x-forwarded-host', (value, { host }) => value.toLowerCase() === String(host ?? '').toLowerCase()],
  ['x-forwarded-proto', (value) => value === 'http' || value === 'https'],
  ['x-forwarded-port', isImpliedPort],
  ['forwarded', () => false],
]);

/** Values that are harmless because pages are for an audience: see {@link compileAudience}. */
const harmlessValues: ReadonlyMap<string, ValueJudge> = new Map([...toldByProxies, ['accept', isNavigation]]);

/** Whether a port is the one that follows from the rest of the request. */
function isImpliedPort(value: string, { host, 'x-forwarded-proto': proto }: RequestHeaders): boolean {
  const named = /:(\d+)$/.exec(String(host ?? ''))?.[1];
  return value === (named ?? (proto === 'https' ? '443' : '80'));
}

/** Whether a render for nobody may see a header; the name is in lower case. */
export function isNobodys(name: string, headers: RequestHeaders): boolean {
  if (!nobodys.has(name)) return false;
  const judge = toldByProxies.get(name);
  return judge === undefined || judge(String(headers[name] ?? ''), headers);
}

export interface ReadOptions {
  /** All headers that bypass, in lower case. */
  readonly bypassHeaders: readonly string[];
  readonly ignoreHeaders: readonly string[];
}

/** Whether a page may be for everybody although the app has looked for a header (its name in lower case). */
export type ReadJudge = (name: string, headers: RequestHeaders) => boolean;

export function compileReadJudge({ bypassHeaders, ignoreHeaders }: ReadOptions): ReadJudge {
  const isBypassing = compileBypassing(bypassHeaders);
  const isIgnored = compileNames(ignoreHeaders);
  return (name, headers) => {
    if (harmless.has(name) || isIgnored(name)) return true;
    const value = headers[name];
    const isAbsent = value === undefined || value.length === 0;
    if (isAbsent) return isBypassing(name) || toldByProxies.has(name);
    return harmlessValues.get(name)?.(String(value), headers) === true;
  };
}

/** What the app has looked at in a request that created a page. */
export interface Looked {
  /** The names of headers, in lower case. */
  readonly names: readonly string[];
  /** Whether the response says that it varies by Accept. */
  readonly variesByAccept: boolean;
}

export interface AudienceOptions extends ReadOptions {
  /** The one scheme of the site's pages. */
  readonly scheme: Scheme | undefined;
}

/**
 * Decides whom a page is for, by what the app has looked at. What the gate checks is the same for all requests. If the
 * app has looked at nothing else, the page is for all requests that the gate lets through (`undefined`).
 */
export type AudienceJudge = (looked: Looked, asker: Asker) => Audience | undefined;

export function compileAudience({ bypassHeaders, ignoreHeaders, scheme }: AudienceOptions): AudienceJudge {
  const isIgnored = compileNames(ignoreHeaders);
  const gateJudgesAccept = bypassHeaders.includes('accept');
  return ({ names, variesByAccept }, asker) => {
    const looksAt = (...wanted: readonly string[]) =>
      wanted.some((name) => names.includes(name) && !isIgnored(name));
    const byAccept = variesByAccept || looksAt('accept');
    const byScheme = asker.isEncrypted || looksAt('x-forwarded-proto', 'x-forwarded-port');
    const isEverybodys = gateJudgesAccept && asker.accept === PLAIN_NAVIGATION;
    const audience = {
      ...(byAccept && !isEverybodys ? { accept: asker.accept } : {}),
      ...(byScheme && scheme === undefined ? { scheme: asker.scheme } : {}),
    };
    return Object.keys(audience).length === 0 ? undefined : audience;
  };
}

function compileNames(names: readonly string[]): (name: string) => boolean {
  const sources = names.map((name) => nameSource(name, '.'));
  const pattern = new RegExp(`^(?:${sources.join('|') || '(?!)'})$`, 'i');
  return (name) => pattern.test(name);
}
