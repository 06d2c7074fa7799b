import type { Id } from '../tags.js';
import type { TableKeys } from './table-models.js';

/** Texts that no collation takes for one that looks otherwise, but for the case: without spaces at either end. */
const PLAIN_TEXT = /^[!-~]+(?: +[!-~]+)*$/;

const INTEGERS = /^(?:tiny|small|medium|big)?int(?:eger)?$/i;
const TEXTS =
  /^(?:(?:var|n|nvar|national )?(?:char|varchar|character)|(?:tiny|medium|long)?text|uuid|string|enum)$/i;

/** What a column of a type of MySQL holds. */
export function looseKind(type: string): TableKeys['loose'] & string {
  if (INTEGERS.test(type)) return 'integers';
  return TEXTS.test(type) ? 'texts' : 'unknown';
}

/**
 * Whether rows that were looked up by these values of the key are the only ones that can be found by them, and their keys are
 * known by which a change names them.
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

/** The same for values of another unique column, of which nothing more is known. */
export function areFoundByUnique(
  { loose }: Pick<TableKeys, 'loose'>,
  wanted: readonly unknown[],
  found: readonly Id[] | undefined,
): boolean {
  return loose === undefined || (wanted.every(isText) && areTold({ loose }, found));
}

/** Whether another column that is equal to the key can be equal to no other row's. */
export function isJoinedByOne(
  { loose }: Pick<TableKeys, 'loose'>,
  found: readonly Id[] | undefined,
): boolean {
  return loose === undefined || loose === 'integers' || (loose === 'unknown' && isNumeric(found));
}

/** Whether a change of any row that these values find deletes the pages that have read it by its key. */
export function areNamed({ loose }: Pick<TableKeys, 'loose'>, values: readonly unknown[]): boolean {
  return loose !== 'texts' || values.every((value) => typeof value === 'string');
}

/** Whether a change that names one of these rows by its key names it in the same spelling. */
export function areTold({ loose }: Pick<TableKeys, 'loose'>, found: readonly Id[] | undefined): boolean {
  if (loose === 'texts') return found?.every(isPlain) === true;
  return loose === 'integers' || isNumeric(found);
}

/**
 * Values of a column by which lists are told apart, without those of which it is not certain which rows they find: there, a number
 * finds UUIDs that begin with it, and NULL may be kept as 0.
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
