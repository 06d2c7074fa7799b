import { noteReads, type ReadParts } from '../pool/reads.js';
import { rowsOf } from '../pool/rows.js';
import { mayWrite } from '../sql/statement.js';
import { columnsOf, isInTransaction, type SqliteDatabase, valuesOf } from './database.js';

type Method = (...given: unknown[]) => unknown;

/**
 * Follows one database, which is one connection for all: what a transaction has not committed may be read by others, so its
 * changes count with its end, whichever that is. Nothing can wait here, since a statement is done when its method returns.
 */
export class FollowedDatabase {
  readonly #database: SqliteDatabase;
  readonly #parts: ReadParts;
  #done: Promise<unknown> = Promise.resolve();
  readonly #exec: (sql: string) => unknown;
  #isDetached = false;

  constructor(database: SqliteDatabase, parts: ReadParts) {
    this.#database = database;
    const { exec } = database;
    this.#exec = (sql) => Reflect.apply(exec, database, [sql]);
    this.#parts = parts;
  }

  attach(): void {
    const database = this.#database;
    wrap(database, 'prepare', (run, given) => this.#followStatement(run() as object, String(given[0])));
    wrap(database, 'exec', (run, given) => this.#written(run, String(given[0]), []));
    // Its BEGIN and COMMIT pass by `prepare`.
    wrap(database, 'transaction', (run) => this.#followTransaction(run() as Method));
    for (const method of ['applyChangeset', 'deserialize'])
      wrap(database, method, (run) => this.#anything(run, method));
  }

  /** What was put before methods stays, and lets everything pass. */
  detach(): void {
    this.#isDetached = true;
  }

  /** Resolves when the pages of what has been committed by now are deleted. */
  async settled(): Promise<void> {
    await this.#done;
  }

  #followStatement(statement: object, sql: string): object {
    const isWrite = mayWrite(sql);
    let bound: readonly unknown[] = [];
    wrap(statement, 'bind', (run, given) => {
      bound = given;
      return run();
    });
    for (const method of ['run', 'get', 'all'])
      wrap(statement, method, (run, given) => {
        const values = valuesOf([...bound, ...given]);
        const result = isWrite ? this.#written(run, sql, values) : run();
        this.#read(statement, { sql, values, result: method === 'get' ? [result] : result });
        return result;
      });
    wrap(statement, 'iterate', (run, given) => {
      const values = valuesOf([...bound, ...given]);
      this.#read(statement, { sql, values, result: undefined });
      return isWrite ? this.#iterated(run, sql, values) : run();
    });
    return statement;
  }

  /** What better-sqlite3 makes of a function, and its variants: `deferred`, `immediate` and `exclusive`. */
  #followTransaction(transaction: Method): Method {
    const followed = (one: Method): Method => {
      const follow = (run: () => unknown) => this.#ended(run);
      return function (this: unknown, ...given) {
        return follow(() => Reflect.apply(one, this, given));
      };
    };
    const own = followed(transaction);
    for (const [name, value] of Object.entries(Object.getOwnPropertyDescriptors(transaction)))
      if (typeof value.value === 'function')
        Object.defineProperty(own, name, { ...value, value: followed(value.value as Method) });
      else if (value.configurable === true || !(name in own)) Object.defineProperty(own, name, value);
    return own;
  }

  #read(
    statement: object,
    {
      sql,
      values,
      result,
    }: { readonly sql: string; readonly values: readonly unknown[]; readonly result: unknown },
  ): void {
    const { tracker } = this.#parts;
    if (this.#isDetached || !tracker.isReading()) return;
    const isRows = Array.isArray(result) && result.length > 0 && result[0] !== undefined;
    const rows = isRows ? this.#rows(statement, result) : [];
    noteReads(this.#parts, { sql, parameters: values, rows }, () => false);
  }

  #rows(statement: object, result: readonly unknown[]): unknown {
    try {
      return rowsOf(result, columnsOf(statement));
    } catch {
      // A statement that gives no rows has no columns, and says so by throwing; so does `pluck()` with a star.
      return undefined;
    }
  }

  *#iterated(run: () => unknown, sql: string, values: readonly unknown[]): Generator<unknown> {
    try {
      yield* run() as Iterable<unknown>;
    } finally {
      this.#written(() => undefined, sql, values);
    }
  }

  /** A statement that fails may have changed a part: `INSERT OR FAIL`. */
  #written(run: () => unknown, sql: string, values: readonly unknown[]): unknown {
    const { tracker, statements } = this.#parts;
    return this.#ended(run, () => {
      const { changes, unclear } = statements.changes(sql, values);
      if (changes.length > 0) tracker.defer(this.#database, changes);
      if (unclear !== undefined) tracker.deferAnything(this.#database, unclear);
    });
  }

  #anything(run: () => unknown, method: string): unknown {
    const { tracker } = this.#parts;
    return this.#ended(run, () => tracker.deferAnything(this.#database, `${method}() may change anything`));
  }

  /** Runs something, notes what it has changed, and deletes if no transaction is open then. */
  #ended(run: () => unknown, note: () => void = () => undefined): unknown {
    try {
      return run();
    } finally {
      if (!this.#isDetached) this.#settle(note);
    }
  }

  #settle(note: () => void): void {
    const { tracker } = this.#parts;
    try {
      note();
    } catch (error) {
      tracker.report(error);
      tracker.deferAnything(this.#database, 'a statement could not be read');
    }
    if (isInTransaction(this.#database, this.#exec)) return;
    this.#done = Promise.all([this.#done, tracker.commit(this.#database)]);
  }
}

/** Puts a function before a method, if there is one, on the object alone. */
function wrap(
  target: object,
  method: string,
  followed: (run: () => unknown, given: readonly unknown[]) => unknown,
): void {
  const original: unknown = Reflect.get(target, method);
  if (typeof original !== 'function') return;
  const value = (...given: readonly unknown[]) =>
    followed(() => Reflect.apply(original, target, given), given);
  Object.defineProperty(target, method, { value, writable: true, configurable: true });
}
