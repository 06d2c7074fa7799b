import type { LostConnection } from '../tracker.js';

/** A connection of TypeORM for one user; transactions run on it. */
export interface QueryRunner {
  readonly isTransactionActive: boolean;
  /** How many transactions are open, each within the one before. */
  readonly transactionDepth?: number;
  query(sql: string): Promise<unknown>;
  /** The connection of the driver. */
  readonly databaseConnection?: unknown;
}

/** What a subscriber gets from TypeORM before a query. */
export interface QueryBefore {
  readonly query: string;
  readonly parameters?: unknown;
  readonly queryRunner: QueryRunner;
}

/** What a subscriber gets from TypeORM after a query. */
export interface QueryEvent extends QueryBefore {
  readonly rawResults?: unknown;
  readonly success: boolean;
  readonly error?: unknown;
}

/** Returns the driver's connection of a query, if there is one: it may report its end. */
export function connectionOf({ queryRunner }: QueryEvent): LostConnection | undefined {
  const connection = queryRunner.databaseConnection;
  return typeof connection === 'object' && connection !== null ? connection : undefined;
}

/** A query, as read from an event. */
export interface ReadQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly rows: unknown;
  /** The SQL around a joined query, if this query only finds the keys of its rows. The joined query comes next. */
  readonly around?: string;
}

/** A query that finds keys first: it wraps the query that it is about. */
const WRAPPED = /^(SELECT DISTINCT (["`])distinctAlias\2.*? FROM )\((.*)\) \2distinctAlias\2(.*)$/s;
/** The prefix in the results, before the name that a key has in the inner query. */
const PREFIX = /^ids_/;

export function readQuery({ query, parameters, rawResults }: QueryEvent): ReadQuery {
  const [, before = '', , within, after = ''] = WRAPPED.exec(query) ?? [];
  const read = { sql: within ?? query, parameters: listed(parameters), rows: rowsIn(rawResults) };
  if (within === undefined) return read;
  return { ...read, rows: named(read.rows), around: `${before}${after}` };
}

function named(rows: unknown): unknown {
  if (!Array.isArray(rows)) return rows;
  return rows.map((row: object) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name.replace(PREFIX, ''), value])),
  );
}

/** Returns the parameters in order. Some drivers take an object of named ones, whose values are not known here. */
export function listed(parameters: unknown): readonly unknown[] {
  return Array.isArray(parameters) ? parameters : [];
}

/** Returns the rows in a result. Some drivers return an object with more than the rows. */
function rowsIn(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'rows' in result ? result.rows : result;
}
