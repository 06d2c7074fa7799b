/** Header names in lower case, values as they were set. */
export type HeaderValues = Readonly<Record<string, number | string | readonly string[] | undefined>>;

/** The constant headers that the site declares: written as the site spells them, looked up by lower-case name. */
export type DeclaredHeaders = ReadonlyMap<string, { readonly name: string; readonly value: string }>;

/** A header as it is replayed: several values are several lines. */
export type HeaderLine = readonly [name: string, value: string | readonly string[]];

/**
 * Headers that concern one connection or are created for every response (RFC 9110 §7.6.1, §8.6, §8.8; RFC 9211).
 * Content-Encoding and Vary have rules of their own.
 */
const recomputed: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'date'],
  ...['content-length', 'etag', 'last-modified', 'x-powered-by', 'cache-status', 'content-encoding', 'vary'],
]);

/**
 * Headers about the one request that was answered: how many more its visitor may make, how long it took, its name in
 * logs. A hit was not counted and took no time, so it has none of these. If a site declares one, its pages have it.
 */
const ofOneRequest =
  /^(?:x-)?rate-?limit(?:-.*)?$|^(?:x-(?:response-time|runtime|request-id|correlation-id|trace-id)|request-id|server-timing|trace(?:response|parent))$/;

/** The Cache-Control of hits and misses if the site sets none: quickDelete reaches no browser and no CDN. */
export const DEFAULT_CACHE_CONTROL = 'no-cache';

/** The Cache-Control of responses for one visitor: no cache keeps them. */
export const PERSONAL_CACHE_CONTROL = 'private, no-store';
/** Headers that caches follow instead of `Cache-Control`. */
const forCaches = /^(?:surrogate-control|edge-control|(?:[a-z]+-)*cdn-cache-control|x-accel-expires)$/;
const aboutKeeping: ReadonlySet<string> = new Set([
  ...['cache-control', 'expires', 'pragma', 'age', 'etag', 'last-modified', 'accept-ranges'],
]);

/** Whether a header, its name in lower case, is only for caches. */
export function isForCaches(name: string): boolean {
  return forCaches.test(name);
}

/** Whether a header (in lower case) says how long a response may be kept, or its version: wrong for a personal one. */
export function isAboutKeeping(name: string): boolean {
  return aboutKeeping.has(name) || isForCaches(name) || isDigest(name);
}

/** Returns the headers of a page that has parts for one visitor: none allows caches to keep it, or gives its length. */
export function personalHeaders(lines: readonly HeaderLine[]): readonly HeaderLine[] {
  const kept = lines.filter(([given]) => {
    const name = given.toLowerCase();
    return !isAboutKeeping(name) && name !== 'content-length';
  });
  return [['Cache-Control', PERSONAL_CACHE_CONTROL], ...kept];
}

const headerNamePattern = /^[\w!#$%&'*+.^`|~-]+$/;
/** Visible text in one line; a `$` would be a variable in nginx. */
const headerValuePattern = /^[\x20-\x23\x25-\x7e]*$/;
/** What the response itself decides; a constant would contradict it. */
const undeclarable: ReadonlySet<string> = new Set([
  ...['content-type', 'content-length', 'content-encoding', 'content-range', 'etag', 'last-modified'],
  ...['connection', 'keep-alive', 'transfer-encoding', 'trailer', 'upgrade', 'set-cookie', 'cache-status'],
  ...['date', 'age', 'expires'],
]);

/** Whether a site may declare a header of this name. */
export function isDeclarable(name: string): boolean {
  return headerNamePattern.test(name) && !undeclarable.has(name.toLowerCase());
}

/** Whether a text may be the constant value of a header. */
export function isDeclarableValue(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && value === value.trim() && headerValuePattern.test(value)
  );
}

/** Returns the text of a header; several lines of one name are one list (RFC 9110 §5.3). */
export function headerText(headers: HeaderValues, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : value.join(', ');
}

/** Returns the names in a Vary, except Accept-Encoding: every page varies by that. */
export function variedNames(vary: string): readonly string[] {
  const names = vary.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '' && name.toLowerCase() !== 'accept-encoding');
}

/** Whether a header is created for every response, hit or miss; the name is in lower case. */
export function isRecomputed(name: string): boolean {
  return recomputed.has(name);
}

/** Whether a header, its name in lower case, is about the one request that was answered. */
export function isOfOneRequest(name: string): boolean {
  return ofOneRequest.test(name);
}

/** Headers with a checksum of the bytes as coded for sending (RFC 9530 §2, §3; RFC 3230; RFC 2616 §14.15). */
const digests: ReadonlySet<string> = new Set(['content-digest', 'repr-digest', 'digest', 'content-md5']);

/** Whether a header has a checksum of the bytes, which is wrong for any coding except the app's. */
export function isDigest(name: string): boolean {
  return digests.has(name);
}

/** Whether the bytes must be sent in the app's coding only (RFC 9111 §5.2.2.6), or have a checksum. */
export function forbidsTransforming(headers: readonly HeaderLine[]): boolean {
  return headers.some(
    ([name, value]) =>
      isDigest(name) || (name === 'cache-control' && /\bno-transform\b/i.test(String(value))),
  );
}

/** Returns the end-to-end headers of a response, as Node replays them: without those that Connection names. */
export function replayedHeaders(headers: HeaderValues, declared: DeclaredHeaders): readonly HeaderLine[] {
  const forConnection = (headerText(headers, 'connection') ?? '').toLowerCase().split(/[\s,]+/);
  return Object.entries(headers).flatMap(([name, value]): HeaderLine[] => {
    if (recomputed.has(name) || value === undefined || forConnection.includes(name)) return [];
    if (isOfOneRequest(name) && !declared.has(name)) return [];
    return [[name, typeof value === 'number' ? String(value) : value]];
  });
}

/**
 * Returns the headers that nginx would not repeat as they are, or would add although the response lacks them. If there
 * are none, the page may be where nginx finds it. Content-Type has been judged before.
 */
export function differingHeaders(headers: HeaderValues, declared: DeclaredHeaders): readonly string[] {
  const differing = replayedHeaders(headers, declared)
    .map(([name]) => name)
    .filter((name) => name !== 'content-type' && headerText(headers, name) !== declared.get(name)?.value);
  // Vary has a rule of its own.
  const lacking = [...declared.keys()].filter((name) => headers[name] === undefined && name !== 'vary');
  return [...differing, ...lacking];
}
