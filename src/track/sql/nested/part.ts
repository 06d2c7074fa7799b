import { isOnlyOf, type NestedRows, readRows } from './table.js';
import { Mismatch, TokenCursor } from './token-cursor.js';

/** Rows that are nested in each row of the query around them, the outer row. */
export interface NestedPart extends NestedRows {
  /** The place in an outer row: the name of a column, or the index in an array. */
  readonly place: string | number;
  /** Whether it is an array of rows. Otherwise, it is one row or null. */
  readonly isList: boolean;
  /** The index of each column of the table in the array of a row. */
  readonly columns: ReadonlyMap<string, number>;
  readonly parts: readonly NestedPart[];
}

export type Part = Omit<NestedPart, 'place'>;

export interface Column {
  readonly of: string | undefined;
  /** The name, as it is written. */
  readonly column: string;
}

/** What the select list of a query can refer to: the alias of its table, and the rows that it joins with LATERAL. */
export interface Around {
  readonly alias: string;
  /** The joined rows, by alias. The query must select each exactly once. */
  readonly laterals: Map<string, Part>;
}

/** Reads an item of a SELECT or of an array: a column of its own table, or nested rows. */
export function readItem(cursor: TokenCursor, around: Around): Column | Part {
  if (cursor.accept('(')) return readInner(cursor, around.alias);
  if (cursor.accept('coalesce ( (')) {
    const part = readInner(cursor, around.alias);
    cursor.expect(', json_array ( ) )');
    return part;
  }
  const first = cursor.name();
  if (!cursor.accept('.')) return { of: undefined, column: first };
  const column = cursor.name();
  const of = first.toLowerCase();
  if (of === around.alias) return { of, column };
  const part = around.laterals.get(of);
  if (part === undefined || column !== 'data') throw new Mismatch('expected a column of the table');
  around.laterals.delete(of);
  return part;
}

/** Reads each `LEFT JOIN LATERAL (…) alias ON true`. */
export function readLaterals(cursor: TokenCursor, outer: string): Map<string, Part> {
  const laterals = new Map<string, Part>();
  while (cursor.accept('left join lateral (')) {
    const part = readInner(cursor, outer);
    laterals.set(cursor.name().toLowerCase(), part);
    cursor.expect('on true');
  }
  return laterals;
}

/** Reads a query for rows as JSON, from after its opening parenthesis to its closing one. */
function readInner(cursor: TokenCursor, outer: string): Part {
  cursor.expect('select');
  const shown = cursor.until('from');
  cursor.expect('from');
  let laterals = new Map<string, Part>();
  const rows = readRows(cursor, outer, (alias) => {
    laterals = readLaterals(cursor, alias);
  });
  cursor.expect(')');
  const json = readJson(new TokenCursor(shown), { alias: rows.alias, laterals });
  if (laterals.size > 0) throw new Mismatch('expected what is joined');
  return { ...rows, ...json };
}

type Json = Pick<Part, 'isList' | 'columns' | 'parts'>;

/** Reads an array with the items of one row, or an array of such arrays, perhaps in an order. */
function readJson(cursor: TokenCursor, around: Around): Json {
  const isFilled = cursor.accept('coalesce (');
  const isList =
    cursor.accept('json_agg (') || cursor.accept('json_arrayagg (') || cursor.accept('json_group_array (');
  const row = readArray(cursor, around);
  if (isList) {
    if (!isOnlyOf(cursor.until(), around.alias)) throw new Mismatch('expected an order');
    cursor.expect(')');
  }
  if (isFilled) {
    if (!cursor.accept(', [] :: json )')) cursor.expect(', json_array ( ) )');
  }
  if (cursor.accept('as') && cursor.name() !== 'data') throw new Mismatch('expected "data"');
  if (!cursor.isAtEnd) throw new Mismatch('expected no more');
  return { isList, ...row };
}

function readArray(cursor: TokenCursor, around: Around): Omit<Json, 'isList'> {
  if (!cursor.accept('json_build_array (')) cursor.expect('json_array (');
  const columns = new Map<string, number>();
  const parts: NestedPart[] = [];
  let place = 0;
  do {
    const item = readItem(cursor, around);
    if ('column' in item) columns.set(item.column.toLowerCase(), place);
    else parts.push({ ...item, place });
    place += 1;
  } while (cursor.accept(','));
  cursor.expect(')');
  return { columns, parts };
}
