import type { Id } from '../tags.js';
import type { TableKeys } from './table-models.js';

/** Texts that no collation confuses with others, except for case: printable ASCII without spaces at either end. */
const PLAIN_TEXT = /^[!-~]+(?: +[!-~]+)*$/;

const INTEGERS = /^(?:tiny|small|medium|big)?int(?:eger)?$/i;
const TEXTS =
  /^(?:(?:var|n|nvar|national )?(?:char|varchar|character)|(?:tiny|medium|long)?text|uuid|string|enum)$/i;

/** Returns what a column of this MySQL type holds. */
export function looseKind(type: string): TableKeys['loose'] & string {
  if (INTEGERS.test(type)) return 'integers';
  return TEXTS.test(type) ? 'texts' : 'unknown';
}

/**
 * Whether these values of the key can find only the rows with the keys `found`, and a change would name these rows by
 * the same keys.
 */
export function areFound(
  { loose }: Pick<TableKeys, 'loose'>,
  wanted: readonly unknown[],
  found: readonly Id[] | undefined,
): boolean {
  if (loose === undefined || loose === 'integers') return true;
  if (loose === 'unknown') return isNumeric(found);
  return found !== undefined && wanted.every(isText) && found.every(isPlain);
}

/** As {@link areFound}, for values of another unique column, about which nothing more is known. */
export function areFoundByUnique(
  { loose }: Pick<TableKeys, 'loose'>,
  wanted: readonly unknown[],
  found: readonly Id[] | undefined,
): boolean {
  return loose === undefined || (wanted.every(isText) && areTold({ loose }, found));
}

/** Whether a column that equals the key of one row cannot equal the key of another row. */
export function isJoinedByOne(
  { loose }: Pick<TableKeys, 'loose'>,
  found: readonly Id[] | undefined,
): boolean {
  return loose === undefined || loose === 'integers' || (loose === 'unknown' && isNumeric(found));
}

/** Whether a change that names rows by these values deletes every page that has read one of the rows by its key. */
export function areNamed({ loose }: Pick<TableKeys, 'loose'>, values: readonly unknown[]): boolean {
  return loose !== 'texts' || values.every((value) => typeof value === 'string');
}

/** Whether a change that names one of these rows by its key spells the key in the same way. */
export function areTold({ loose }: Pick<TableKeys, 'loose'>, found: readonly Id[] | undefined): boolean {
  if (loose === 'texts') return found?.every(isPlain) === true;
  return loose === 'integers' || isNumeric(found);
}

/**
 * Replaces the values of a column that distinguishes lists by `undefined` if it is not certain which rows they find. In
 * MySQL and MariaDB, a number also finds UUIDs that begin with it, and NULL may be stored as 0.
 */
export function sureValues(values: readonly unknown[]): readonly unknown[] {
  return values.map((value) => (isInteger(value) ? value : undefined));
}

function isInteger(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || /^-?\d+$/.test(String(value));
}

function isNumeric(found: readonly Id[] | undefined): boolean {
  return found?.every((id) => typeof id === 'number' || typeof id === 'bigint') === true;
}

function isPlain(id: Id): boolean {
  return typeof id === 'string' && PLAIN_TEXT.test(id);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array;
}
