import type { LostConnection } from '../tracker.js';

/** The part of Sequelize that is used. */
export interface SequelizeInstance {
  readonly models: Readonly<Record<string, unknown>>;
  getDialect(): string;
  // biome-ignore lint/suspicious/noExplicitAny: hooks have parameters of many kinds
  addHook(type: never, hook: (...values: any[]) => unknown): unknown;
  removeHook(type: never, hook: unknown): unknown;
}

/** Whether the database is MySQL or MariaDB. */
export function isMysql(dialect: string): boolean {
  return ['mysql', 'mariadb'].includes(dialect);
}

/** A transaction, or a savepoint in its parent. */
export interface SequelizeTransaction {
  readonly parent?: SequelizeTransaction | null;
  afterCommit(work: () => Promise<void>): void;
}

/** What hooks are told of a query. */
export interface QueryOptions {
  readonly bind?: unknown;
  readonly transaction?: SequelizeTransaction | null;
  /** Of queries of `findAll()` alone. */
  readonly tableNames?: unknown;
  readonly hooks?: boolean;
}

/** A query, as hooks are told of it; its text is there when it is sent. */
export interface SequelizeQuery {
  readonly sql?: unknown;
  readonly connection?: LostConnection;
  run?(sql: unknown, parameters?: unknown): Promise<unknown>;
}

/** The changes of a savepoint are those of the transaction that it is in. */
export function rootOf(
  transaction: SequelizeTransaction | null | undefined,
): SequelizeTransaction | undefined {
  return transaction?.parent ? rootOf(transaction.parent) : (transaction ?? undefined);
}
