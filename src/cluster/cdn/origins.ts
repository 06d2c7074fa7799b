import type { Purge } from '../../ledger/ledger.js';
import type { Scheme } from '../../page/request/audience.js';

/** What says by which URLs visitors know a page. */
export interface Origins {
  readonly hosts: readonly string[];
  readonly scheme: Scheme | undefined;
}

const BOTH = ['https', 'http'] as const;

/** Every URL that a page has: on its host or, where it is not said which, on each, by the schemes of the site. */
export function urlsOf(
  { host, path }: Extract<Purge, { kind: 'page' }>,
  { hosts, scheme }: Origins,
): readonly string[] {
  const schemes = scheme === undefined ? BOTH : [scheme];
  const named = host === '' ? hosts : [host];
  return named.flatMap((name) => schemes.map((one) => `${one}://${name}${path}`));
}

/** A URL without its scheme. */
export interface Address {
  readonly host: string;
  /** As it was written: no character of it is escaped otherwise. */
  readonly path: string;
}

/** URLs as those caches know them that have no schemes: each once. */
export function addressesOf(urls: readonly string[]): readonly Address[] {
  const addresses = urls.map((url) => url.slice(url.indexOf('://') + 3));
  return [...new Set(addresses)].map((address) => {
    const slash = address.indexOf('/');
    return { host: address.slice(0, slash), path: address.slice(slash) };
  });
}
