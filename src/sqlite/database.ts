/** A prepared statement with its parameters, all named, and the rows that it gives. */
export interface Statement<Parameters extends readonly object[], Row> {
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): readonly Row[];
  iterate(...parameters: Parameters): Iterable<Row>;
  run(...parameters: Parameters): { readonly lastInsertRowid: number | bigint };
}

/** One connection to a file of SQLite. What SQLite refuses is thrown as an error whose `code` is SQLite's: `SQLITE_BUSY`, …. */
export interface SqliteDatabase {
  readonly inTransaction: boolean;
  /** Runs statements, a pragma too; their rows are left aside. */
  exec(sql: string): void;
  prepare<Parameters extends readonly object[], Row>(sql: string): Statement<Parameters, Row>;
  /** As {@link prepare}, for statements with one column: gives the values in it. */
  prepareValue<Parameters extends readonly object[], Value>(sql: string): Statement<Parameters, Value>;
  close(): void;
}

export interface OpenOptions {
  /** The file must exist, and is not changed. */
  readonly readonly?: boolean;
  /** How long SQLite waits for other connections, in which the thread stands still. */
  readonly timeoutMilliseconds: number;
}

export type OpenDatabase = (file: string, options: OpenOptions) => SqliteDatabase;

/** A way to SQLite. */
export interface Driver {
  readonly name: 'node:sqlite' | 'better-sqlite3';
  /** Throws where this Node, or this installation, does not have it. */
  load(): OpenDatabase;
}
