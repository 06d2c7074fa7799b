import { hash } from 'node:crypto';

/** SHA-256 in base64url: the identity of a page's bytes, or of a text. */
export function contentHash(body: Uint8Array | string): string {
  return hash('sha256', body, 'base64url');
}

/**
 * The mtime that a page's files get. nginx makes its ETag of mtime and length, so a time taken from the hash makes that
 * ETag identify the bytes: the same on every host and after a render that made the same bytes again. 31 bits, which
 * every file system can hold.
 */
export function modifiedSecondsOf(hash: string): number {
  return Buffer.from(hash, 'base64url').readUInt32BE(0) >>> 1;
}

/** The strong validator of a file, as nginx writes it. */
export function entityTag(modifiedSeconds: number, size: number): string {
  return `"${modifiedSeconds.toString(16)}-${size.toString(16)}"`;
}
