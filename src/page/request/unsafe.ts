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
 * Returns the pages that an answered unsafe request has made out of date: that of its own URL, and those in Location
 * and Content-Location on the same host (RFC 9111 §4.4). Only paths that a rule makes pages; queries are dropped.
 */
export function outdatedBy(
  request: Pick<RequestView, 'target' | 'headers'>,
  status: number,
  headers: HeaderValues,
  rules: Rules,
): readonly Selector[] {
  if (status < 200 || status >= 400) return [];
  const references = ['location', 'content-location'].map((name) => headerText(headers, name));
  const paths = baseUrls(request).flatMap((base) =>
    [base.pathname, ...references].flatMap((url) => pathOnHost(url, base)),
  );
  return [...new Set(paths)].filter((path) => isPage(path, rules)).map((value) => ({ kind: 'path', value }));
}

function isPage(path: string, rules: Rules): boolean {
  const page = parsePagePath(path);
  return page !== undefined && rules.match(page.decoded) === 'page';
}

/** The app has answered, so any host will do: a Host that is not a name, or another host in the absolute form. */
function baseUrls({ target, headers }: Pick<RequestView, 'target' | 'headers'>): readonly URL[] {
  const origin = `http://${String(headers.host ?? '')}`;
  const root = URL.canParse(origin) ? new URL(origin).origin : 'http://localhost';
  return [...new Set(pathsOf(target))].map((path) => new URL(`${root}${path}`));
}

/**
 * Returns a path for each way to read a target in absolute form. In `http:///posts/1`, `posts` is the host by the URL
 * standard. Express, which reads it as Node's `url.parse` does, finds `/posts/1`.
 */
function pathsOf(target: string): readonly string[] {
  if (target.startsWith('/')) return [target];
  const byStandard = URL.canParse(target) ? new URL(target).pathname : '';
  // As `url.parse` reads it: the host may be empty.
  const [, byNode = ''] = /^[a-z0-9.+-]+:(?:\/\/[^/?#]*)?([^?#]*)/i.exec(target.replaceAll('\\', '/')) ?? [];
  const paths = [byStandard, byNode].filter((path) => path.startsWith('/'));
  return paths.length > 0 ? paths : ['/'];
}

/** Returns the path of a reference, if it is on the request's host. Schemes may differ: a proxy may terminate TLS. */
function pathOnHost(reference: string | undefined, base: URL): readonly string[] {
  if (reference === undefined || !URL.canParse(reference, base.href)) return [];
  const url = new URL(reference, base);
  const path = url.hostname === base.hostname ? canonicalPath(url.pathname) : undefined;
  return path === undefined ? [] : [path];
}
