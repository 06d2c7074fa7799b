/** Classes of PostgreSQL's errors with which a server ends a connection, so that it may have carried out what it was sent. */
const LOST = /^(?:08|57P|58|XX)/;

/**
 * Whether the database itself has said that a statement failed, so that its answer is not lost. Libraries put the errors of
 * drivers into their own.
 */
export function isRefusal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { severity, code, sqlState, fatal, original, driverError } = error as Readonly<
    Record<string, unknown>
  >;
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return true;
  // Only the server's errors have a severity, in its own language.
  if (typeof severity === 'string' && typeof code === 'string') return !LOST.test(code);
  // Of MySQL and MariaDB.
  if (typeof sqlState === 'string') return fatal !== true && !LOST.test(sqlState);
  return isRefusal(driverError ?? original);
}
