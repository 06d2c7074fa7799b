import type { StoredPage } from '../../ledger/ledger.js';
import { urlOf } from '../../page/layout.js';
import { valuesOfVariant } from '../../page/variants/variant.js';

/** A stored page, for programs. */
export interface PageDocument {
  /** The path with its query. */
  readonly path: string;
  /** The values of this variant of the page. Absent if the page has no variants. */
  readonly variant?: Readonly<Record<string, string>>;
  /** The host of the page; empty unless the site has several hosts. */
  readonly host: string;
  /** The path of the file, relative to WEB_ROOT. */
  readonly file: string;
  /** Bytes of the body without a content coding. */
  readonly bytes: number;
  /** SHA-256 of these bytes, in base64url. */
  readonly hash: string;
  readonly storedAt: string;
  /** `null` if the page does not expire. */
  readonly expiresAt: string | null;
  readonly servedBy: 'nginx' | 'node';
  readonly tags: readonly string[];
}

export function pageDocument(page: StoredPage): PageDocument {
  const { host, file, bytes, hash, storedAt, expiresAt, servedBy, tags } = page;
  const expires = expiresAt === undefined ? null : timestamp(expiresAt);
  const times = { storedAt: timestamp(storedAt), expiresAt: expires };
  return { ...nameOfPage(page.path), host, file, bytes, hash, ...times, servedBy, tags };
}

/** Returns the URL and the variant of a page, for programs. */
function nameOfPage(path: string): Pick<PageDocument, 'path' | 'variant'> {
  const url = urlOf(path);
  const variant = path.slice(url.length + 1);
  return { path: url, ...(variant !== '' && { variant: valuesOfVariant(variant) }) };
}

/** Formats a time in ISO 8601. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
