import { hash } from 'node:crypto';
import { posix } from 'node:path';

const DIGEST_LENGTH = 12;

/**
 * Names that `collect` makes: twelve hexadecimal digits before the last extension. A letter and a digit are among them,
 * so that a date is none. A file of the site that is named so by chance is told by its time.
 */
export const digestedName = /\.(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12}(?:\.[^./]*)?$/;

/** What identifies bytes in a name. */
export function digestOf(...parts: readonly string[]): string {
  const digits = hash('sha256', parts.join(''), 'hex');
  // One in three hundred has digits only; its neighbour, a place on, does as well.
  for (let start = 0; start + DIGEST_LENGTH <= digits.length; start += 1) {
    const digest = digits.slice(start, start + DIGEST_LENGTH);
    if (/[a-f]/.test(digest) && /[0-9]/.test(digest)) return digest;
  }
  return digits.slice(0, DIGEST_LENGTH);
}

/** The longest name that has room for the suffix of a coding on file systems of 255 bytes a name. */
export const MAX_CODED_NAME_BYTES = 255 - '.zst'.length;

/**
 * Puts a digest before the last extension: `css/site.css` becomes `css/site.3f0c12ab45de.css`. What makes a name too long is
 * cut from before the digest, and of an extension that is too long itself, from that.
 */
export function digestPath(logicalPath: string, digest: string): string {
  const written = posix.extname(logicalPath);
  const extension = cut(written, MAX_CODED_NAME_BYTES / 2);
  const folderEnd = logicalPath.lastIndexOf('/') + 1;
  const stem = logicalPath.slice(folderEnd, logicalPath.length - written.length);
  const room = MAX_CODED_NAME_BYTES - Buffer.byteLength(`.${digest}${extension}`);
  return `${logicalPath.slice(0, folderEnd)}${cut(stem, room)}.${digest}${extension}`;
}

/** The plain name that a digested one was made of, or undefined: it is none. */
export function withoutDigest(path: string): string | undefined {
  return digestedName.test(path) ? path.replace(/\.[0-9a-f]{12}(?=(?:\.[^./]*)?$)/, '') : undefined;
}

/** As much of a text as is no longer than so many bytes, in whole characters. */
function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > maxBytes) break;
    kept += character;
  }
  return kept;
}
