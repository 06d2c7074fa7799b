import type { Catalogue } from '../catalogue/catalogue.js';
import { noteReads, type ReadParts } from '../pool/reads.js';
import { rowsOf } from '../pool/rows.js';
import { mayWrite } from '../sql/statement.js';
import { columnsOf, isInTransaction, type SqliteDatabase, valuesOf } from './database.js';
import { SchemaWatch } from './schema-watch.js';

export interface DatabaseParts extends ReadParts {
  readonly catalogue: Catalogue;
}

const COMMITS = /\b(?:commit|end)\b/i;
const SAVEPOINT = /\bsavepoint\b/i;
const RELEASES = /\brelease\b/i;
const BEGINS = /\b(?:begin|savepoint)\b/i;

type Method = (...given: unknown[]) => unknown;

/**
 * Follows one database, which has one connection for all users. Others may read what a transaction has not committed,
 * so its changes count when it ends in any way. Nothing can wait: a statement is done when its method returns.
 */
export class FollowedDatabase {
  readonly #database: SqliteDatabase;
  readonly #parts: DatabaseParts;
  readonly #schema: SchemaWatch;
  #done: Promise<unknown> = Promise.resolve();
  readonly #exec: (sql: string) => unknown;
  #isDetached = false;
  /** Whether the function of a transaction that runs now is within no other transaction. */
  #isOutermost = false;
  /** Whether the open transaction began with a savepoint, so that releasing it commits. */
  #isOfSavepoint = false;
  /** Whether what is read now may be as old as the open transaction. */
  #hasBegun = false;

  constructor(database: SqliteDatabase, parts: DatabaseParts) {
    this.#database = database;
    const { exec } = database;
    this.#exec = (sql) => Reflect.apply(exec, database, [sql]);
    this.#parts = parts;
    this.#schema = new SchemaWatch(database, parts.catalogue);
  }

  attach(): void {
    const database = this.#database;
    wrap(database, 'prepare', (run, given) => this.#followStatement(run() as object, String(given[0])));
    wrap(database, 'exec', (run, given) => this.#written(run, String(given[0]), []));
    // The driver does not run its BEGIN and COMMIT through `prepare`.
    wrap(database, 'transaction', (run, [work, ...more]) =>
      this.#followTransaction(run([this.#beforeCommit(work), ...more]) as Method),
    );
    for (const method of ['applyChangeset', 'deserialize'])
      wrap(database, method, (run) => this.#anything(run, method));
  }

  /** Stops following. The wrappers of methods stay, and pass everything on. */
  detach(): void {
    this.#isDetached = true;
  }

  /** Resolves when the pages of all changes committed so far are deleted. */
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

  /** Wraps the function of a transaction: when it returns, the commit follows, unless it is in another transaction. */
  #beforeCommit(work: unknown): unknown {
    if (typeof work !== 'function') return work;
    const intend = () => {
      if (this.#isOutermost) this.#intend();
    };
    return function (this: unknown, ...given: readonly unknown[]): unknown {
      const result: unknown = Reflect.apply(work, this, given);
      intend();
      return result;
    };
  }

  /** Wraps what better-sqlite3 makes of a function, and its variants: `deferred`, `immediate` and `exclusive`. */
  #followTransaction(transaction: Method): Method {
    const followed = (one: Method): Method => {
      const follow = (run: () => unknown) => this.#within(run);
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

  #within(run: () => unknown): unknown {
    const outer = this.#isOutermost;
    this.#isOutermost = !this.#isOpen();
    if (this.#isOutermost) this.#begin();
    try {
      return this.#ended(run);
    } finally {
      this.#isOutermost = outer;
    }
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
    this.#schema.look();
    if (this.#hasBegun) tracker.readsWithin(this.#database);
    const isRows = Array.isArray(result) && result.length > 0 && result[0] !== undefined;
    const rows = isRows ? this.#rows(statement, result) : [];
    noteReads(this.#parts, { sql, parameters: values, rows }, () => false);
  }

  #rows(statement: object, result: readonly unknown[]): unknown {
    try {
      return rowsOf(result, columnsOf(statement));
    } catch {
      // `columns()` throws if a statement returns no rows. `rowsOf` throws for `pluck()` if two columns share a name.
      return undefined;
    }
  }

  *#iterated(run: () => unknown, sql: string, values: readonly unknown[]): Generator<unknown> {
    this.#noteStatement(sql, values);
    try {
      yield* run() as Iterable<unknown>;
    } finally {
      this.#written(() => undefined, sql, values);
    }
  }

  /** Runs a statement that writes. If it fails, it may have changed a part: `INSERT OR FAIL`. */
  #written(run: () => unknown, sql: string, values: readonly unknown[]): unknown {
    const wasOpen = this.#noteStatement(sql, values);
    return this.#ended(() => {
      try {
        return run();
      } finally {
        if (!wasOpen && this.#isOpen()) this.#isOfSavepoint = SAVEPOINT.test(sql);
      }
    });
  }

  /** Notes a statement before it is carried out. Returns whether it is in a transaction. */
  #noteStatement(sql: string, values: readonly unknown[]): boolean {
    const { tracker, statements } = this.#parts;
    if (!this.#isDetached) this.#schema.look();
    this.#note(() => {
      const { changes, unclear } = statements.changes(sql, values);
      if (changes.length > 0) tracker.defer(this.#database, changes);
      if (unclear !== undefined) tracker.deferAnything(this.#database, unclear);
    });
    const isOpen = this.#isOpen();
    if (!isOpen && BEGINS.test(sql)) this.#begin();
    if (!isOpen || COMMITS.test(sql) || (this.#isOfSavepoint && RELEASES.test(sql))) this.#intend();
    return isOpen;
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#parts.tracker.begins(this.#database);
  }

  #anything(run: () => unknown, method: string): unknown {
    const { tracker } = this.#parts;
    this.#note(() => tracker.deferAnything(this.#database, `${method}() may change anything`));
    this.#intend();
    return this.#ended(run);
  }

  /** Notes what a statement changes, before it is carried out. */
  #note(note: () => void): void {
    if (this.#isDetached) return;
    const { tracker } = this.#parts;
    try {
      note();
    } catch (error) {
      tracker.report(error);
      tracker.deferAnything(this.#database, 'a statement could not be read');
    }
  }

  #intend(): void {
    if (!this.#isDetached) this.#parts.tracker.intendNow(this.#database);
  }

  /** Runs something. Then, if no transaction is open, deletes the pages of the changes. */
  #ended(run: () => unknown): unknown {
    try {
      return run();
    } finally {
      if (!this.#isDetached && !this.#isOpen()) {
        this.#hasBegun = false;
        this.#done = Promise.all([this.#done, this.#parts.tracker.commit(this.#database)]);
      }
    }
  }

  #isOpen(): boolean {
    return isInTransaction(this.#database, this.#exec);
  }
}

/** Wraps a method, if there is one, only on this object. */
function wrap(
  target: object,
  method: string,
  followed: (run: (given?: readonly unknown[]) => unknown, given: readonly unknown[]) => unknown,
): void {
  const original: unknown = Reflect.get(target, method);
  if (typeof original !== 'function') return;
  const value = (...given: readonly unknown[]) =>
    followed((own = given) => Reflect.apply(original, target, own), given);
  Object.defineProperty(target, method, { value, writable: true, configurable: true });
}
