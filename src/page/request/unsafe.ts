import { canonicalPath, parsePagePath } from '../layout.js';
import { type HeaderValues, headerText } from '../response/headers.js';
import type { Rules } from '../rules.js';
import type { Selector } from '../selector.js';
import type { RequestView } from './gate.js';

/** Methods that change nothing (RFC 9110 §9.2.1); any other one may. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT']);

export function isUnsafe(method: string): boolean {
  return !safeMethods.has(method);
}

/**
 * The pages that an answered unsafe request has made out of date: its own URL, and those in Location and
 * Content-Location on the same host (RFC 9111 §4.4). Only what a rule makes a page; the query is dropped.
 */
export function outdatedBy(
  request: Pick<RequestView, 'target' | 'headers'>,
  status: number,
  headers: HeaderValues,
  rules: Rules,
): readonly Selector[] {
  if (status < 200 || status >= 400) return [];
  const base = baseUrl(request);
  const urls = [base.pathname, headerText(headers, 'location'), headerText(headers, 'content-location')];
  const paths = urls.flatMap((url) => pathOnHost(url, base));
  return [...new Set(paths)].filter((path) => isPage(path, rules)).map((value) => ({ kind: 'path', value }));
}

function isPage(path: string, rules: Rules): boolean {
  const page = parsePagePath(path);
  return page !== undefined && rules.match(page.decoded) === 'page';
}

/** The app has answered, whatever the host: one that is no name, or another one in the absolute form, is no excuse. */
function baseUrl({ target, headers }: Pick<RequestView, 'target' | 'headers'>): URL {
  const origin = `http://${String(headers.host ?? '')}`;
  const root = URL.canParse(origin) ? new URL(origin).origin : 'http://localhost';
  const path = URL.canParse(target) ? new URL(target).pathname : target;
  return new URL(`${root}${path.startsWith('/') ? path : '/'}`);
}

/** The path of a reference, if it is on the host of the request; the scheme may be TLS's, ended by a proxy. */
function pathOnHost(reference: string | undefined, base: URL): readonly string[] {
  if (reference === undefined || !URL.canParse(reference, base.href)) return [];
  const url = new URL(reference, base);
  const path = url.hostname === base.hostname ? canonicalPath(url.pathname) : undefined;
  return path === undefined ? [] : [path];
}
