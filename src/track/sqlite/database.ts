/** The part of a database of better-sqlite3, or of `node:sqlite`, that is used. */
export interface SqliteDatabase {
  prepare(sql: string, ...more: never[]): object;
  exec(sql: string): unknown;
}

/** The pool within Knex: `knex.client.pool`. */
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

/** For older releases of Node, which do not say. SQLite has one transaction at a time; an empty one locks nothing. */
function isBeginRefused(exec: (sql: string) => unknown): boolean {
  try {
    exec('begin');
  } catch {
    return true;
  }
  exec('commit');
  return false;
}

/** Returns the values for a statement's question marks; none if there are named ones, which have no position. */
export function valuesOf(given: readonly unknown[]): readonly unknown[] {
  const values = given.flat();
  return values.some(isNames) ? [] : values;
}

/** Returns the columns of a statement's results, if the driver gives them. */
export function columnsOf(statement: object): readonly { readonly name: string }[] {
  const columns: unknown = Reflect.get(statement, 'columns');
  return typeof columns === 'function' ? (Reflect.apply(columns, statement, []) as { name: string }[]) : [];
}

function isNames(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && !(value instanceof Uint8Array) && !(value instanceof Date);
}
