import { type Id, keyOfRecord } from '../../tags.js';

export type Rows = readonly Readonly<Record<string, unknown>>[];

export function isRows(rows: unknown): rows is Rows {
  return Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null);
}

/** Returns the keys in a column of the results, if each row has one. */
export function idsIn(rows: Rows, name: string | undefined): readonly Id[] | undefined {
  const values = valuesIn(rows, name);
  return values?.includes(null) === true ? undefined : (values as readonly Id[] | undefined);
}

/** Returns the keys of a joined table, and leaves out rows that have none; `undefined` if a key is not known. */
export function idsJoined(rows: Rows, name: string | undefined): readonly Id[] | undefined {
  return valuesIn(rows, name)?.filter((id) => id !== null);
}

/** Returns the keys, with null if a row has none; `undefined` if a key, or the name of the column, is not known. */
export function valuesIn(rows: Rows, name: string | undefined): readonly (Id | null)[] | undefined {
  if (name === undefined) return undefined;
  const ids = new Map<string, Id | null>();
  for (const row of rows) {
    const id = row[name] === null ? null : keyOfRecord(row[name]);
    if (id === undefined) return undefined;
    ids.set(String(id), id);
  }
  return [...ids.values()];
}
