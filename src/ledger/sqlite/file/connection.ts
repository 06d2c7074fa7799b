import { renameSync, rmSync, statSync } from 'node:fs';
import { StaticGeneratorError, systemErrorCode } from '../../../errors.js';
import type { SqliteDatabase } from '../../../sqlite/database.js';
import { openDatabase } from '../../../sqlite/open.js';
import { isBusy } from '../lock.js';
import { notePurges } from '../purges/notes.js';
import { createPurgeTables } from '../purges/statements.js';
import { createRoomTables } from '../room/statements.js';
import { createSharedTables } from '../shared/statements.js';
import { type LedgerParts, prepareStatements, type Statements } from '../statements.js';
import { commitOrRollBack } from '../turns/together.js';
import { alone } from './alone.js';
import { groundOf } from './ground.js';
import { prepareSchema } from './schema.js';
import { WriteAheadLog } from './wal.js';

/** Opening waits inside SQLite: nothing is served yet, and another process may be creating the file. */
const OPEN_TIMEOUT_MS = 60_000;

export interface SqliteLedgerOptions extends LedgerParts {
  readonly file: string;
  /**
   * The version that stores pages from now on. If the ledger had another one, all pages are invalidated, and captures
   * through ledgers of the other version are void. `undefined` accepts any version, for a process that makes no pages.
   */
  readonly version: string | undefined;
  /** Called before the file is opened, and again before it is reopened. */
  readonly prepareFolder: () => void;
  /** Called under the lock when the ledger was created. Returns whether WEB_ROOT has no pages: only then is it complete. */
  readonly isEmpty: () => boolean;
  /** Called when the file was replaced under this process by one that may not know every page. */
  readonly onIncomplete: () => void;
  /** Called when a damaged or foreign file was moved aside. */
  readonly onMovedAside: (movedTo: string, cause: unknown) => void;
}

/** One opening of the ledger's file. */
export interface Connection {
  readonly database: SqliteDatabase;
  readonly statements: Statements;
  readonly wal: WriteAheadLog;
  readonly device: number;
  readonly inode: number;
  /** The entry that invalidates the pages of another version, if this opening has appended one. */
  readonly outdating: number | undefined;
  /** See {@link groundOf}. */
  readonly ground: string | undefined;
  /** Whether every page under WEB_ROOT was known to have its row when this was opened. */
  readonly complete: boolean;
}

/** Whether opening may wait inside SQLite for other processes, which stops the event loop. */
type Patience = 'waits' | 'throws-busy';

/** The files that SQLite keeps beside its database. */
const companions = ['-wal', '-shm'] as const;

/**
 * Opens the ledger, or creates it if there is none. A file that is not a ledger is moved aside, and a new one is
 * created: a cold start. The pages that the lost ledger knew are strays then: see `complete`.
 */
export function openConnection(options: SqliteLedgerOptions, patience: Patience = 'waits'): Connection {
  options.prepareFolder();
  try {
    return openOrBegin(options, patience);
  } catch (error) {
    throw patience === 'throws-busy' && isBusy(error) ? error : translateSqliteError(error, options.file);
  }
}

function openOrBegin(options: SqliteLedgerOptions, patience: Patience): Connection {
  const before = statSync(options.file, { throwIfNoEntry: false });
  if (before === undefined) return begin(options, patience);
  try {
    const connection = tryToOpen(options, patience);
    if (connection.inode === before.ino) return connection;
    // The file was replaced while it was opened, so it is unknown which of the two files this connection has.
    void closeConnection(connection);
    return openOrBegin(options, patience);
  } catch (error) {
    // SQLite does not wait if two connections would wait for each other: another process is creating this file now.
    if (isBusy(error) && patience === 'waits') return begin(options, patience);
    if (!isDamage(error)) throw error;
    moveAside(options, { inode: before.ino, cause: error, patience });
    return begin(options, patience);
  }
}

/**
 * Creates the ledger, unless it is there by now. First deletes what is left of a file that was removed by hand: SQLite
 * would take it for part of the new one.
 */
function begin(options: SqliteLedgerOptions, patience: Patience): Connection {
  const { file } = options;
  return alone(file, timeoutOf(patience), () => {
    const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
    if (!isThere) for (const suffix of companions) rmSync(`${file}${suffix}`, { force: true });
    return openAlone(options, patience);
  });
}

/**
 * Opens the file as the only process that may create the ledger. A process that found the file before it was a ledger
 * may still write to it. SQLite waits for that process at the start of a transaction. It does not wait when it switches
 * the file to its write-ahead log, because it then holds a lock that the other process may wait for.
 */
function openAlone(options: SqliteLedgerOptions, patience: Patience): Connection {
  const deadline = performance.now() + timeoutOf(patience);
  for (;;) {
    try {
      return tryToOpen(options, patience);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      waitForWriter(options.file, deadline - performance.now());
    }
  }
}

