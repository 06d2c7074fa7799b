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

/** Puts a digest before the last extension: `css/site.css` becomes `css/site.3f0c12ab45de.css`. */
export function digestPath(logicalPath: string, digest: string): string {
  const extension = posix.extname(logicalPath);
  return `${logicalPath.slice(0, logicalPath.length - extension.length)}.${digest}${extension}`;
}
