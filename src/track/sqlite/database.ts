/** The part of a database of better-sqlite3, or of `node:sqlite`, that is used. */
export interface SqliteDatabase {
  prepare(sql: string, ...more: never[]): object;
  exec(sql: string): unknown;
}

/** The pool within Knex, `knex.client.pool`. */
export interface SqlitePool {
  on(event: string, listener: (...given: unknown[]) => void): unknown;
  removeListener(event: string, listener: (...given: unknown[]) => void): unknown;
}

/** Whether a transaction is open. */
export function isInTransaction(database: object, exec: (sql: string) => unknown): boolean {
  for (const name of ['inTransaction', 'isTransaction']) {
    const value: unknown = Reflect.get(database, name);
    if (typeof value === 'boolean') return value;
  }
  return isBeginRefused(exec);
}

/** Older releases of Node do not say. SQLite has one transaction at a time; an empty one locks nothing. */
function isBeginRefused(exec: (sql: string) => unknown): boolean {
  try {
    exec('begin');
  } catch {
    return true;
  }
  exec('commit');
  return false;
}

/** What a statement was given for its question marks; names have no place. */
export function valuesOf(given: readonly unknown[]): readonly unknown[] {
  const values = given.flat();
  return values.some(isNames) ? [] : values;
}

/** The columns of a statement's results, where the driver tells. */
export function columnsOf(statement: object): readonly { readonly name: string }[] {
  const columns: unknown = Reflect.get(statement, 'columns');
  return typeof columns === 'function' ? (Reflect.apply(columns, statement, []) as { name: string }[]) : [];
}

function isNames(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && !(value instanceof Uint8Array) && !(value instanceof Date);
}
