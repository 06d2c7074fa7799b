import type { Driver, OpenOptions, SqliteDatabase, Statement } from './database.js';
import { resultName } from './result-codes.js';

/** The part of `node:sqlite` that is used. */
interface NodeSqlite {
  readonly DatabaseSync: new (file: string, options: object) => NodeDatabase;
}

interface NodeDatabase {
  readonly isOpen: boolean;
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  close(): void;
}

interface NodeStatement extends Statement<readonly object[], unknown> {
  setReturnArrays(enabled: boolean): void;
}

/** The SQLite that comes with Node: nothing has to be installed. */
export const nodeSqlite: Driver = {
  name: 'node:sqlite',
  load() {
    const { DatabaseSync } = loadModule();
    return (file, { readonly = false, timeoutMilliseconds }: OpenOptions) =>
      naming(() => {
        const database = new DatabaseSync(file, {
          ...{ readOnly: readonly, timeout: timeoutMilliseconds },
          // As in better-sqlite3.
          allowUnknownNamedParameters: true,
        });
        // As in better-sqlite3, eight times the default: a ledger of a hundred thousand pages stays in memory.
        database.exec('PRAGMA cache_size = -16000');
        return new NodeSqliteDatabase(database);
      });
  },
};

function loadModule(): NodeSqlite {
  const module = withoutWarning(() => process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined);
  if (module === undefined) throw new Error(`Node ${process.versions.node} has no node:sqlite`);
  return module;
}

/**
 * Releases of Node that call SQLite experimental say so on standard error when it is loaded. People who run a site have
 * made no such choice, and a program that reads JSON there would fail. Other warnings are let through.
 */
function withoutWarning<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = (...given: unknown[]) => {
    if (given[1] !== 'ExperimentalWarning') Reflect.apply(emitWarning, process, given);
  };
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Gives an error of SQLite the name that SQLite has for it: in Node, all have the same `code`. */
function named(error: unknown): unknown {
  if (error instanceof Error && 'errcode' in error)
    Object.assign(error, { code: resultName(Number(error.errcode)) });
  return error;
}

function naming<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw named(error);
  }
}

function* namingSteps<T>(begin: () => Iterable<T>): Generator<T> {
  try {
    yield* begin();
  } catch (error) {
    throw named(error);
  }
}

class NodeSqliteDatabase implements SqliteDatabase {
  readonly #database: NodeDatabase;

  constructor(database: NodeDatabase) {
    this.#database = database;
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction;
  }

  exec(sql: string): void {
    naming(() => this.#database.exec(sql));
  }

  prepare<Parameters extends readonly object[], Row>(sql: string): Statement<Parameters, Row> {
    const statement = naming(() => this.#database.prepare(sql)) as Statement<Parameters, Row>;
    return {
      get: (...parameters) => naming(() => statement.get(...parameters)),
      all: (...parameters) => naming(() => statement.all(...parameters)),
      run: (...parameters) => naming(() => statement.run(...parameters)),
      iterate: (...parameters) => namingSteps(() => statement.iterate(...parameters)),
    };
  }

  prepareValue<Parameters extends readonly object[], Value>(sql: string): Statement<Parameters, Value> {
    const prepared = naming(() => this.#database.prepare(sql));
    prepared.setReturnArrays(true);
    const statement = prepared as unknown as Statement<Parameters, readonly [Value]>;
    return {
      get: (...parameters) => naming(() => statement.get(...parameters)?.[0]),
      all: (...parameters) => naming(() => statement.all(...parameters).map(([value]) => value)),
      run: (...parameters) => naming(() => statement.run(...parameters)),
      *iterate(...parameters) {
        for (const [value] of namingSteps(() => statement.iterate(...parameters))) yield value;
      },
    };
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}
