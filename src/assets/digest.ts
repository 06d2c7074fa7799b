import { hash } from 'node:crypto';
import { posix } from 'node:path';

const DIGEST_LENGTH = 12;

/**
 * Names that `collect` makes: twelve hexadecimal digits before the last extension. They include a letter and a digit,
 * so a date does not match. If a file of the site has such a name by chance, its mtime says so.
 */
export const digestedName = /\.(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12}(?:\.[^./]*)?$/;

/** Returns what identifies bytes in a name. */
export function digestOf(...parts: readonly string[]): string {
  const digits = hash('sha256', parts.join(''), 'hex');
  // One in three hundred has only digits. Then the twelve characters one place further on serve as well.
  for (let start = 0; start + DIGEST_LENGTH <= digits.length; start += 1) {
    const digest = digits.slice(start, start + DIGEST_LENGTH);
    if (/[a-f]/.test(digest) && /[0-9]/.test(digest)) return digest;
  }
  return digits.slice(0, DIGEST_LENGTH);
}

/** The longest name to which the suffix of a coding can be added on file systems that allow 255 bytes a name. */
export const MAX_CODED_NAME_BYTES = 255 - '.zst'.length;

/**
 * Puts a digest before the last extension: `css/site.css` becomes `css/site.3f0c12ab45de.css`. If the name would be too
 * long, the part before the digest is cut. An extension that is itself too long is also cut.
 */
export function digestPath(logicalPath: string, digest: string): string {
  const written = posix.extname(logicalPath);
  const extension = cut(written, MAX_CODED_NAME_BYTES / 2);
  const folderEnd = logicalPath.lastIndexOf('/') + 1;
  const stem = logicalPath.slice(folderEnd, logicalPath.length - written.length);
  const room = MAX_CODED_NAME_BYTES - Buffer.byteLength(`.${digest}${extension}`);
  return `${logicalPath.slice(0, folderEnd)}${cut(stem, room)}.${digest}${extension}`;
}

/** Returns the plain name that a digested name was made from; `undefined` if the name is not digested. */
export function withoutDigest(path: string): string | undefined {
  return digestedName.test(path) ? path.replace(/\.[0-9a-f]{12}(?=(?:\.[^./]*)?$)/, '') : undefined;
}

/** Returns as many whole characters of a text as fit into `maxBytes`. */
function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > maxBytes) break;
    kept += character;
  }
  return kept;
}
