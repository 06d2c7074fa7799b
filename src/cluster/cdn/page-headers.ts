import type { OptionReader } from '../../option-reader.js';
import type { DeclaredHeaders } from '../../page/response/headers.js';
import { isHarmlessVary } from '../../page/response/rules.js';
import type { ResolvedCdn } from './options.js';

/** Reads the headers that every page has: those of the site, and those that are only for its CDN. */
export function readPageHeaders(
  read: OptionReader,
  bypassHeaders: readonly string[],
  cdn: ResolvedCdn | undefined,
): DeclaredHeaders {
  const headers = read.headers('headers');
  const vary = headers.get('vary');
  if (vary !== undefined && !isHarmlessVary(vary.value, bypassHeaders))
    read.refuse(`headers.${vary.name}`, 'names of headers in `bypassHeaders`', vary.value);
  for (const [name, { value }] of cdn?.headers ?? [])
    if (headers.has(name)) read.refuse(`headers.${name}`, 'declared once, in `cdn` or here', value);
  return new Map([...headers, ...(cdn?.headers ?? [])]);
}

/** Reports a problem if `cdn` is given without `hosts`: a CDN knows a page by its URL, and a URL has a host. */
export function expectHosts(
  read: OptionReader,
  hosts: readonly string[],
  cdn: ResolvedCdn | undefined,
): void {
  if (cdn === undefined || hosts.length > 0) return;
  read.refuse('hosts', 'the host names that visitors use, by which the pages are purged at the CDN', hosts);
}
