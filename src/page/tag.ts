import { StaticGeneratorError } from '../errors.js';

const MAX_TAG_LENGTH = 512;
/** So much of a tag that is none is shown: a visitor may have sent it. */
const MAX_SHOWN_LENGTH = 100;

/** Whether a value is a tag: any non-empty text of at most 512 characters, all of them whole, without control characters. */
export function isTag(written: unknown): written is string {
  return (
    typeof written === 'string' &&
    written !== '' &&
    written.length <= MAX_TAG_LENGTH &&
    !/[\p{Cc}\p{Cs}]/u.test(written)
  );
}

/** Reads a tag, see {@link isTag}. Throws `ERR_BAD_TAG`. */
export function parseTag(written: unknown): string {
  if (isTag(written)) return written;
  throw new StaticGeneratorError(
    'ERR_BAD_TAG',
    `Expected a tag to be a non-empty string of at most ${MAX_TAG_LENGTH} whole characters without control characters, got ${showBadTag(written)}`,
    { fields: { tag: written } },
  );
}

/** An object may throw, whatever it is asked. */
function textOf(written: unknown): string {
  try {
    return typeof written === 'object' ? Object.prototype.toString.call(written) : String(written);
  } catch {
    return 'what cannot be shown';
  }
}

/** What is no tag, for people: how it begins, and its type. */
export function showBadTag(written: unknown): string {
  const text = textOf(written);
  const beginning = text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
  return `${typeof written === 'string' ? JSON.stringify(beginning) : beginning} (${typeof written})`;
}
