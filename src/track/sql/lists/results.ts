import { type Id, keyOfRecord } from '../../tags.js';
import type { Statement } from '../statement.js';
import type { TableRead } from '../syntax/table-scan.js';
import type { TableKeys } from '../table-models.js';

export type Rows = readonly Readonly<Record<string, unknown>>[];

export function isRows(rows: unknown): rows is Rows {
  return Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null);
}

/** Keys of composite rows are not read from results. */
export function keyColumn(keys: TableKeys | undefined): string | undefined {
  return keys?.primary.length === 1 ? keys.primary[0] : undefined;
}

/** The keys in the results, if each row of them has one. */
export function idsIn(
  statement: Statement,
  read: TableRead,
  rows: Rows,
  column: string,
): readonly Id[] | undefined {
  const values = valuesIn(statement, read, rows, column);
  return values?.includes(null) === true ? undefined : (values as readonly Id[] | undefined);
}

/** The keys in the results, without those of rows that have none, of a LEFT JOIN; undefined: one is not known. */
export function idsJoined(
  statement: Statement,
  read: TableRead,
  rows: Rows,
  column: string,
): readonly Id[] | undefined {
  return valuesIn(statement, read, rows, column)?.filter((id) => id !== null);
}

/** The keys in the results, with null if a row has none; undefined: one is not known. */
export function valuesIn(
  statement: Statement,
  { alias }: TableRead,
  rows: Rows,
  column: string,
): readonly (Id | null)[] | undefined {
  const name = columnName(statement, alias, column);
  if (name === undefined) return undefined;
  const ids = new Map<string, Id | null>();
  for (const row of rows) {
    const id = row[name] === null ? null : keyOfRecord(row[name]);
    if (id === undefined) return undefined;
    ids.set(String(id), id);
  }
  return [...ids.values()];
}

/** What a column is called in the results, where that can be told. */
export function columnName(
  { reads, selected }: Statement,
  alias: string,
  column: string,
): string | undefined {
  const known = selected.names.get(`${alias}.${column}`);
  if (known !== undefined || reads.length !== 1) return known;
  const isStarred = selected.besideStar?.has(column) === false;
  return isStarred ? column : selected.names.get(column);
}
