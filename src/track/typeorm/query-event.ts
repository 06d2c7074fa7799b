/** TypeORM's connection of one user; transactions are run on it. */
export interface QueryRunner {
  readonly isTransactionActive: boolean;
}

/** What TypeORM tells a subscriber of a query. */
export interface QueryEvent {
  readonly query: string;
  readonly parameters?: unknown;
  readonly rawResults?: unknown;
  readonly success: boolean;
  readonly queryRunner: QueryRunner;
}

/** A query as it is read from an event. */
export interface ReadQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly rows: unknown;
  /** Whether it looks for the keys of the rows of a joined query, which comes next. */
  readonly isForKeys: boolean;
}

/** How a query finds keys first, around the query that it is about. */
const WRAPPED = /^SELECT DISTINCT "distinctAlias".*? FROM \((.*)\) "distinctAlias"/s;

export function readQuery({ query, parameters, rawResults }: QueryEvent): ReadQuery {
  const wrapped = WRAPPED.exec(query)?.[1];
  const rows = rowsIn(rawResults);
  return {
    sql: wrapped ?? query,
    parameters: listed(parameters),
    rows,
    isForKeys: wrapped !== undefined && Array.isArray(rows) && rows.length > 0,
  };
}

/** What a query does to the transaction that it is in; a rollback to a savepoint does nothing. */
export function transactionStep(query: string): 'begin' | 'commit' | 'rollback' | undefined {
  if (/^\s*(?:begin|start)\b/i.test(query)) return 'begin';
  if (/^\s*(?:commit|end)\b/i.test(query)) return 'commit';
  return /^\s*rollback\b(?!\s+(?:transaction\s+)?to\b)/i.test(query) ? 'rollback' : undefined;
}

/** The parameters in their order. Some drivers take named ones, in an object: their values are not known here. */
export function listed(parameters: unknown): readonly unknown[] {
  return Array.isArray(parameters) ? parameters : [];
}

/** The rows in the result of a driver that gives more than them. */
function rowsIn(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'rows' in result ? result.rows : result;
}
