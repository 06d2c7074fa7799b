/** A prepared statement with its parameters, all named, and the rows that it returns. */
export interface Statement<Parameters extends readonly object[], Row> {
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): readonly Row[];
  iterate(...parameters: Parameters): Iterable<Row>;
  run(...parameters: Parameters): { readonly lastInsertRowid: number | bigint };
}

/** One connection to an SQLite file. It throws errors with the `code` that SQLite gives them: `SQLITE_BUSY`, …. */
export interface SqliteDatabase {
  readonly inTransaction: boolean;
  /** Runs statements, also a pragma. Their rows are ignored. */
  exec(sql: string): void;
  prepare<Parameters extends readonly object[], Row>(sql: string): Statement<Parameters, Row>;
  /** As {@link prepare}, for statements with one column: returns the values in it. */
  prepareValue<Parameters extends readonly object[], Value>(sql: string): Statement<Parameters, Value>;
  close(): void;
}

export interface OpenOptions {
  /** The file must exist, and is not changed. */
  readonly readonly?: boolean;
  /** How long SQLite waits for other connections. Meanwhile, the thread is blocked. */
  readonly timeoutMilliseconds: number;
}

export type OpenDatabase = (file: string, options: OpenOptions) => SqliteDatabase;

/** A library that contains SQLite. */
export interface Driver {
  readonly name: 'node:sqlite' | 'better-sqlite3';
  /** Throws if this Node, or this installation, does not have it. */
  load(): OpenDatabase;
}
