import type { StoredPage } from '../../ledger/ledger.js';
import { urlOf } from '../../page/layout.js';
import { valuesOfVariant } from '../../page/variants/variant.js';

/** A stored page as programs read it. */
export interface PageDocument {
  /** With its query. */
  readonly path: string;
  /** The values that tell it from the other pages of this path. Absent: there are no others. */
  readonly variant?: Readonly<Record<string, string>>;
  /** Empty unless the site has several. */
  readonly host: string;
  /** Relative to WEB_ROOT. */
  readonly file: string;
  /** Of the body without a content coding. */
  readonly bytes: number;
  /** SHA-256 of these bytes, in base64url. */
  readonly hash: string;
  readonly storedAt: string;
  /** Null: it does not expire. */
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

/** A page by its URL and its variant, as programs read it. */
function nameOfPage(path: string): Pick<PageDocument, 'path' | 'variant'> {
  const url = urlOf(path);
  const variant = path.slice(url.length + 1);
  return { path: url, ...(variant !== '' && { variant: valuesOfVariant(variant) }) };
}

/** A time in ISO 8601. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
