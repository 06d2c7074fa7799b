// Loaded before everything else (`node --import`) into a process that is to meet faults: counts the calls to the file
// system and to SQLite that change something, and kills the process before the n-th, or lets it fail. An instrument: what
// is not chosen to fail goes to the real disk. The process's threads count with it: they are told of it by their data.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import threads from 'node:worker_threads';
import Database from 'better-sqlite3';

const SYNC = [
  'openSync',
  'writeSync',
  'writeFileSync',
  'closeSync',
  'renameSync',
  'unlinkSync',
  'mkdirSync',
  'rmdirSync',
  'chmodSync',
  'fchmodSync',
  'utimesSync',
  'futimesSync',
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

const KINDS = ['SIGKILL', 'ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'EROFS', 'EXDEV', 'ENAMETOOLONG'];
/** What all threads share: whether calls are counted, how many there were, which fails and how; then the calls. */
const [ARMED, COUNT, AT, KIND, FIRST_CALL] = [0, 1, 2, 3, 4];
const MAX_CALLS = 10_000;
const isFirst = threads.isMainThread || threads.workerData?.faults === undefined;
const shared = new Int32Array(
  isFirst ? new SharedArrayBuffer(4 * (FIRST_CALL + MAX_CALLS)) : threads.workerData.faults,
);
/** The names of calls in threads are known everywhere; each other call is noted by its thread, under its number. */
const NAMES = [...SYNC.map((name) => bare(name)), ...PROMISES, ...HANDLE.map((name) => `handle.${name}`)];
const OTHER = -1;

let otherNames = new Map();
let transactions = [];
let lastPragma = '';
let skippedMilliseconds = 0;

/** What the process's own script says. */
export const faults = {
  /** From now on calls are counted; the `at`-th does not happen. */
  arm(given) {
    [otherNames, transactions] = [new Map(), []];
    shared[COUNT] = 0;
    shared[AT] = given.at;
    shared[KIND] = KINDS.indexOf(given.kind);
    if (shared[KIND] < 0) throw new Error(`Expected one of ${KINDS}, got ${given.kind}`);
    Atomics.store(shared, ARMED, 1);
  },
  /** Counts what a process's own script does as a call, such as a query that it sends. */
  mark: (name) => meet(name, false),
  /** The calls that were made, the failed one included, and what was set before each transaction. */
  disarm() {
    Atomics.store(shared, ARMED, 0);
    const noted = shared.slice(FIRST_CALL, FIRST_CALL + shared[COUNT]);
    const calls = Array.from(noted, (name, index) => otherNames.get(index + 1) ?? NAMES[name]);
    return { calls, transactions };
  },
};
globalThis[Symbol.for('staticgenerator.faults')] = faults;

function meet(name, isSqlite) {
  if (Atomics.load(shared, ARMED) === 0) return;
  const number = Atomics.add(shared, COUNT, 1) + 1;
  shared[FIRST_CALL + number - 1] = NAMES.indexOf(name);
  if (shared[FIRST_CALL + number - 1] === OTHER) otherNames.set(number, name);
  if (name.startsWith('sqlite BEGIN')) transactions.push(lastPragma);
  if (number !== shared[AT]) return;
  const kind = KINDS[shared[KIND]];
  if (kind === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way; nothing more may be done.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  Atomics.store(shared, ARMED, 0);
  throw isSqlite
    ? new Database.SqliteError('injected', SQLITE_CODES[kind] ?? 'SQLITE_IOERR')
    : Object.assign(new Error(`${kind}: injected, ${name}`), { code: kind, syscall: name });
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

function bare(name) {
  return name.replace(/Sync$/, '');
}

/** Neither modules, which Node since 24 reads by these calls when they are first needed, nor what SQLite's looks for in /proc. */
const LOADED = /\.[cm]?js$|^\/proc\//;

function passOverModules({ openSync, closeSync }) {
  const modules = new Set();
  const { openSync: countedOpen, closeSync: countedClose } = fs;
  fs.openSync = (file, ...rest) => {
    if (!LOADED.test(String(file))) return countedOpen(file, ...rest);
    const descriptor = openSync(file, ...rest);
    modules.add(descriptor);
    return descriptor;
  };
  fs.closeSync = (descriptor) =>
    modules.delete(descriptor) ? closeSync(descriptor) : countedClose(descriptor);
}

const handle = await fs.promises.open(fileURLToPath(import.meta.url));
const uncounted = { ...fs };
wrap(fs, SYNC, bare);
passOverModules(uncounted);
wrap(fs.promises, PROMISES, bare);
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
  if (Atomics.load(shared, ARMED) === 1) skippedMilliseconds += REMOVAL_MS;
  return Reflect.apply(unlinkSync, fs, given);
};
const now = performance.now.bind(performance);
performance.now = () => now() + skippedMilliseconds;

threads.Worker = class extends threads.Worker {
  constructor(module, options) {
    const execArgv = ['--import', import.meta.url];
    super(module, { ...options, execArgv, workerData: { ...options?.workerData, faults: shared.buffer } });
  }
};
syncBuiltinESMExports();
