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

/** The options of a query, as hooks get them. */
export interface QueryOptions {
  readonly bind?: unknown;
  readonly transaction?: SequelizeTransaction | null;
  /** Only in queries of `findAll()`. */
  readonly tableNames?: unknown;
  readonly hooks?: boolean;
}

/** A query, as hooks get it. Its text is there when it is sent. */
export interface SequelizeQuery {
  readonly sql?: unknown;
  readonly connection?: LostConnection;
  run?(sql: unknown, parameters?: unknown): Promise<unknown>;
}

/** Returns the transaction around all savepoints: their changes are its changes. */
export function rootOf(
  transaction: SequelizeTransaction | null | undefined,
): SequelizeTransaction | undefined {
  return transaction?.parent ? rootOf(transaction.parent) : (transaction ?? undefined);
}
