import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { resultName } from '../../src/sqlite/result-codes.js';

const header = join(
  dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json')),
  'deps/sqlite3/sqlite3.h',
);

/** Returns the numbers in SQLite's own header, by name. The numbers of notices are no errors. */
function resultsOf(text: string): ReadonlyMap<string, number> {
  const results = new Map<string, number>();
  const definition = /^#define (SQLITE_\w+) +(?:(\d+) +\/\*|\((SQLITE_\w+) *\| *\((\d+)<<8\)\))/gm;
  for (const [, name = '', primary, of = '', extended] of text.matchAll(definition))
    results.set(
      name,
      primary === undefined ? (results.get(of) ?? 0) + Number(extended) * 256 : Number(primary),
    );
  return results;
}

test('each error has the name that SQLite gives it', () => {
  const results = resultsOf(readFileSync(header, 'utf8').split('CAPI3REF: Flags For File Open')[0] ?? '');
  expect(results.size).toBeGreaterThan(90);
  const errors = [...results].filter(([name]) => !/^SQLITE_(?:OK|NOTICE|WARNING|AUTH|ROW|DONE)/.test(name));
  expect(errors.map(([, code]) => resultName(code))).toEqual(errors.map(([name]) => name));
});

test('an error that is newer than the list has the name of its kind', () => {
  expect(resultName(10 + 256 * 200)).toBe('SQLITE_IOERR');
  expect(resultName(200)).toBe('SQLITE_ERROR');
});
