import { existsSync } from 'node:fs';
import { mkdir, open as openFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StaticGeneratorError } from '../../../../src/errors.js';
import {
  isDamage,
  moveAside,
  openConnection,
  type SqliteLedgerOptions,
} from '../../../../src/ledger/sqlite/file/connection.js';
import { changeLedgerFile, valueIn } from '../../../helpers/databases/ledger-file.js';
import { temporaryFolder } from '../../../helpers/temporary.js';

interface Trace {
  readonly events: string[];
  readonly options: SqliteLedgerOptions;
}

/** Returns options that record which functions are called, with a folder of their own. */
async function trace(options: Partial<SqliteLedgerOptions> = {}): Promise<Trace> {
  const events: string[] = [];
  const file = join(await temporaryFolder(), 'ledger.sqlite');
  const calls = {
    prepareFolder: () => void events.push('prepare'),
    isEmpty: () => {
      events.push('created');
      return true;
    },
    onIncomplete: () => void events.push('incomplete'),
    onMovedAside: () => void events.push('moved aside'),
  };
  return { events, options: { file, version: '', ...calls, ...options } };
}

function open(options: SqliteLedgerOptions) {
  const connection = openConnection(options);
  onTestFinished(() => void connection.database.close());
  return connection;
}

describe('opening', () => {
  test('creates the ledger in a folder that is prepared first', async () => {
    const { events, options } = await trace();
    const connection = open(options);
    expect(events).toEqual(['prepare', 'created']);
    expect(connection.inode).toBe((await stat(options.file)).ino);
    expect(connection.outdating).toBeUndefined();
  });

  test('opens the one that is there', async () => {
    const { events, options } = await trace();
    open(options);
    open(options);
    expect(events).toEqual(['prepare', 'created', 'prepare']);
  });

  test('fails if its folder cannot be prepared, or what is there cannot be removed', async () => {
    const error = new Error('no');
    const fail = () => {
      throw error;
    };
    const { options } = await trace({ prepareFolder: fail });
    expect(() => openConnection(options)).toThrow(error);
    const { options: others } = await trace({ isEmpty: fail });
    expect(() => openConnection(others)).toThrow(error);
    // Nothing was created, so the next opening starts from the beginning.
    let created = 0;
    open({
      ...others,
      isEmpty: () => {
        created += 1;
        return true;
      },
    });
    expect(created).toBe(1);
  });

  test('sets what several processes need', async () => {
    const { database } = open((await trace()).options);
    expect(valueIn(database, 'PRAGMA journal_mode')).toBe('wal');
    expect(valueIn(database, 'PRAGMA foreign_keys')).toBe(1);
    // The code waits outside of SQLite.
    expect(valueIn(database, 'PRAGMA busy_timeout')).toBe(0);
  });

  test('fails where a folder is in its place, with its name', async () => {
    const { options } = await trace();
    await mkdir(options.file);
    expect(() => openConnection(options)).toThrow(
      expect.objectContaining({ code: 'ERR_LEDGER_UNUSABLE', path: options.file, cause: expect.any(Error) }),
    );
  });
});

