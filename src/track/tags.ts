import { parseTag } from '../page/tag.js';
import { contentHash } from '../store/content-hash.js';

/** The key of a row, as a database gives it; the parts of a composite one in their order. */
export type Id = string | number | bigint | readonly (string | number | bigint)[];

/** Longer keys are hashed, so that a tag never gets too long. */
const MAX_KEY_LENGTH = 200;
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const CANONICAL_INTEGER = /^(?:0|-?[1-9]\d*)$/;

/** The tag of pages that read this row by its key: `post:42`. */
export function rowTag(name: string, id: Id): string {
  const parts = Array.isArray(id) ? id : [id];
  const key = parts.map((part) => keyText(String(part))).join(',');
  return parseTag(`${name}:${key.length > MAX_KEY_LENGTH ? contentHash(key) : key}`);
}

/** The tag of pages that read a selection of rows, so that a further row could change them: `post`. */
export function collectionTag(name: string): string {
  return parseTag(name);
}

/** The tag of pages that read some row by its key: what a change of unknown rows of one list deletes beside the list. */
export function keyedTag(name: string): string {
  return parseTag(`${name}:#`);
}

/** The tag of pages that would read a row that is missing, by its key: what a further row deletes. */
export function missingTag(name: string): string {
  return parseTag(`${name}:+`);
}

/** The tag of pages that read any row, by whatever way: what a change of unknown rows deletes. */
export function anyTag(name: string): string {
  return parseTag(`${name}:*`);
}

/** What is read of a model, in tags: they are the same with each of its reads, but for the key. */
export class ReadTags {
  /** The model, as it is called in tags. */
  readonly name: string;
  /** Of a page that has read a selection of rows. */
  readonly selection: readonly string[];
  /** Of one that would read a row that is missing. */
  readonly missing: readonly string[];
  readonly #keyed: readonly string[];

  constructor(name: string) {
    const any = anyTag(name);
    this.name = name;
    this.selection = [any, collectionTag(name)];
    this.missing = [any, missingTag(name)];
    this.#keyed = [any, keyedTag(name)];
  }

  /** Of a page that has read a row by its key. */
  row(id: Id): readonly string[] {
    return [...this.#keyed, rowTag(this.name, id)];
  }
}

/** How a model is called in tags, unless the option `name` says otherwise: `BlogPost` is `blogPost`. */
export function defaultName(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}

/**
 * The key in a condition, if a row with this key must have it in this spelling: a database finds row 42 by `'042'` too.
 * Undefined: it may be another.
 */
export function keyInCondition(value: unknown): Id | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  return CANONICAL_INTEGER.test(value) || UUID.test(value) ? value : undefined;
}

/** The key of a record, if it has one. */
export function keyOfRecord(value: unknown): Id | undefined {
  if (typeof value === 'string' || typeof value === 'bigint') return value;
  // Some drivers round numbers that are larger.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (value instanceof Date) return value.toISOString();
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : undefined;
}

/** Databases give UUIDs in lower case, and find them in upper case. What separates keys, or is no text, is escaped. */
function keyText(key: string): string {
  if (CANONICAL_INTEGER.test(key)) return key;
  const text = UUID.test(key) ? key.toLowerCase() : key.replace(/\p{Cs}/gu, '\ufffd');
  return text.replace(/[\p{Cc}%,*]/gu, encodeURIComponent).replaceAll('*', '%2A');
}
