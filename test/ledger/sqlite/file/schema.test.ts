import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  checkSqliteVersion,
  isSafeSqlite,
  prepareSchema,
} from '../../../../src/ledger/sqlite/file/schema.js';
import { selectorOf } from '../../../../src/ledger/sqlite/sql/log.js';
import { prepareStatements } from '../../../../src/ledger/sqlite/statements.js';
import { temporaryFolder } from '../../../helpers/temporary.js';

function openInMemory(): Database.Database {
  const database = new Database(':memory:');
  onTestFinished(() => void database.close());
  return database;
}

describe('a release of SQLite', () => {
  test.each([
    '3.51.3',
    '3.51.4',
    '3.51.10',
    '3.52.0',
    '3.53.2',
    '3.100.0',
    '3.50.7',
    '3.50.12',
    '3.44.6',
    '3.44.10',
    '4.0.0',
  ])('%s is safe with several writers', (version) => {
    expect(isSafeSqlite(version)).toBe(true);
  });

  test.each([
    ...[
      '3.51.2',
      '3.51.1',
      '3.51.0',
      '3.50.6',
      '3.50.0',
      '3.49.9',
      '3.45.0',
      '3.44.5',
      '3.44.0',
      '3.43.9',
      '3.7.17',
      '2.8.17',
    ],
    ...['', 'unknown', '3', '3.51'],
  ])('%j is not', (version) => {
    expect(isSafeSqlite(version)).toBe(false);
  });

  test('that is not is refused, with the remedy', () => {
    const database = openInMemory();
    database.function('sqlite_version', () => '3.45.1');
    expect(() => checkSqliteVersion(database)).toThrow(
      expect.objectContaining({
        code: 'ERR_LEDGER_UNUSABLE',
        message:
          'Expected SQLite 3.51.3 or newer, got 3.45.1: older ones can lose commits with several processes. Update better-sqlite3.',
        fields: { version: '3.45.1' },
      }),
    );
  });

  test('that comes with better-sqlite3 is safe', () => {
    expect(() => checkSqliteVersion(openInMemory())).not.toThrow();
  });
});

describe('the tables', () => {
  test('are made where there are none, once', () => {
    const database = openInMemory();
    expect(prepareSchema(database, 'ledger.sqlite')).toBe(true);
    expect(prepareSchema(database, 'ledger.sqlite')).toBe(false);
  });

  test.each([3, 1, 0, -1])('of the format %i are refused, not guessed', (version) => {
    const database = openInMemory();
    prepareSchema(database, 'ledger.sqlite');
    database.pragma(`user_version = ${version}`);
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
    database.pragma(`application_id = ${applicationId}`);
    expect(() => prepareSchema(database, '/pages/ledger.sqlite')).toThrow(
      expect.objectContaining({ code: 'ERR_LEDGER_FOREIGN', path: '/pages/ledger.sqlite' }),
    );
    expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['notes']);
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
  // Of a newer release: too much is invalidated rather than too little.
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
  ] as const)('%s uses an index', async (statement) => {
    const asked: string[] = [];
    const database = new Database(join(await temporaryFolder(), 'ledger.sqlite'), {
      verbose: (sql) => void asked.push(String(sql)),
    });
    onTestFinished(() => void database.close());
    prepareSchema(database, 'ledger.sqlite');
    const statements = prepareStatements(database);
    const query = statements[statement] as { all(values: object): readonly object[] };
    query.all(parameters);
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${asked.at(-1)}`).all() as readonly {
      readonly detail: string;
    }[];
    expect(
      plan
        .map(({ detail }) => detail)
        .filter((detail) => /^SCAN (?!invalidations$)|TEMP B-TREE/.test(detail)),
    ).toEqual([]);
  });
});
