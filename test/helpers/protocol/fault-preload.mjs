// Loaded before everything else (`node --import`) into a process that is to meet faults: counts the calls to the file
// system and to SQLite that change something, and kills the process before the n-th, or lets it fail. An instrument: what
// is not chosen to fail goes to the real disk.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const SYNC = [
  'openSync',
  'writeSync',
  'closeSync',
  'renameSync',
  'unlinkSync',
  'mkdirSync',
  'rmdirSync',
  'chmodSync',
  'utimesSync',
  'linkSync',
];
const PROMISES = ['open', 'unlink', 'rename', 'mkdir', 'rmdir', 'chmod', 'utimes'];
const HANDLE = ['writeFile', 'chmod', 'utimes', 'sync', 'close'];
/** As SQLite tells of what the system told it. */
const SQLITE_CODES = {
  ENOSPC: 'SQLITE_FULL',
  EIO: 'SQLITE_IOERR_WRITE',
  EACCES: 'SQLITE_CANTOPEN',
  EMFILE: 'SQLITE_CANTOPEN',
  EROFS: 'SQLITE_READONLY',
};
/** More than the time that one batch of a deletion may take. */
const REMOVAL_MS = 100;

let armed = false;
let calls = [];
let transactions = [];
let lastPragma = '';
let fault = { at: 0, kind: 'EIO' };
let skippedMilliseconds = 0;

/** What the process's own script says. */
export const faults = {
  /** From now on calls are counted; the `at`-th does not happen. */
  arm(given) {
    [armed, calls, transactions, fault] = [true, [], [], given];
  },
  /** The calls that were made, the failed one included, and what was set before each transaction. */
  disarm() {
    armed = false;
    return { calls, transactions };
  },
};
globalThis[Symbol.for('staticgenerator.faults')] = faults;

function meet(name, isSqlite) {
  if (!armed) return;
  calls.push(name);
  if (name.startsWith('sqlite BEGIN')) transactions.push(lastPragma);
  if (calls.length !== fault.at) return;
  if (fault.kind === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way; nothing more may be done.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  armed = false;
  throw isSqlite
    ? new Database.SqliteError('injected', SQLITE_CODES[fault.kind] ?? 'SQLITE_IOERR')
    : Object.assign(new Error(`${fault.kind}: injected, ${name}`), { code: fault.kind, syscall: name });
}

function wrap(object, names, label, isSqlite = false) {
  for (const name of names) {
    const original = object[name];
    object[name] = function counted(...given) {
      meet(label(name, given), isSqlite);
      return Reflect.apply(original, this, given);
    };
  }
}

const bare = (name) => name.replace(/Sync$/, '');
wrap(fs, SYNC, bare);
wrap(fs.promises, PROMISES, bare);
const handle = await fs.promises.open(fileURLToPath(import.meta.url));
wrap(Object.getPrototypeOf(handle), HANDLE, (name) => `handle.${name}`);
await handle.close();

const database = new Database(':memory:');
wrap(Database.prototype, ['exec'], (_name, [sql]) => `sqlite ${sql}`, true);
wrap(Object.getPrototypeOf(database.prepare('SELECT 1')), ['run'], () => 'sqlite run', true);
database.close();
const { pragma } = Database.prototype;
Database.prototype.pragma = function noted(source, ...rest) {
  lastPragma = source;
  return Reflect.apply(pragma, this, [source, ...rest]);
};

// Every removal takes so long that the next one belongs to the next batch.
const { unlinkSync } = fs;
fs.unlinkSync = (...given) => {
  if (armed) skippedMilliseconds += REMOVAL_MS;
  return Reflect.apply(unlinkSync, fs, given);
};
const now = performance.now.bind(performance);
performance.now = () => now() + skippedMilliseconds;
syncBuiltinESMExports();
