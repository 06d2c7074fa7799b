import { delimiter, dirname } from 'node:path';
import { nodeWithSqlite } from './prepare/node.mjs';

/** What is run with both drivers of SQLite, in a smaller number of seeds. */
export const ON_BOTH_DRIVERS = ['test/sqlite', 'test/ledger', 'test/protocol/kill', 'test/protocol/faults'];

/**
 * The environment in which tests use the driver of SQLite that they do not use otherwise: another Node, which has its own, or, where
 * this one has, better-sqlite3. Undefined: there is no other Node.
 */
export function otherDriver() {
  const node = nodeWithSqlite();
  if (node === undefined) return undefined;
  return node === process.execPath
    ? { STATICGENERATOR_SQLITE: 'better-sqlite3' }
    : { STATICGENERATOR_SQLITE: 'node', PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
}