describe('a file that is no ledger', () => {
  const spoilers: [string, (file: string) => Promise<unknown>][] = [
    [
      'something else',
      (file) => writeFile(file, 'not a database, and longer than the header of one would be'.repeat(100)),
    ],
    [
      'a database of another program',
      async (file) => {
        const table = "CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')";
        // In the mode in which we open it, so that the file keeps every byte.
        changeLedgerFile(file, 'PRAGMA journal_mode = WAL', table);
      },
    ],
    [
      'a ledger with a broken first page',
      async (file) => {
        open({ ...(await trace()).options, file }).database.close();
        const bytes = await readFile(file);
        bytes.fill(0xff, 100, 2_000);
        await writeFile(file, bytes);
      },
    ],
  ];

  test.each(spoilers)('is moved aside, and a new one begins: %s', async (_, spoil) => {
    const { events, options } = await trace();
    await spoil(options.file);
    const before = await readFile(options.file);
    const { ino } = await stat(options.file);
    let movedTo = '';
    let cause: unknown;
    const onMovedAside = (file: string, why: unknown) => {
      events.push('moved aside');
      movedTo = file;
      cause = why;
    };
    const connection = open({ ...options, onMovedAside });
    expect(events).toEqual(['prepare', 'moved aside', 'created']);
    expect(movedTo).toBe(`${options.file}.damaged-${ino}`);
    expect(await readFile(movedTo)).toEqual(before);
    expect(isDamage(cause)).toBe(true);
    expect(connection.inode).not.toBe(ino);
    expect(open(options).inode).toBe(connection.inode);
  });

  test('takes its -wal and -shm along, which are of no use to the new one', async () => {
    const { options } = await trace();
    const { database, inode } = open(options);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.exec("INSERT INTO counters VALUES ('hit', 1)");
    await spoilHeader(options.file);
    const connection = open(options);
    const damaged = `${options.file}.damaged-${inode}`;
    for (const suffix of ['', '-wal', '-shm']) expect(existsSync(`${damaged}${suffix}`)).toBe(true);
    expect(connection.database.prepareValue('SELECT count(*) FROM counters').get()).toBe(0);
    expect(valueIn(connection.database, 'PRAGMA integrity_check')).toBe('ok');
  });

  test('is moved once, if several processes find it damaged', async () => {
    const { events, options } = await trace();
    const { database, inode } = open(options);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    await spoilHeader(options.file);
    const first = open(options);
    // The second process comes late: the file has been replaced already.
    moveAside(options, { inode, cause: new Error('found damaged earlier'), patience: 'waits' });
    expect(open(options).inode).toBe(first.inode);
    expect(events.filter((event) => event === 'moved aside')).toHaveLength(1);
  });

  test('but of a newer format is refused, and left where it is', async () => {
    const { events, options } = await trace();
    const { database } = open(options);
    database.exec('PRAGMA user_version = 3');
    expect(() => openConnection(options)).toThrow(expect.objectContaining({ code: 'ERR_LEDGER_VERSION' }));
    expect(events).not.toContain('moved aside');
    expect(existsSync(options.file)).toBe(true);
  });

  test('an empty one is a new ledger', async () => {
    const { events, options } = await trace();
    await writeFile(options.file, '');
    open(options);
    expect(events).toEqual(['prepare', 'created']);
  });

  test.each<[unknown, boolean]>([
    [Object.assign(new Error(), { code: 'SQLITE_CORRUPT' }), true],
    [Object.assign(new Error(), { code: 'SQLITE_CORRUPT_INDEX' }), true],
    [Object.assign(new Error(), { code: 'SQLITE_NOTADB' }), true],
    [new StaticGeneratorError('ERR_LEDGER_FOREIGN', ''), true],
    [new StaticGeneratorError('ERR_LEDGER_UNUSABLE', '', { cause: { code: 'SQLITE_CORRUPT' } }), true],
    [new StaticGeneratorError('ERR_LEDGER_UNUSABLE', '', { cause: { code: 'SQLITE_CANTOPEN' } }), false],
    [new StaticGeneratorError('ERR_LEDGER_VERSION', ''), false],
    [Object.assign(new Error(), { code: 'SQLITE_BUSY' }), false],
    [Object.assign(new Error(), { code: 'SQLITE_FULL' }), false],
    [Object.assign(new Error(), { code: 'SQLITE_IOERR_WRITE' }), false],
    [Object.assign(new Error(), { code: 'EACCES' }), false],
    [undefined, false],
  ])('is known by what was thrown: %s is damage: %s', (error, expected) => {
    expect(isDamage(error)).toBe(expected);
  });
});

/** Overwrites the beginning of a database in place, as a bad disk would. */
async function spoilHeader(file: string): Promise<void> {
  const handle = await openFile(file, 'r+');
  await handle.write('spoiled', 0);
  await handle.close();
}
