import { StaticGeneratorError } from '../errors.js';

const MAX_TAG_LENGTH = 512;
/** The most characters of a bad tag that are shown: a visitor may have sent it. */
const MAX_SHOWN_LENGTH = 100;

/** Whether a value is a tag: a non-empty text of at most 512 whole characters, without control characters. */
export function isTag(written: unknown): written is string {
  return (
    typeof written === 'string' &&
    written !== '' &&
    written.length <= MAX_TAG_LENGTH &&
    !/[\p{Cc}\p{Cs}]/u.test(written)
  );
}

/** Returns a value that is a tag, see {@link isTag}. Throws `ERR_BAD_TAG`. */
export function parseTag(written: unknown): string {
  if (isTag(written)) return written;
  throw new StaticGeneratorError(
    'ERR_BAD_TAG',
    `Expected a tag to be a non-empty string of at most ${MAX_TAG_LENGTH} whole characters without control characters, got ${showBadTag(written)}`,
    { fields: { tag: written } },
  );
}

/** Returns the text of any value. An object may throw, whatever is done with it. */
function textOf(written: unknown): string {
  try {
    return typeof written === 'object' ? Object.prototype.toString.call(written) : String(written);
  } catch {
    return 'what cannot be shown';
  }
}

/** Describes a value that is no tag, for people: its beginning, and its type. */
export function showBadTag(written: unknown): string {
  const text = textOf(written);
  const beginning = text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
  return `${typeof written === 'string' ? JSON.stringify(beginning) : beginning} (${typeof written})`;
}
