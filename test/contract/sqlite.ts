import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Driver, OpenOptions, SqliteDatabase } from '../../src/sqlite/database.js';
import { temporaryFolder } from '../helpers/temporary.js';

interface Pair {
  readonly id: number;
  readonly name: string | null;
}

/** Tests what the ledger needs from every driver of SQLite. */
export function driverContract(driver: Driver): void {
  const newFile = async () => join(await temporaryFolder(), 'file.sqlite');
  const openFile = (file: string, options: Partial<OpenOptions> = {}): SqliteDatabase => {
    const database = driver.load()(file, { timeoutMilliseconds: 0, ...options });
    onTestFinished(() => database.close());
    return database;
  };
  const openTable = () => {
    const database = openFile(':memory:');
    database.exec(
      "CREATE TABLE pairs (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT; INSERT INTO pairs VALUES (1, 'a')",
    );
    return database;
  };
  const codeOf = (work: () => unknown) => {
    try {
      work();
      return undefined;
    } catch (error) {
      return (error as { readonly code?: unknown }).code;
    }
  };

  test('gives rows, one, all and one after the other', () => {
    const database = openTable();
    database.exec('INSERT INTO pairs VALUES (2, NULL)');
    const from = database.prepare<[{ id: number }], Pair>(
      'SELECT id, name FROM pairs WHERE id >= @id ORDER BY id',
    );
    const [first, second] = [
      { id: 1, name: 'a' },
      { id: 2, name: null },
    ];
    expect({ ...from.get({ id: 1 }) }).toEqual(first);
    expect(from.get({ id: 3 })).toBeUndefined();
    expect(from.all({ id: 1 }).map((row) => ({ ...row }))).toEqual([first, second]);
    expect(Array.from(from.iterate({ id: 1 }), (row) => ({ ...row }))).toEqual([first, second]);
    expect(database.prepare<[], Pair>('SELECT * FROM pairs').all()).toHaveLength(2);
  });

  test('gives the values of the one column', () => {
    const database = openTable();
    database.exec("INSERT INTO pairs VALUES (2, 'b')");
    const names = database.prepareValue<[], string>('SELECT name FROM pairs ORDER BY id');
    expect([names.get(), names.all(), [...names.iterate()]]).toEqual(['a', ['a', 'b'], ['a', 'b']]);
    expect(database.prepareValue<[], string>('SELECT name FROM pairs WHERE false').get()).toBeUndefined();
    expect(database.prepareValue<[], number>('PRAGMA user_version').get()).toBe(0);
  });

  test('takes parameters by their bare names, and leaves aside those that a statement does not have', () => {
    const database = openTable();
    const insert = database.prepare<[object], never>('INSERT INTO pairs (name) VALUES (@name)');
    expect(Number(insert.run({ name: 'b', other: 1 }).lastInsertRowid)).toBe(2);
    expect(Number(insert.run({ name: null }).lastInsertRowid)).toBe(3);
  });

  test('gives what a change returns, which is made once', () => {
    const database = openTable();
    const insert = database.prepare<[{ name: string }], Pair>(
      'INSERT INTO pairs (name) VALUES (@name) RETURNING id, name',
    );
    expect({ ...insert.get({ name: 'b' }) }).toEqual({ id: 2, name: 'b' });
    expect(database.prepareValue<[], number>('SELECT count(*) FROM pairs').get()).toBe(2);
  });

  test('keeps milliseconds since 1970 and texts of all characters as they are', () => {
    const database = openFile(':memory:');
    const same = (value: unknown) => database.prepareValue<[object], unknown>('SELECT @value').get({ value });
    for (const value of [1_900_000_000_123, -1, 2 ** 53 - 1, 0.5, '', 'ä😀\n', 'x'.repeat(1_000_000), null])
      expect(same(value)).toEqual(value);
  });

  test('lets go of a statement that is left before its last row', () => {
    const database = openTable();
    database.exec("INSERT INTO pairs VALUES (2, 'b')");
    for (const { id } of database.prepare<[], Pair>('SELECT * FROM pairs').iterate()) {
      expect(id).toBe(1);
      break;
    }
    database.exec('DROP TABLE pairs');
  });

  test('says whether a transaction is open', () => {
    const database = openTable();
    const seen = [database.inTransaction];
    for (const sql of ['BEGIN IMMEDIATE', 'COMMIT', 'BEGIN', 'ROLLBACK']) {
      database.exec(sql);
      seen.push(database.inTransaction);
    }
    expect(seen).toEqual([false, true, false, true, false]);
  });

  test.each([
    ['a value that is there already', "INSERT INTO pairs VALUES (2, 'a')", 'SQLITE_CONSTRAINT_UNIQUE'],
    ['a key that is there already', "INSERT INTO pairs VALUES (1, 'b')", 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    ['a value of another type', "INSERT INTO pairs VALUES ('x', 'b')", 'SQLITE_MISMATCH'],
    ['a statement that is none', 'INSRT', 'SQLITE_ERROR'],
    ['a commit of nothing', 'COMMIT', 'SQLITE_ERROR'],
  ])('names %s as SQLite does', (_name, sql, code) => {
    const database = openTable();
    expect(codeOf(() => database.exec(sql))).toBe(code);
    expect(codeOf(() => database.prepare(sql).run())).toBe(code);
  });

  test('names what fails at a row', () => {
    const database = openTable();
    const overflow = 'SELECT abs(iif(column1, -9223372036854775807 - 1, 1)) AS value FROM (VALUES (0), (1))';
    expect(codeOf(() => database.prepare<[], object>(overflow).all())).toBe('SQLITE_ERROR');
    expect(codeOf(() => [...database.prepareValue<[], number>(overflow).iterate()])).toBe('SQLITE_ERROR');
  });

  test('says that a lock is taken, and waits for it only as long as it was told to', async () => {
    const file = await newFile();
    const [one, other] = [openFile(file), openFile(file)];
    one.exec('PRAGMA journal_mode = WAL');
    one.exec('BEGIN IMMEDIATE');
    expect(codeOf(() => other.exec('BEGIN IMMEDIATE'))).toBe('SQLITE_BUSY');
    one.exec('COMMIT');
    other.exec('BEGIN IMMEDIATE');
    const patient = openFile(file, { timeoutMilliseconds: 1_234 });
    expect(patient.prepareValue<[], number>('PRAGMA busy_timeout').get()).toBe(1_234);
  });

  test('says that what a transaction has read is outdated', async () => {
    const file = await newFile();
    const [one, other] = [openFile(file), openFile(file)];
    one.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); BEGIN');
    one.prepareValue<[], number>('SELECT count(*) FROM t').get();
    other.exec('INSERT INTO t VALUES (1)');
    expect(codeOf(() => one.exec('INSERT INTO t VALUES (2)'))).toBe('SQLITE_BUSY_SNAPSHOT');
  });

  test('knows by its data version what another connection has committed', async () => {
    const file = await newFile();
    const [one, other] = [openFile(file), openFile(file)];
    one.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
    const version = one.prepareValue<[], number>('PRAGMA data_version');
    const before = version.get();
    one.exec('INSERT INTO t VALUES (1)');
    expect(version.get()).toBe(before);
    other.exec('INSERT INTO t VALUES (2)');
    expect(version.get()).not.toBe(before);
  });

  test('names a file that is no database, one in no folder, and one that may not be changed', async () => {
    const file = await newFile();
    openFile(file).exec('CREATE TABLE t (a)');
    expect(codeOf(() => openFile(file, { readonly: true }).exec('DROP TABLE t'))).toBe('SQLITE_READONLY');
    expect(codeOf(() => openFile(`${file}-absent`, { readonly: true }))).toBe('SQLITE_CANTOPEN');
    expect(codeOf(() => openFile(import.meta.filename, { readonly: true }).exec('PRAGMA user_version'))).toBe(
      'SQLITE_NOTADB',
    );
  });

  test('keeps as much of a file in memory as any other', async () => {
    const database = openFile(await newFile());
    expect(database.prepareValue<[], number>('PRAGMA cache_size').get()).toBe(-16_000);
  });

  test('is closed as often as one likes, and does nothing afterwards', async () => {
    const database = openFile(await newFile());
    database.close();
    database.close();
    expect(() => database.exec('CREATE TABLE t (a)')).toThrow();
  });
}
