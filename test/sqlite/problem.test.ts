import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { betterSqlite3 } from '../../src/sqlite/better-sqlite3.js';
import { problemOf } from '../../src/sqlite/problem.js';

const require = createRequire(import.meta.url);

/** Returns the error that `require` throws for a module that does not exist. */
function missing(module: string): unknown {
  try {
    return require(module);
  } catch (error) {
    return error;
  }
}

test('a package that is not there is to be installed', () => {
  const error = missing('better-sqlite4') as Error;
  error.message = error.message.replace('better-sqlite4', 'better-sqlite3');
  expect(problemOf(betterSqlite3, error)).toEqual({
    what: 'The package better-sqlite3 is not installed',
    remedy: 'npm install better-sqlite3',
    cause: undefined,
  });
});

test('a package that lacks its native part is to be built again', () => {
  const error = missing('/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node');
  const { what, remedy } = problemOf(betterSqlite3, error);
  expect(what).toBe(
    `The package better-sqlite3 is installed, but its native part does not load in Node ${process.versions.node} (Cannot find module '/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node')`,
  );
  expect(remedy).toBe('npm rebuild better-sqlite3 --ignore-scripts=false');
});
