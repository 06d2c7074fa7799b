import type { IncomingMessage } from 'node:http';

/** What a request to the dashboard asks for. */
export interface DashboardTarget {
  /** The name below the mount, without the first slash; empty for the main page. */
  readonly name: string;
  readonly query: URLSearchParams;
  /**
   * Where to redirect a URL of the mount without a slash at its end: the links of the page would
   * lead elsewhere from there.
   */
  readonly redirect: string | undefined;
}

export function targetOf(request: IncomingMessage & { readonly originalUrl?: unknown }): DashboardTarget {
  const { url = '/', originalUrl } = request;
  const [path, search] = split(url);
  const [asked] = split(typeof originalUrl === 'string' ? originalUrl : url);
  const isBare = path === '/' && !asked.endsWith('/');
  return {
    name: path.slice(1),
    query: new URLSearchParams(search),
    redirect: isBare ? `./${asked.slice(asked.lastIndexOf('/') + 1)}/${search}` : undefined,
  };
}

/** Splits a target into path and query. The target may be in absolute form. */
function split(url: string): readonly [path: string, search: string] {
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/#.*$/s, '');
  const queryStart = target.indexOf('?');
  return queryStart === -1
    ? [target || '/', '']
    : [target.slice(0, queryStart) || '/', target.slice(queryStart)];
}
