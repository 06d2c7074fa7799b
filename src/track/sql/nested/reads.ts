import type { ListRead } from '../../list-tags.js';
import { type Id, keyOfRecord } from '../../tags.js';
import { areTold, isJoinedByOne, sureValues } from '../loose-keys.js';
import { columnName, keyColumn } from '../reads/columns.js';
import type { ReadPlans } from '../reads/plan.js';
import { type Answer, type ModelRead, readsOf } from '../reads/reads.js';
import { isRows } from '../reads/results.js';
import type { NestedText } from '../statement.js';
import type { TableModels } from '../table-models.js';
import type { NestedPart } from './part.js';

/** Rows of a table in the results, and the place of each column in a row. */
interface Level {
  readonly table: string;
  readonly rows: readonly object[];
  readonly placeOf: (column: string) => string | number | undefined;
}

/** A text in JSON that must be a text in the table, too, and not a date, a decimal number, or bytes. */
const TEXT = /^(?=.*[a-z])[\w-]+$|^[\d-]{36}$/i;

/** Returns what a query with nested rows has read; `undefined` if its results do not have the expected form. */
export function nestedReadsOf(
  { outermost, parts }: NestedText,
  answer: Answer,
  { plans, models }: { readonly plans: ReadPlans; readonly models: TableModels },
): readonly ModelRead[] | undefined {
  const [outer] = outermost.reads;
  const { rows } = answer;
  if (outer === undefined || outermost.reads.length > 1 || !isRows(rows)) return undefined;
  const placeOf = (column: string) => columnName(outermost, outer.alias, column);
  const level = { table: outer.table, rows, placeOf };
  return [
    ...readsOf(plans.of(outermost), answer, models.isLoose),
    ...parts.flatMap((part) => readsIn(part, level, models)),
  ];
}

/** Returns what was read of nested rows. `around` are the outer rows, `undefined` if they are not known. */
function readsIn(part: NestedPart, around: Level | undefined, models: TableModels): readonly ModelRead[] {
  const level = around && levelOf(part, around);
  const own =
    around === undefined || level === undefined ? undefined : ownReads(part, { around, level }, models);
  const inner = part.parts.flatMap((one) => readsIn(one, level, models));
  return [...(own ?? [{ entity: models.entityOf(part.table) }]), ...inner];
}

interface Levels {
  readonly around: Level;
  readonly level: Level;
}

/** Returns `undefined` if other rows of the table may take the place of these later. */
function ownReads(part: NestedPart, levels: Levels, models: TableModels): readonly ModelRead[] | undefined {
  if (part.equals === undefined) return undefined;
  // The reads of the outer query cover outer rows that come later, with their nested rows.
  if (levels.around.rows.length === 0) return [];
  return rowsNamed(part, levels, models) ?? listNamed(part, levels, models);
}

/** Returns the rows that the outer rows refer to by key. */
function rowsNamed(
  { table, equals, isList, isOnly }: NestedPart,
  { around, level }: Levels,
  { keysOf, entityOf }: TableModels,
): readonly ModelRead[] | undefined {
  const keys = keysOf(table);
  const key = keyColumn(keys);
  if (isList || key === undefined || equals?.column !== key) return undefined;
  const ids = keysIn(level, key);
  const isAnyMissing = level.rows.length < around.rows.length;
  // A row that seems to be missing may exist, and not meet a further condition.
  if (ids === undefined || !isJoinedByOne(keys ?? {}, ids) || (isAnyMissing && !isOnly)) return undefined;
  const entity = entityOf(table);
  return [...ids.map((id) => ({ entity, id })), ...(isAnyMissing ? [{ entity, isMissing: true }] : [])];
}

/** Returns the list of the rows that refer to the outer rows by their key. */
function listNamed(
  { table, equals, isList, isOnly, isCut }: NestedPart,
  { around, level }: Levels,
  { keysOf, listsOf, entityOf, isLoose }: TableModels,
): readonly ModelRead[] | undefined {
  const outer = keyColumn(keysOf(around.table));
  if (equals === undefined || outer === undefined || equals.outer !== outer) return undefined;
  if (listsOf?.(table).includes(equals.column) !== true) return undefined;
  const found = keysIn(around, outer);
  if (found === undefined) return undefined;
  const values = isLoose === true ? sureValues(found) : found;
  const keys = keysOf(table);
  const key = keyColumn(keys);
  const shown = isList && isOnly && !isCut && key !== undefined ? keysIn(level, key) : undefined;
  const areKnown = shown?.length === 0 || keys?.loose === undefined || areTold(keys, shown);
  const list: ListRead = { column: equals.column, values, ids: areKnown ? shown : undefined };
  return [{ entity: entityOf(table), list }];
}

/** Returns `undefined` if the results do not contain the nested rows. */
function levelOf({ table, place, isList, columns }: NestedPart, { rows }: Level): Level | undefined {
  const values = rows.map((row) => decoded(Reflect.get(row, place)));
  const nested = isList ? values.flat() : values.filter((value) => value !== null);
  const areAll = values.every((value) => Array.isArray(value) || (!isList && value === null));
  if (!areAll || !nested.every((row) => Array.isArray(row))) return undefined;
  return { table, rows: nested, placeOf: (column) => columns.get(column) };
}

/** Decodes JSON, which some drivers return as a text. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined; // The text is not JSON.
  }
}

/** Returns the keys of all rows; `undefined` if a row has no key, or if the spelling of a key is not certain. */
function keysIn({ rows, placeOf }: Level, column: string): readonly Id[] | undefined {
  const place = placeOf(column);
  if (place === undefined) return undefined;
  const ids = new Map<string, Id>();
  for (const row of rows) {
    const id = Array.isArray(row) ? keyInJson(row[Number(place)]) : keyOfRecord(Reflect.get(row, place));
    if (id === undefined) return undefined;
    ids.set(String(id), id);
  }
  return [...ids.values()];
}

function keyInJson(value: unknown): Id | undefined {
  if (typeof value === 'number') return keyOfRecord(value);
  return typeof value === 'string' && TEXT.test(value) ? value : undefined;
}
