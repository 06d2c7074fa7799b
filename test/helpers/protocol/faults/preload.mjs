// Loaded before everything else (`node --import`) into a process that is to meet faults. Counts the calls to the file
// system and to SQLite that change something, and kills the process before the n-th call, or makes that call fail. All
// other calls reach the real disk. The calls of the process's threads count too: threads get the shared counters in
// their data.
import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import threads from 'node:worker_threads';

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
const CALLBACKS = ['fdatasync'];
const PROMISES = ['open', 'unlink', 'rename', 'mkdir', 'rmdir', 'chmod', 'utimes'];
const HANDLE = ['writeFile', 'chmod', 'utimes', 'sync', 'close'];
/** How SQLite reports an error of the system. */
const SQLITE_CODES = {
  ENOSPC: ['SQLITE_FULL', 13],
  EIO: ['SQLITE_IOERR_WRITE', 778],
  EACCES: ['SQLITE_CANTOPEN', 14],
  EMFILE: ['SQLITE_CANTOPEN', 14],
  EROFS: ['SQLITE_READONLY', 8],
};
const OTHER_SQLITE_CODE = ['SQLITE_IOERR', 10];
const PRAGMA = 'PRAGMA ';
/** More than the time that one batch of a deletion may take. */
const REMOVAL_MS = 100;

const KINDS = ['SIGKILL', 'ENOSPC', 'EIO', 'EACCES', 'EMFILE', 'EROFS', 'EXDEV', 'ENAMETOOLONG'];
/**
 * The fields that all threads share: whether calls are counted, how many there were, which one fails, how it fails, the
 * name that counts, and how many calls had that name; then the calls.
 */
const [ARMED, COUNT, AT, KIND, NAME, OF_NAME, FIRST_CALL] = [0, 1, 2, 3, 4, 5, 6];
const MAX_CALLS = 10_000;
const isFirst = threads.isMainThread || threads.workerData?.faults === undefined;
const shared = new Int32Array(
  isFirst ? new SharedArrayBuffer(4 * (FIRST_CALL + MAX_CALLS)) : threads.workerData.faults,
);
/**
 * All threads know these names of calls. Other names are kept by the thread that makes the call, under the call's
 * number.
 */
const NAMES = [
  ...SYNC.map((name) => bare(name)),
  ...CALLBACKS,
  ...PROMISES,
  ...HANDLE.map((name) => `handle.${name}`),
];
const OTHER = -1;
const ANY = -2;

/**
 * Marks, by async context, the work that a site does by itself. It comes between any two calls, earlier on a slow
 * machine, and does not count.
 */
const byItself = new AsyncLocalStorage();

let otherNames = new Map();
/** The name of the calls that count, if only this thread knows it. */
let otherName;
let skippedMilliseconds = 0;

/** The interface for the process's own script. */
export const faults = {
  /** Starts to count calls. The `at`-th call fails; if a name is given, the `at`-th of that name. */
  arm(given) {
    otherNames = new Map();
    shared[COUNT] = 0;
    shared[OF_NAME] = 0;
    shared[AT] = given.at;
    shared[NAME] = given.name === undefined ? ANY : NAMES.indexOf(given.name);
    otherName = given.name;
    shared[KIND] = KINDS.indexOf(given.kind);
    if (shared[KIND] < 0) throw new Error(`Expected one of ${KINDS}, got ${given.kind}`);
    Atomics.store(shared, ARMED, 1);
  },
  /** Runs something that starts background work, such as the creation of a site. None of it counts. */
  aside: (work) => byItself.run(true, work),
  /** Counts an action of the process's own script as a call, such as a query that it sends. */
  mark: (name) => meet(name),
  /** Stops counting. Returns the calls that were made, including the failed one. */
  disarm() {
    Atomics.store(shared, ARMED, 0);
    const noted = shared.slice(FIRST_CALL, FIRST_CALL + shared[COUNT]);
    const calls = Array.from(noted, (name, index) => otherNames.get(index + 1) ?? NAMES[name]);
    return { calls };
  },
};
globalThis[Symbol.for('staticgenerator.faults')] = faults;

/**
 * Counts a call, and fails if it is the chosen one. `sqliteError` makes an error of the driver, with the name and the
 * number that SQLite gives it.
 */
