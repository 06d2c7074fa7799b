import { type Refusal, refuse } from './reasons.js';

/** Header names in lower case, values as they were set. */
export type HeaderValues = Readonly<Record<string, number | string | readonly string[] | undefined>>;

/** The site's declared constant headers: written as the site spells them, looked up by lower-case name. */
export type DeclaredHeaders = ReadonlyMap<string, { readonly name: string; readonly value: string }>;

/**
 * Headers that are about one connection or are made anew for every answer (RFC 9110 §7.6.1, §8.6, §8.8; RFC 9211);
 * Content-Type, Content-Encoding and Vary have rules of their own.
 */
const recomputed: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'date'],
  ...['content-length', 'etag', 'last-modified', 'x-powered-by', 'cache-status'],
  ...['content-type', 'content-encoding', 'vary'],
]);

/** What hits and misses carry where the site says nothing: no browser or CDN can be reached by quickDelete. */
export const DEFAULT_CACHE_CONTROL = 'no-cache';

/** The text of a header; several lines of one name are one list (RFC 9110 §5.3). */
export function headerText(headers: HeaderValues, name: string): string | undefined {
  const value = headers[name];
  return value === undefined || typeof value === 'string'
    ? value
    : typeof value === 'number'
      ? String(value)
      : value.join(', ');
}

/** A page lies where nginx serves it, so its response may have no header but those that nginx repeats, each equal. */
export function refuseHeaders(headers: HeaderValues, declared: DeclaredHeaders): Refusal | undefined {
  for (const name of Object.keys(headers)) {
    if (recomputed.has(name) || headers[name] === undefined) continue;
    const text = headerText(headers, name);
    if (text !== declared.get(name)?.value) return refuse('header', `${name}: ${text}`);
  }
  for (const [name, { value }] of declared) {
    if (headers[name] === undefined)
      return refuse('header', `${name}: ${value} is declared, but the response lacks it`);
  }
  return undefined;
}
