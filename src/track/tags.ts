import { parseTag } from '../page/tag.js';
import { contentHash } from '../store/content-hash.js';

/** The key of a row, as a database returns it. The parts of a composite key are in their order. */
export type Id = string | number | bigint | readonly (string | number | bigint)[];

/** Longer keys are hashed, so that no tag gets too long. */
const MAX_KEY_LENGTH = 200;
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
const CANONICAL_INTEGER = /^(?:0|-?[1-9]\d*)$/;

/** Returns the tag of pages that read this row by its key: `post:42`. */
export function rowTag(name: string, id: Id): string {
  const parts = Array.isArray(id) ? id : [id];
  const key = parts.map((part) => keyText(String(part))).join(',');
  return parseTag(`${name}:${key.length > MAX_KEY_LENGTH ? contentHash(key) : key}`);
}

/** Returns the tag of pages that read a selection of rows, so that a new row could change them: `post`. */
export function collectionTag(name: string): string {
  return parseTag(name);
}

/** Returns the tag of pages that read some row by its key. A change of unknown rows of one list deletes them too. */
export function keyedTag(name: string): string {
  return parseTag(`${name}:#`);
}

/** Returns the tag of pages that look for a missing row by its key. A new row deletes them. */
export function missingTag(name: string): string {
  return parseTag(`${name}:+`);
}

/** Returns the tag of pages that read any row, in any way. A change of unknown rows deletes them. */
export function anyTag(name: string): string {
  return parseTag(`${name}:*`);
}

/** The tags for reads of a model. They are the same for each read, except the key. */
export class ReadTags {
  /** The name of the model in tags. */
  readonly name: string;
  /** The tags of a page that read a selection of rows. */
  readonly selection: readonly string[];
  /** The tags of a page that looks for a missing row. */
  readonly missing: readonly string[];
  readonly #keyed: readonly string[];

  constructor(name: string) {
    const any = anyTag(name);
    this.name = name;
    this.selection = [any, collectionTag(name)];
    this.missing = [any, missingTag(name)];
    this.#keyed = [any, keyedTag(name)];
  }

  /** Returns the tags of a page that read a row by its key. */
  row(id: Id): readonly string[] {
    return [...this.#keyed, rowTag(this.name, id)];
  }
}

/** Returns the name of a model in tags, unless the option `name` sets another: `BlogPost` becomes `blogPost`. */
export function defaultName(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}

/**
 * Returns the key in a condition, if a row with this key must have it in this spelling. `undefined` if the spelling may
 * differ: a database also finds row 42 by `'042'`.
 */
export function keyInCondition(value: unknown): Id | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  return CANONICAL_INTEGER.test(value) || UUID.test(value) ? value : undefined;
}

/** Returns the key of a record, if it has one. */
export function keyOfRecord(value: unknown): Id | undefined {
  if (typeof value === 'string' || typeof value === 'bigint') return value;
  // Some drivers round larger numbers.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (value instanceof Date) return value.toISOString();
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : undefined;
}

/** Returns a key as text. UUIDs get lower case, as in databases. Separators and what is not text are escaped. */
function keyText(key: string): string {
  if (CANONICAL_INTEGER.test(key)) return key;
  const text = UUID.test(key) ? key.toLowerCase() : key.replace(/\p{Cs}/gu, '\ufffd');
  return text.replace(/[\p{Cc}%,*]/gu, encodeURIComponent).replaceAll('*', '%2A');
}
