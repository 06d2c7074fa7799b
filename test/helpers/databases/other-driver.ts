import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { betterSqlite3 } from '../../../src/sqlite/better-sqlite3.js';
import type { Driver } from '../../../src/sqlite/database.js';
import { nodeSqlite } from '../../../src/sqlite/node-sqlite.js';
import { loadDriver } from '../../../src/sqlite/open.js';

/** The file in which .dev/prepare.mjs notes a Node with node:sqlite. */
const noted = fileURLToPath(
  new URL('../../../node_modules/.cache/staticgenerator/node-with-sqlite.json', import.meta.url),
);

/** The options of `fork` for a process that uses a certain driver of SQLite. */
export interface DriverProcess {
  readonly execPath: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Whether this Node has the driver. */
export function isUsable(driver: Driver): boolean {
  try {
    loadDriver(driver);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the options for processes with each of the two drivers, whichever this process uses; `undefined` if only one
 * driver is installed.
 */
export function bothDrivers(): readonly DriverProcess[] | undefined {
  if (!isUsable(betterSqlite3)) return undefined;
  const node = isUsable(nodeSqlite) ? process.execPath : nodeWithSqlite();
  if (node === undefined) return undefined;
  const using = (name: string, execPath: string) => ({
    execPath,
    env: { ...process.env, STATICGENERATOR_SQLITE: name },
  });
  return [using('better-sqlite3', process.execPath), using('node', node)];
}

/** Returns the Node that the tests with node:sqlite use, or undefined if there is none. */
export function nodeWithSqlite(): string | undefined {
  if (!existsSync(noted)) return undefined;
  return (JSON.parse(readFileSync(noted, 'utf8')) as { readonly node: string }).node;
}
