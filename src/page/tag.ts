import { StaticGeneratorError } from '../errors.js';

const MAX_TAG_LENGTH = 512;

/** Reads a tag: any non-empty text of at most 512 characters without control characters. Throws `ERR_BAD_TAG`. */
export function parseTag(written: unknown): string {
  if (
    typeof written === 'string' &&
    written !== '' &&
    written.length <= MAX_TAG_LENGTH &&
    !/\p{Cc}/u.test(written)
  ) {
    return written;
  }
  const text = typeof written === 'object' ? Object.prototype.toString.call(written) : String(written);
  const shown = typeof written === 'string' ? JSON.stringify(written) : text;
  throw new StaticGeneratorError(
    'ERR_BAD_TAG',
    `Expected a tag to be a non-empty string of at most ${MAX_TAG_LENGTH} characters without control characters, got ${shown} (${typeof written})`,
    { fields: { tag: written } },
  );
}
