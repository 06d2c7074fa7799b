import { describe, expect, onTestFinished, test } from 'vitest';
import { prepareSchema } from '../../../../src/ledger/sqlite/file/schema.js';
import { selectorOf } from '../../../../src/ledger/sqlite/sql/log.js';
import { prepareStatements } from '../../../../src/ledger/sqlite/statements.js';
import type { SqliteDatabase } from '../../../../src/sqlite/database.js';
import { openLedgerFile } from '../../../helpers/databases/ledger-file.js';

function openInMemory(): SqliteDatabase {
  const database = openLedgerFile(':memory:');
  onTestFinished(() => database.close());
  return database;
}

/** Returns a database that does not prepare statements, but returns their text. */
function showing(database: SqliteDatabase): SqliteDatabase {
  const show = (sql: string) => ({ sql }) as never;
  return { ...database, prepare: show, prepareValue: show };
}

describe('the tables', () => {
  test('are made where there are none, once', () => {
    const database = openInMemory();
    expect(prepareSchema(database, 'ledger.sqlite')).toBe(true);
    expect(prepareSchema(database, 'ledger.sqlite')).toBe(false);
  });

  test.each([3, 1, 0, -1])('of the format %i are refused, not guessed', (version) => {
    const database = openInMemory();
    prepareSchema(database, 'ledger.sqlite');
    database.exec(`PRAGMA user_version = ${version}`);
    expect(() => prepareSchema(database, '/pages/ledger.sqlite')).toThrow(
      expect.objectContaining({
        code: 'ERR_LEDGER_VERSION',
        path: '/pages/ledger.sqlite',
        fields: { path: '/pages/ledger.sqlite', expected: 2, got: version },
        message: expect.stringMatching(
          /^Expected the ledger \/pages\/ledger\.sqlite to have format 2, got -?\d\. .*remove this file with its -wal and -shm/,
        ),
      }),
    );
  });

  test.each([0, 42])('of another program (application_id %i) are refused', (applicationId) => {
    const database = openInMemory();
    database.exec('CREATE TABLE notes (text)');
    database.exec(`PRAGMA application_id = ${applicationId}`);
    expect(() => prepareSchema(database, '/pages/ledger.sqlite')).toThrow(
      expect.objectContaining({ code: 'ERR_LEDGER_FOREIGN', path: '/pages/ledger.sqlite' }),
    );
    expect(database.prepareValue('SELECT name FROM sqlite_schema').all()).toEqual(['notes']);
  });

  test('take only values of their types', () => {
    const database = openInMemory();
    prepareSchema(database, 'ledger.sqlite');
    const insert = database.prepare(
      "INSERT INTO invalidations (kind, value, applied, at) VALUES ('path', '/', 'yes', 0)",
    );
    expect(() => insert.run()).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_DATATYPE' }));
  });
});

test.each([
  [
    { kind: 'path', value: '/a', host: null },
    { kind: 'path', value: '/a' },
  ],
  [
    { kind: 'path', value: '/a', host: 'a.example' },
    { kind: 'path', value: '/a', host: 'a.example' },
  ],
  [
    { kind: 'glob', value: '/a*', host: null },
    { kind: 'glob', value: '/a*' },
  ],
  [
    { kind: 'tag', value: 'x', host: null },
    { kind: 'tag', value: 'x' },
  ],
  [{ kind: 'all', value: '', host: null }, { kind: 'all' }],
  // An entry of a newer release: rather invalidate too much than too little.
  [{ kind: 'query', value: '?a=b', host: null }, { kind: 'all' }],
])('the entry %j is read as %j', (row, selector) => {
  expect(selectorOf(row)).toEqual(selector);
});

describe('every look-up that is made often', () => {
  const parameters = {
    ...{
      host: '',
      path: '/',
      name: '/',
      file: 'index.html',
      tag: 'x',
      page: 1,
      after: 0,
      limit: 10,
      from: '/a',
      to: '/b',
    },
    ...{ now: 0, sequence: 0 },
  };

  test.each([
    ...[
      'placedFile',
      'pageByFile',
      'otherFiles',
      'pagesByTag',
      'pagesByName',
      'pagesByPrefix',
      'tagsOfPage',
      'expiredPages',
    ],
    ...['entry', 'entriesAfter', 'newestEntries', 'allPages', 'filesAfter', 'placedByName', 'refusal'],
  ] as const)('%s uses an index', (statement) => {
    const database = openInMemory();
    prepareSchema(database, 'ledger.sqlite');
    const { sql } = prepareStatements(showing(database))[statement] as unknown as { readonly sql: string };
    const explained = database.prepare<[object], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
    const plan = explained.all(parameters);
    expect(
      plan
        .map(({ detail }) => detail)
        .filter((detail) => /^SCAN (?!invalidations$)|TEMP B-TREE/.test(detail)),
    ).toEqual([]);
  });
});
