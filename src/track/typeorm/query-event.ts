import type { LostConnection } from '../tracker.js';

/** TypeORM's connection of one user; transactions are run on it. */
export interface QueryRunner {
  readonly isTransactionActive: boolean;
  /** How many transactions are open, each within the one before. */
  readonly transactionDepth?: number;
  query(sql: string): Promise<unknown>;
  /** That of the driver. */
  readonly databaseConnection?: unknown;
}

/** What TypeORM tells a subscriber before a query. */
export interface QueryBefore {
  readonly query: string;
  readonly parameters?: unknown;
  readonly queryRunner: QueryRunner;
}

/** What TypeORM tells a subscriber of a query. */
export interface QueryEvent extends QueryBefore {
  readonly rawResults?: unknown;
  readonly success: boolean;
  readonly error?: unknown;
}

/** The connection of a query, if it tells what becomes of it. */
export function connectionOf({ queryRunner }: QueryEvent): LostConnection | undefined {
  const connection = queryRunner.databaseConnection;
  return typeof connection === 'object' && connection !== null ? connection : undefined;
}

/** A query as it is read from an event. */
export interface ReadQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly rows: unknown;
  /** Of a query that looks for the keys of the rows of a joined query, which comes next: what is around that one. */
  readonly around?: string;
}

/** How a query finds keys first, around the query that it is about. */
const WRAPPED = /^(SELECT DISTINCT (["`])distinctAlias\2.*? FROM )\((.*)\) \2distinctAlias\2(.*)$/s;
/** What keys are called in the results, before the name that the query within has for them. */
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

/** The parameters in their order. Some drivers take named ones, in an object: their values are not known here. */
export function listed(parameters: unknown): readonly unknown[] {
  return Array.isArray(parameters) ? parameters : [];
}

/** The rows in the result of a driver that gives more than them. */
function rowsIn(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'rows' in result ? result.rows : result;
}