/** Waits until no process writes to the file. Throws SQLITE_BUSY if one still does after the timeout. */
function waitForWriter(file: string, timeoutMilliseconds: number): void {
  const database = openDatabase(file, { timeoutMilliseconds: Math.ceil(timeoutMilliseconds) });
  try {
    database.exec('BEGIN IMMEDIATE');
  } finally {
    database.close();
  }
}

function timeoutOf(patience: Patience): number {
  return patience === 'waits' ? OPEN_TIMEOUT_MS : 0;
}

/** Whether the file is still the one that was opened: neither removed nor replaced. */
export function isSameFile(file: string, { device, inode }: Connection): boolean {
  const now = statSync(file, { throwIfNoEntry: false });
  return now !== undefined && now.dev === device && now.ino === inode;
}

/** Whether SQLite, or this package, found that the file is not a ledger, or no longer one. */
export function isDamage(error: unknown): boolean {
  const cause = error instanceof StaticGeneratorError ? (error.cause ?? error) : error;
  const code = systemErrorCode(cause) ?? '';
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'ERR_LEDGER_FOREIGN';
}

/** A damaged file, and the error that showed the damage. */
export interface Damage {
  readonly inode: number;
  readonly cause: unknown;
  readonly patience: Patience;
}

/** Moves the ledger's file away, unless another process has already done so and created a new one. */
export function moveAside(
  { file, onMovedAside }: SqliteLedgerOptions,
  { inode, cause, patience }: Damage,
): void {
  alone(file, timeoutOf(patience), () => {
    if (statSync(file, { throwIfNoEntry: false })?.ino !== inode) return;
    const movedTo = `${file}.damaged-${inode}`;
    for (const suffix of [...companions, '']) renameIfThere(`${file}${suffix}`, `${movedTo}${suffix}`);
    onMovedAside(movedTo, cause);
  });
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

function tryToOpen(options: SqliteLedgerOptions, patience: Patience): Connection {
  const { file } = options;
  const database = openDatabase(file, { timeoutMilliseconds: timeoutOf(patience) });
  try {
    database.exec('PRAGMA journal_mode = WAL');
    // The flush of the write-ahead log brings to the disk what must be there.
    database.exec('PRAGMA synchronous = NORMAL');
    database.exec('PRAGMA foreign_keys = ON');
    database.exec('BEGIN IMMEDIATE');
    const content = commitOrRollBack(database, () => prepareContent(database, options));
    database.exec('PRAGMA busy_timeout = 0');
    const { dev: device, ino: inode } = statSync(file);
    return {
      database,
      wal: new WriteAheadLog(file),
      device,
      inode,
      ...content,
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Creates what is missing, and adopts the version. */
function prepareContent(
  database: SqliteDatabase,
  { file, version, isEmpty, ...parts }: SqliteLedgerOptions,
): Pick<Connection, 'statements' | 'outdating' | 'ground' | 'complete'> {
  const created = prepareSchema(database, file);
  if (parts.isShared === true) createSharedTables(database);
  if (parts.bounds !== undefined) createRoomTables(database);
  const knowsPurges = parts.isPurged !== true || !createPurgeTables(database);
  const statements = prepareStatements(database, parts);
  const ground = groundOf(file);
  const complete = created ? isEmpty() : statements.ground.get() === ground;
  if (created && complete && ground !== undefined) statements.setGround.run({ ground });
  // The CDN may hold pages that a lost or incomplete ledger does not know.
  if (!knowsPurges || !complete) notePurges(statements, [{ kind: 'all' }]);
  return { statements, ground, complete, outdating: adoptVersion(statements, version, created) };
}

/** Adopts the version. Returns the entry that invalidates the pages of another version, if there was one. */
function adoptVersion(
  statements: Statements,
  version: string | undefined,
  created: boolean,
): number | undefined {
  if (version === undefined || statements.version.get() === version) return undefined;
  statements.setVersion.run({ version });
  if (created) return undefined;
  const entry = { kind: 'all', value: '', host: null, applied: 0, at: Date.now() };
  return Number(statements.appendEntry.run(entry).lastInsertRowid);
}

/** Returns what SQLite threw as `ERR_LEDGER_UNUSABLE`, and any other error unchanged. */
export function translateSqliteError(error: unknown, file: string): unknown {
  const code = systemErrorCode(error);
  if (error instanceof StaticGeneratorError || code?.startsWith('SQLITE_') !== true) return error;
  return unusable(file, error);
}

export function unusable(file: string, cause: unknown): StaticGeneratorError {
  const message = `The ledger ${file} cannot be used (${systemErrorCode(cause)})`;
  return new StaticGeneratorError('ERR_LEDGER_UNUSABLE', message, { cause, fields: { path: file } });
}

export async function closeConnection({
  database,
  wal,
}: Pick<Connection, 'database' | 'wal'>): Promise<void> {
  database.close();
  await wal.close();
}
