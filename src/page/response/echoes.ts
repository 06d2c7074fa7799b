import { isLoopback, type SentValue } from '../request/sent-values.js';
import { spellingsOf } from './spellings.js';

/** Returns the first of the values that the bytes have, in any spelling. */
export function findEcho(body: Uint8Array, values: readonly SentValue[]): SentValue | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return values.find((value) => holds(bytes, { ...value, text: value.text.slice(0, MAX_COMPARED) }));
}

/** If the rarest part of a value is in more places, they are not all compared, and the value counts as found. */
const MAX_PLACES = 1_000;
/** Of a long value, only so many characters at its beginning are compared. */
const MAX_COMPARED = 256;
/** Parts that no escaping changes and that have at least this length show at once that a value is absent. */
const MIN_PART = 4;

/** Looks for the rarest of the parts that no escaping changes, and compares what is around it at each place. */
function holds(bytes: Buffer, value: SentValue): boolean {
  const { text } = value;
  const found = rarestPart(bytes, value);
  if (found === undefined) return false;
  const { part, index, length } = found;
  const [head, tail] = [text.slice(0, index), text.slice(index + length)];
  let places = 0;
  for (let at = found.at; at !== -1; at = bytes.indexOf(part, at + 1, 'latin1')) {
    places += 1;
    if (places > MAX_PLACES) return true;
    const lefts = head === '' ? [at] : endsOf(bytes, [at], head, -1);
    if (!lefts.some((left) => beginsAlone(bytes, left, value))) continue;
    if (endsOf(bytes, [at + part.length], tail, 1).some((right) => endsAlone(bytes, right, value)))
      return true;
  }
  return false;
}

interface FoundPart {
  readonly part: string;
  /** The place and the length of the part in the value, and the first place (`at`) of the part in the bytes. */
  readonly index: number;
  readonly length: number;
  readonly at: number;
}

/** Returns the part that first occurs latest: it is most likely rare. `undefined` if a part does not occur at all. */
function rarestPart(bytes: Buffer, value: SentValue): FoundPart | undefined {
  // This shows that nearly every value is absent, in less time than it takes to list its parts.
  if (!bytes.includes(longestPart(value.text), 0, 'latin1')) return undefined;
  let rarest: FoundPart | undefined;
  for (const { 0: part, index } of partsOf(value)) {
    const at = bytes.indexOf(part, 0, 'latin1');
    if (at === -1) return undefined;
    if (rarest === undefined || at > rarest.at) rarest = { part, index, length: part.length, at };
  }
  return rarest;
}

function longestPart(text: string): string {
  const parts = text.match(/[\w.-]+/g) ?? [];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

/** Returns the longest first; short ones are nearly everywhere. Punctuation alone is found only as it is. */
function partsOf({ text }: SentValue): readonly RegExpExecArray[] {
  const parts = [...text.matchAll(/[\w.-]+/g)].sort((one, other) => other[0].length - one[0].length);
  const long = parts.filter(([part]) => part.length >= MIN_PART);
  if (long.length > 0) return long;
  return parts.length > 0 ? parts : [...text.matchAll(/.+/gs)];
}

/** Returns where a text that begins at one of these places ends; backwards, where it begins. Empty if it is absent. */
function endsOf(bytes: Buffer, from: readonly number[], text: string, direction: 1 | -1): readonly number[] {
  let places = from;
  for (let passed = 0; passed < text.length && places.length > 0; passed += 1) {
    const character = text.charAt(direction === 1 ? passed : text.length - 1 - passed);
    // A backslash may belong to the value, or escape what follows.
    places = [...new Set(places.flatMap((place) => pass(bytes, place, character, direction)))];
  }
  return places;
}

function pass(bytes: Buffer, place: number, character: string, direction: 1 | -1): readonly number[] {
  return spellingsOf(character).flatMap((spelling) => {
    const start = direction === 1 ? place : place - spelling.length;
    return isAt(bytes, start, spelling) ? [place + direction * spelling.length] : [];
  });
}

function isAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index += 1)
    if (bytes[at + index] !== wanted[index]) return false;
  return true;
}

/** What ends before a word: a character of no word, or an escape, as `%20` does in `%20Mozilla`. */
const outside = '[^A-Za-z0-9]|%[0-9a-fA-F]{2}|\\\\[a-z]|\\\\u[0-9a-fA-F]{4}|\\\\x[0-9a-fA-F]{2}';
const beforeWord = new RegExp(`(?:^|${outside})$`);
/** No address begins in the middle of a number with dots. */
const beforeAddress = new RegExp(`(?:^|^\\.|[^0-9]\\.|(?!\\.)(?:${outside}))$`);
const MAX_ESCAPE = 6;
/** A text of this length is not part of a word by chance. */
const UNMISTAKABLE = 16;

function beginsAlone(bytes: Buffer, left: number, { text, isAddress }: SentValue): boolean {
  if ((!isAddress && text.length >= UNMISTAKABLE) || !/^[A-Za-z0-9]/.test(text)) return true;
  const previous = bytes.toString('latin1', Math.max(0, left - MAX_ESCAPE), left);
  return (isAddress ? beforeAddress : beforeWord).test(previous);
}

function endsAlone(bytes: Buffer, right: number, { name, text, isAddress }: SentValue): boolean {
  const next = bytes.toString('latin1', right, right + 3);
  if (isAddress && /^\.\d/.test(next)) return false;
  // With a port, it is something to connect to, on the reader's own machine.
  if (isAddress && isLoopback(text) && /^\]?:\d/.test(next)) return false;
  // All that many referring sites send: `https://www.example.com/`, with which every link to that site begins.
  const isWhole = name === 'referer' && text.endsWith('/');
  const isWord = (isAddress || text.length < UNMISTAKABLE) && /[A-Za-z0-9]$/.test(text);
  return !(isWhole || isWord) || !/^[A-Za-z0-9]/.test(next);
}
