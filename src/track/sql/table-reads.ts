import { type Id, keyInCondition, keyOfRecord } from '../tags.js';
import type { Statement } from './statement.js';
import type { TableRead } from './syntax/table-scan.js';
import type { TableKeys } from './table-models.js';

/** A read: of a row by its key, or of a selection of rows. */
export interface Read {
  readonly table: string;
  readonly id?: Id;
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * What a query has read, by its statement and its results. Rows are told by their keys where only their own change can change
 * the results: rows looked up by a unique key, and rows joined by theirs.
 */
export function readsOf(
  statement: Statement,
  rows: unknown,
  keysOf: (table: string) => TableKeys | undefined,
): readonly Read[] {
  const areTelling = statement.isPlain && isRows(rows) && rows.length > 0;
  const found: Read[] = [];
  for (const read of statement.reads) {
    const { table } = read;
    const idsOf = read === statement.reads[0] ? idsLookedUp : idsJoined;
    const ids = areTelling ? idsOf(statement, read, rows, keysOf(table)) : undefined;
    if (ids === undefined) found.push({ table });
    else for (const id of ids) found.push({ table, id });
  }
  return found;
}

/** Keys of composite rows are not read from results. */
function keyColumn(keys: TableKeys | undefined): string | undefined {
  return keys?.primary.length === 1 ? keys.primary[0] : undefined;
}

/** The rows that the condition picks by a unique key, if each was found. */
function idsLookedUp(
  statement: Statement,
  read: TableRead,
  rows: Rows,
  keys: TableKeys | undefined,
): readonly Id[] | undefined {
  const primary = keyColumn(keys);
  if (keys === undefined || primary === undefined) return undefined;
  const isOnly = statement.reads.length === 1;
  const valuesOf = (column: string) =>
    statement.conditions.get(`${read.alias}.${column}`) ??
    (isOnly ? statement.conditions.get(column) : undefined);
  const found = idsIn(statement, read, rows, primary);
  const wanted = valuesOf(primary);
  if (wanted !== undefined) {
    const ids = wanted.map(keyInCondition).filter((id) => id !== undefined);
    if (ids.length < wanted.length) return found?.length === wanted.length ? found : undefined;
    if (found === undefined) return ids.length === 1 ? ids : undefined;
    const texts = new Set(found.map(String));
    return ids.every((id) => texts.has(String(id))) ? ids : undefined;
  }
  const isUnique = keys.uniques.some((columns) => columns.every((column) => valuesOf(column)?.length === 1));
  return isUnique ? found : undefined;
}

/** The rows of a table that is joined by its key, if there is one for each row. */
function idsJoined(
  statement: Statement,
  read: TableRead,
  rows: Rows,
  keys: TableKeys | undefined,
): readonly Id[] | undefined {
  const column = keyColumn(keys);
  if (column === undefined || statement.joins.get(read.alias)?.has(column) !== true) return undefined;
  const wanted = statement.conditions.get(`${read.alias}.${column}`);
  const id = wanted?.length === 1 ? keyInCondition(wanted[0]) : undefined;
  return id === undefined ? idsIn(statement, read, rows, column) : [id];
}

/** The keys in the results, if each row of them has one. */
function idsIn(
  statement: Statement,
  { alias }: TableRead,
  rows: Rows,
  column: string,
): readonly Id[] | undefined {
  const name = resultName(statement, alias, column);
  if (name === undefined) return undefined;
  const ids = new Map<string, Id>();
  for (const row of rows) {
    const id = keyOfRecord(row[name]);
    if (id === undefined) return undefined;
    ids.set(String(id), id);
  }
  return [...ids.values()];
}

/** What a column is called in the results, where that can be told. */
function resultName({ reads, selected }: Statement, alias: string, column: string): string | undefined {
  const known = selected.names.get(`${alias}.${column}`);
  if (known !== undefined || reads.length !== 1) return known;
  const isStarred = selected.besideStar?.has(column) === false;
  return isStarred ? column : selected.names.get(column);
}

function isRows(rows: unknown): rows is Rows {
  return Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null);
}
