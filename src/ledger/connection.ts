import { renameSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StaticGeneratorError, systemErrorCode } from '../errors.js';
import { checkSqliteVersion, prepareSchema } from './schema.js';
import { prepareStatements, type Statements } from './statements.js';

/** Opening waits inside SQLite: nothing is served yet, and another process may be creating the file. */
const OPEN_TIMEOUT_MS = 60_000;

export interface SqliteLedgerOptions {
  readonly file: string;
  /**
   * The version that stores from now on. If another one was before, all pages are invalidated, and captures through
   * ledgers of the other version are void. Undefined: whichever it is, for a process that makes no pages.
   */
  readonly version: string | undefined;
  /** Called before the file is opened, and again when it has to be opened anew. */
  readonly prepareFolder: () => void;
  /** Called, under the lock, when the ledger was created: no file under WEB_ROOT is known to it. */
  readonly onCreated: () => void;
  /** Called when a damaged or foreign file was moved aside. */
  readonly onMovedAside: (movedTo: string, cause: unknown) => void;
}

/** One opening of the ledger's file. */
export interface Connection {
  readonly database: Database.Database;
  readonly statements: Statements;
  readonly device: number;
  readonly inode: number;
  /** The entry that invalidates the pages of another version, if this opening has appended one. */
  readonly outdating: number | undefined;
}

/**
 * Opens the ledger, creating it where there is none. A file that is no ledger is moved aside, and a new one begins: a
 * cold start, in which `onCreated` removes the pages that the lost ledger knew.
 */
export function openConnection(options: SqliteLedgerOptions): Connection {
  options.prepareFolder();
  const before = statSync(options.file, { throwIfNoEntry: false });
  try {
    return tryToOpen(options);
  } catch (error) {
    if (before === undefined || !isDamage(error)) throw error;
    moveAside(options, before.ino, error);
    return tryToOpen(options);
  }
}

/** Whether the file is still the one that was opened, and not removed or replaced. */
export function isSameFile(file: string, { device, inode }: Connection): boolean {
  const now = statSync(file, { throwIfNoEntry: false });
  return now !== undefined && now.dev === device && now.ino === inode;
}

/** Whether SQLite, or we, found that the file is not a ledger, or not any more. */
export function isDamage(error: unknown): boolean {
  const cause = error instanceof StaticGeneratorError ? (error.cause ?? error) : error;
  const code = systemErrorCode(cause) ?? '';
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'ERR_LEDGER_FOREIGN';
}

/** Moves the ledger's file away, unless another process has done so and begun a new one. */
export function moveAside(
  { file, onMovedAside }: SqliteLedgerOptions,
  damagedInode: number,
  cause: unknown,
): void {
  if (statSync(file, { throwIfNoEntry: false })?.ino !== damagedInode) return;
  const movedTo = `${file}.damaged-${damagedInode}`;
  // The file goes last: whoever makes the new one must not find the old one's log beside it, nor lose its own.
  for (const suffix of ['-wal', '-shm', '']) renameIfThere(`${file}${suffix}`, `${movedTo}${suffix}`);
  onMovedAside(movedTo, cause);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

function tryToOpen(options: SqliteLedgerOptions): Connection {
  const { file } = options;
  const database = openDatabase(file);
  try {
    checkSqliteVersion(database);
    database.pragma('journal_mode = WAL');
    database.pragma('foreign_keys = ON');
    const outdating = database.transaction(() => prepareContent(database, options)).immediate();
    database.pragma('busy_timeout = 0');
    const { dev: device, ino: inode } = statSync(file);
    return { database, statements: prepareStatements(database), device, inode, outdating };
  } catch (error) {
    database.close();
    throw translate(error, file);
  }
}

/** Creates what is missing and adopts the version; the entry that invalidates the pages of another one, if so. */
function prepareContent(
  database: Database.Database,
  { file, version, onCreated }: SqliteLedgerOptions,
): number | undefined {
  const created = prepareSchema(database, file);
  if (created) onCreated();
  const statements = prepareStatements(database);
  if (version === undefined || statements.version.get() === version) return undefined;
  statements.setVersion.run({ version });
  if (created) return undefined;
  const entry = { kind: 'all', value: '', host: null, applied: 0, at: Date.now() };
  return Number(statements.appendEntry.run(entry).lastInsertRowid);
}

function openDatabase(file: string): Database.Database {
  try {
    return new Database(file, { timeout: OPEN_TIMEOUT_MS });
  } catch (error) {
    throw translate(error, file);
  }
}

function translate(error: unknown, file: string): unknown {
  const code = systemErrorCode(error);
  if (error instanceof StaticGeneratorError || code?.startsWith('SQLITE_') !== true) return error;
  return new StaticGeneratorError('ERR_LEDGER_UNUSABLE', `The ledger ${file} cannot be used (${code})`, {
    cause: error,
    fields: { path: file },
  });
}
