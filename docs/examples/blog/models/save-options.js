/**
 * For what is saved or removed with a single statement. TypeORM would begin a transaction for it, and with SQLite all
 * requests share one connection: what one rolls back could be another's.
 */
export const AT_ONCE = { transaction: false };
