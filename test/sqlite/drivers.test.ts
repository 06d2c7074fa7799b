import { describe, expect, test } from 'vitest';
import { betterSqlite3 } from '../../src/sqlite/better-sqlite3.js';
import { nodeSqlite } from '../../src/sqlite/node-sqlite.js';
import { driverContract } from '../contract/sqlite.js';
import { isUsable } from '../helpers/databases/other-driver.js';

/** Node 20 has no SQLite of its own. Where Node has one, the better-sqlite3 package may be built for another Node. */
const available = [nodeSqlite, betterSqlite3].filter(isUsable);

test('there is one at least', () => {
  expect(available).not.toEqual([]);
});

describe.each(available)('$name', (driver) => driverContract(driver));
