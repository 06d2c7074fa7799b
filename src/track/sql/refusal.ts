/** Classes of PostgreSQL errors that end the connection: the server may have executed what it was sent. */
const LOST = /^(?:08|57P|58|XX)/;

/**
 * Whether the database itself reported that a statement failed, so that its answer is not lost. Libraries wrap the
 * errors of drivers in their own.
 */
export function isRefusal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { severity, code, sqlState, fatal, original, driverError } = error as Readonly<
    Record<string, unknown>
  >;
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return true;
  // Only errors from the server have a severity, in the server's language.
  if (typeof severity === 'string' && typeof code === 'string') return !LOST.test(code);
  // An error of MySQL or MariaDB.
  if (typeof sqlState === 'string') return fatal !== true && !LOST.test(sqlState);
  return isRefusal(driverError ?? original);
}
