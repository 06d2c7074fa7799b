import { type Id, keyOfRecord } from '../../tags.js';

export type Rows = readonly Readonly<Record<string, unknown>>[];

export function isRows(rows: unknown): rows is Rows {
  return Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null);
}

/** The keys in a column of the results, if each row of them has one. */
export function idsIn(rows: Rows, name: string | undefined): readonly Id[] | undefined {
  const values = valuesIn(rows, name);
  return values?.includes(null) === true ? undefined : (values as readonly Id[] | undefined);
}

/** The keys, without those of rows that have none, of a LEFT JOIN; undefined: one is not known. */
export function idsJoined(rows: Rows, name: string | undefined): readonly Id[] | undefined {
  return valuesIn(rows, name)?.filter((id) => id !== null);
}

/** The keys, with null if a row has none; undefined: one is not known, or what the column is called. */
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
