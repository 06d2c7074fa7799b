import { hash } from 'node:crypto';

/** Returns the SHA-256 in base64url: the identity of a page's bytes, or of a text. */
export function contentHash(body: Uint8Array | string): string {
  return hash('sha256', body, 'base64url');
}

/**
 * Returns the mtime of a page's files. nginx makes its ETag from mtime and length, so a time that is derived from the
 * hash makes that ETag identify the bytes: it is the same on every host, and after a render that made the same bytes
 * again. It has 31 bits, which every file system can hold.
 */
export function modifiedSecondsOf(hash: string): number {
  return Buffer.from(hash, 'base64url').readUInt32BE(0) >>> 1;
}

/** Returns the strong validator of a file, as nginx writes it. */
export function entityTag(modifiedSeconds: number, size: number): string {
  return `"${modifiedSeconds.toString(16)}-${size.toString(16)}"`;
}
