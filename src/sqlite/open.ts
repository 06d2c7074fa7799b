import { StaticGeneratorError, shownValue } from '../errors.js';
import { betterSqlite3 } from './better-sqlite3.js';
import type { Driver, OpenDatabase, OpenOptions, SqliteDatabase } from './database.js';
import { nodeSqlite } from './node-sqlite.js';
import { type Problem, problemOf } from './problem.js';
import { isSafeSqlite, UnsafeSqliteError } from './safe-version.js';

/** Names the driver to use, instead of the first that works. */
const VARIABLE = 'STATICGENERATOR_SQLITE';

/** By the value of {@link VARIABLE}, the preferred one first. */
const drivers: ReadonlyMap<string, Driver> = new Map([
  ['node', nodeSqlite],
  ['better-sqlite3', betterSqlite3],
]);

/**
 * Opens an SQLite file with the first driver that works here. Threads of one process must not use different drivers:
 * the locks on a file belong to the process, and one library removes those of the other. Throws `ERR_NO_SQLITE`.
 */
export function openDatabase(file: string, options: OpenOptions): SqliteDatabase {
  return findDriver()(file, options);
}

/** Looks for a driver each time, which takes a fraction of a millisecond: a process opens each file once. */
function findDriver(): OpenDatabase {
  const problems: Problem[] = [];
  for (const driver of chosenDrivers()) {
    try {
      return loadDriver(driver);
    } catch (error) {
      problems.push(problemOf(driver, error));
    }
  }
  const texts = problems.map(({ what, remedy }) => `${what}: ${remedy}`);
  throw new StaticGeneratorError('ERR_NO_SQLITE', `No usable SQLite was found. ${texts.join('. ')}`, {
    cause: problems.map(({ cause }) => cause).findLast((cause) => cause !== undefined),
    fields: { problems: problems.map(({ what, remedy }) => ({ what, remedy })) },
  });
}

function chosenDrivers(): Iterable<Driver> {
  const name = process.env[VARIABLE] ?? '';
  if (name === '') return drivers.values();
  const driver = drivers.get(name);
  if (driver !== undefined) return [driver];
  const expected = [...drivers.keys()].join(' or ');
  const message = `Expected the environment variable ${VARIABLE} to be ${expected}, got ${shownValue(name)}`;
  throw new StaticGeneratorError('ERR_NO_SQLITE', message);
}

/** Loads a driver, and tries it: its native part may be missing, or its SQLite may be unsafe. */
export function loadDriver(driver: Driver): OpenDatabase {
  const open = driver.load();
  const database = open(':memory:', { timeoutMilliseconds: 0 });
  try {
    const sql = 'SELECT sqlite_version() WHERE @isAsked';
    const version = String(
      database.prepareValue<[object], string>(sql).get({ isAsked: 1, others: 'ignored' }),
    );
    if (!isSafeSqlite(version)) throw new UnsafeSqliteError(version);
  } finally {
    database.close();
  }
  return open;
}
