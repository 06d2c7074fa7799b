import type { Purge } from '../../ledger/ledger.js';
import type { Scheme } from '../../page/request/audience.js';

/** The hosts and the scheme by which visitors reach the pages. */
export interface Origins {
  readonly hosts: readonly string[];
  readonly scheme: Scheme | undefined;
}

const BOTH = ['https', 'http'] as const;

/** Returns every URL of a page: on its host, or on every host if the purge names none, with the schemes of the site. */
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
  /** The path as it was written, with its escaping unchanged. */
  readonly path: string;
}

/** Returns URLs without their schemes, each once, for caches that know no schemes. */
export function addressesOf(urls: readonly string[]): readonly Address[] {
  const addresses = urls.map((url) => url.slice(url.indexOf('://') + 3));
  return [...new Set(addresses)].map((address) => {
    const slash = address.indexOf('/');
    return { host: address.slice(0, slash), path: address.slice(slash) };
  });
}
