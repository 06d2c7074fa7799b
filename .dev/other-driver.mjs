import { delimiter, dirname } from 'node:path';
import { nodeWithSqlite } from './prepare/node.mjs';

/** The tests that `npm test` runs with both SQLite drivers, with fewer seeds than `npm run test:long`. */
export const ON_BOTH_DRIVERS = ['test/sqlite', 'test/ledger', 'test/protocol/kill', 'test/protocol/faults'];

/**
 * Returns the environment in which tests use the SQLite driver that they do not use otherwise. That is better-sqlite3
 * if this Node has a SQLite of its own, otherwise another Node that has one. Returns undefined if no Node with SQLite
 * was found.
 */
export function otherDriver() {
  const node = nodeWithSqlite();
  if (node === undefined) return undefined;
  return node === process.execPath
    ? { STATICGENERATOR_SQLITE: 'better-sqlite3' }
    : { STATICGENERATOR_SQLITE: 'node', PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
}
