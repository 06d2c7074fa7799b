import type { StoredPage } from '../../ledger/ledger.js';

/** A stored page as programs read it. */
export interface PageDocument {
  readonly path: string;
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
  const { path, host, file, bytes, hash, storedAt, expiresAt, servedBy, tags } = page;
  const expires = expiresAt === undefined ? null : timestamp(expiresAt);
  return { path, host, file, bytes, hash, storedAt: timestamp(storedAt), expiresAt: expires, servedBy, tags };
}

/** A time in ISO 8601. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
