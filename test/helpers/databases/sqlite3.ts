import Database from 'better-sqlite3';

type Callback = (this: Outcome, error: Error | null, rows?: unknown) => void;

/** The `this` of a callback. Sequelize recognizes it by the name of its class. */
class Statement {
  readonly changes: number;
  readonly lastID: number;

  constructor(changes = 0, lastID = 0) {
    this.changes = changes;
    this.lastID = lastID;
  }
}

type Outcome = Statement;

/**
 * The part of the interface of the package sqlite3 that Sequelize calls, on top of better-sqlite3. Sequelize's option
 * `dialectModule` takes it, so that no second SQLite has to be compiled. Callbacks run later, as those of sqlite3 do.
 */
class CallbackDatabase {
  readonly filename: string;
  readonly #database: Database.Database;
  /** Sequelize sets it. */
  uuid: string | undefined;

  constructor(filename: string, _mode: number, callback: (error: Error | null) => void) {
    this.filename = filename;
    this.#database = new Database(filename, { timeout: 0 });
    this.#database.pragma('journal_mode = WAL');
    setImmediate(callback, null);
  }

  serialize(work: () => void): void {
    work();
  }

  run(sql: string, ...rest: readonly unknown[]): void {
    this.#call(sql, rest);
  }

  all(sql: string, ...rest: readonly unknown[]): void {
    this.#call(sql, rest);
  }

  close(callback: (error: Error | null) => void = () => undefined): void {
    this.#database.close();
    setImmediate(callback, null);
  }

  #call(sql: string, rest: readonly unknown[]): void {
    const callback = rest.find((one): one is Callback => typeof one === 'function') ?? (() => undefined);
    const parameters = rest.find((one) => typeof one === 'object' && one !== null) ?? {};
    try {
      const { outcome, rows } = this.#execute(sql, parameters);
      setImmediate(() => callback.call(outcome, null, rows));
    } catch (error) {
      setImmediate(() => callback.call(new Statement(), error as Error));
    }
  }

  #execute(sql: string, parameters: object): { readonly outcome: Statement; readonly rows: unknown[] } {
    const statement = this.#database.prepare(sql);
    const given = bound(parameters);
    if (statement.reader) return { outcome: new Statement(), rows: statement.all(...given) };
    const { changes, lastInsertRowid } = statement.run(...given);
    return { outcome: new Statement(changes, Number(lastInsertRowid)), rows: [] };
  }
}

/** Converts parameters: sqlite3 calls one `$1`, better-sqlite3 `1`; and better-sqlite3 accepts no booleans. */
function bound(parameters: object): unknown[] {
  const entries = Object.entries(parameters).map(([name, value]) => [
    name.replace(/^\$/, ''),
    typeof value === 'boolean' ? Number(value) : value,
  ]);
  return entries.length === 0 ? [] : [Object.fromEntries(entries)];
}

export const sqlite3 = {
  Database: CallbackDatabase,
  OPEN_READWRITE: 2,
  OPEN_CREATE: 4,
};
