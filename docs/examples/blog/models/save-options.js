/**
 * Options for saving or removing with a single statement. By default TypeORM begins a transaction for it. With SQLite
 * all requests share one connection, so one request could roll back what another has written.
 */
export const AT_ONCE = { transaction: false };
