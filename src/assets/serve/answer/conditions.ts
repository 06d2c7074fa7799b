import type { IncomingHttpHeaders } from 'node:http';

/** What identifies a file's bytes to clients. */
export interface Validators {
  readonly entityTag: string;
  /** The time of the last change, in seconds since 1970. */
  readonly modifiedSeconds: number;
}

/** The result of the conditions of a request: the file is sent, need not be sent, or must not be sent. */
export type Verdict = 'send' | 'not-modified' | 'failed';

/**
 * Judges the conditions of a GET or HEAD in the order of RFC 9110 §13.2.2. For If-Modified-Since, the date must be the
 * one that was sent: the times of collected files are made from their content, so an older time is another version too.
 */
export function judgeConditions(headers: IncomingHttpHeaders, validators: Validators): Verdict {
  if (mustNotBeSent(headers, validators)) return 'failed';
  const tags = headers['if-none-match'];
  if (tags !== undefined) return listsTag(tags, validators.entityTag, 'weak') ? 'not-modified' : 'send';
  const since = secondsOf(headers['if-modified-since']);
  return since === validators.modifiedSeconds ? 'not-modified' : 'send';
}

function mustNotBeSent(headers: IncomingHttpHeaders, validators: Validators): boolean {
  const tags = headers['if-match'];
  if (tags !== undefined) return !listsTag(tags, validators.entityTag, 'strong');
  const since = secondsOf(headers['if-unmodified-since']);
  // A later date is a true condition (RFC 9110 §13.1.4).
  return since !== undefined && since < validators.modifiedSeconds;
}

/** Whether a client that has a part of the file may get the rest: If-Range, compared strongly (RFC 9110 §13.1.5). */
export function isSamePart(condition: string | undefined, validators: Validators): boolean {
  if (condition === undefined) return true;
  if (condition.trim().endsWith('"')) return condition.trim() === validators.entityTag;
  return secondsOf(condition) === validators.modifiedSeconds;
}

/** Finds tags by their quotes, because a tag may contain commas. */
const ENTITY_TAG = /(W\/)?("[^"]*")/g;

function listsTag(list: string, entityTag: string, comparison: 'weak' | 'strong'): boolean {
  if (list.trim() === '*') return true;
  return [...list.matchAll(ENTITY_TAG)].some(
    ([, weak, tag]) => tag === entityTag && (weak === undefined || comparison === 'weak'),
  );
}

const TIME = '\\d\\d:\\d\\d:\\d\\d';
const IMF_FIXDATE = new RegExp(`^[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} ${TIME} GMT$`);
const RFC_850 = new RegExp(`^[A-Z][a-z]+day, \\d\\d-[A-Z][a-z]{2}-\\d\\d ${TIME} GMT$`);
const ASCTIME = new RegExp(`^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d ${TIME} \\d{4}$`);

/** Returns the seconds since 1970 of one of the three forms of a date (RFC 9110 §5.6.7), otherwise `undefined`. */
function secondsOf(date: string | undefined): number | undefined {
  if (date === undefined) return undefined;
  const zone = ASCTIME.test(date) ? ' GMT' : '';
  if (zone === '' && !IMF_FIXDATE.test(date) && !RFC_850.test(date)) return undefined;
  const milliseconds = Date.parse(`${date}${zone}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