function meet(name, sqliteError) {
  if (Atomics.load(shared, ARMED) === 0 || byItself.getStore() === true) return;
  const number = Atomics.add(shared, COUNT, 1) + 1;
  shared[FIRST_CALL + number - 1] = NAMES.indexOf(name);
  if (shared[FIRST_CALL + number - 1] === OTHER) otherNames.set(number, name);
  if (placeAmong(name, number) !== shared[AT]) return;
  const kind = KINDS[shared[KIND]];
  if (kind === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way, and nothing more may be done.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  Atomics.store(shared, ARMED, 0);
  throw sqliteError === undefined
    ? Object.assign(new Error(`${kind}: injected, ${name}`), { code: kind, syscall: name })
    : sqliteError(...(SQLITE_CODES[kind] ?? OTHER_SQLITE_CODE));
}

/** Returns the position of a call among the calls that count, or undefined if it does not count. */
function placeAmong(name, number) {
  if (shared[NAME] === ANY) return number;
  const isNamed = shared[NAME] === OTHER ? name === otherName : NAMES[shared[NAME]] === name;
  return isNamed ? Atomics.add(shared, OF_NAME, 1) + 1 : undefined;
}

function wrap(object, names, label, sqliteError) {
  for (const name of names) {
    const original = object[name];
    object[name] = function counted(...given) {
      meet(label(name, given), sqliteError);
      return Reflect.apply(original, this, given);
    };
  }
}

function bare(name) {
  return name.replace(/Sync$/, '');
}

const PROGRAM = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * Whether a file is a module of the program, which Node since 24 reads by these calls when it first needs it, or a file
 * in /proc, which SQLite's package reads.
 */
function isOfProgram(file) {
  const path = file instanceof URL ? fileURLToPath(file) : String(file);
  return path.startsWith('/proc/') || (path.startsWith(PROGRAM) && /\.[cm]?js$/.test(path));
}

function passOverModules({ openSync, closeSync }) {
  const modules = new Set();
  const { openSync: countedOpen, closeSync: countedClose } = fs;
  fs.openSync = (file, ...rest) => {
    if (!isOfProgram(file)) return countedOpen(file, ...rest);
    const descriptor = openSync(file, ...rest);
    modules.add(descriptor);
    return descriptor;
  };
  fs.closeSync = (descriptor) =>
    modules.delete(descriptor) ? closeSync(descriptor) : countedClose(descriptor);
}

const handle = await fs.promises.open(fileURLToPath(import.meta.url));
const uncounted = { ...fs };
wrap(fs, [...SYNC, ...CALLBACKS], bare);
passOverModules(uncounted);
wrap(fs.promises, PROMISES, bare);
wrap(Object.getPrototypeOf(handle), HANDLE, (name) => `handle.${name}`);
await handle.close();

/** A pragma only sets how later statements run, so it does not count as a call. */
function wrapSqlite({ database, statement, sqliteError }) {
  const { exec } = database;
  wrap(statement, ['run'], () => 'sqlite run', sqliteError);
  wrap(database, ['exec'], (_name, [sql]) => `sqlite ${sql}`, sqliteError);
  const { exec: counted } = database;
  database.exec = function noted(sql) {
    return Reflect.apply(sql.startsWith(PRAGMA) ? exec : counted, this, [sql]);
  };
}

function prototypesOf(Database) {
  const database = new Database(':memory:');
  const statement = Object.getPrototypeOf(database.prepare('SELECT 1'));
  database.close();
  return { database: Database.prototype, statement };
}

/** Wraps each driver of SQLite that is installed, because the site may use either. */
function wrapDrivers() {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite') ?? {};
  if (DatabaseSync !== undefined)
    wrapSqlite({
      ...prototypesOf(DatabaseSync),
      sqliteError: (_name, errcode) =>
        Object.assign(new Error('injected'), { code: 'ERR_SQLITE_ERROR', errcode, errstr: 'injected' }),
    });
  const Database = packagedSqlite();
  if (Database !== undefined)
    wrapSqlite({
      ...prototypesOf(Database),
      sqliteError: (name) => new Database.SqliteError('injected', name),
    });
}

/** Returns undefined if the package's native part was built for another Node, when this Node has its own SQLite. */
function packagedSqlite() {
  try {
    const Database = createRequire(import.meta.url)('better-sqlite3');
    new Database(':memory:').close();
    return Database;
  } catch (error) {
    if (process.getBuiltinModule('node:sqlite') === undefined) throw error;
    return undefined;
  }
}

wrapDrivers();

// Every removal seems to take so long that the next one belongs to the next batch.
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
