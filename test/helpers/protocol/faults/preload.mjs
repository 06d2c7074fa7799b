// Loaded before everything else (`node --import`) into a process that is to meet faults: counts the calls to the file
// system and to SQLite that change something, and kills the process before the n-th, or lets it fail. An instrument: what
// is not chosen to fail goes to the real disk. The process's threads count with it: they are told of it by their data.
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
/** As SQLite tells of what the system told it. */
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
/** What all threads share: whether calls are counted, how many there were, which fails and how, among those of a name or all; then the calls. */
const [ARMED, COUNT, AT, KIND, NAME, OF_NAME, FIRST_CALL] = [0, 1, 2, 3, 4, 5, 6];
const MAX_CALLS = 10_000;
const isFirst = threads.isMainThread || threads.workerData?.faults === undefined;
const shared = new Int32Array(
  isFirst ? new SharedArrayBuffer(4 * (FIRST_CALL + MAX_CALLS)) : threads.workerData.faults,
);
/** The names of calls in threads are known everywhere; each other call is noted by its thread, under its number. */
const NAMES = [
  ...SYNC.map((name) => bare(name)),
  ...CALLBACKS,
  ...PROMISES,
  ...HANDLE.map((name) => `handle.${name}`),
];
const OTHER = -1;
const ANY = -2;

/** What a site does by itself, by async context: it comes between any two calls, sooner on a slow machine, and does not count. */
const byItself = new AsyncLocalStorage();

let otherNames = new Map();
/** Where the calls that count are of a name that only this thread knows. */
let otherName;
let skippedMilliseconds = 0;

/** What the process's own script says. */
export const faults = {
  /** From now on calls are counted; the `at`-th does not happen, of those of a name if one is given. */
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
  /** Does what begins work of its own, such as to make a site: none of it counts. */
  aside: (work) => byItself.run(true, work),
  /** Counts what a process's own script does as a call, such as a query that it sends. */
  mark: (name) => meet(name),
  /** The calls that were made, the failed one included. */
  disarm() {
    Atomics.store(shared, ARMED, 0);
    const noted = shared.slice(FIRST_CALL, FIRST_CALL + shared[COUNT]);
    const calls = Array.from(noted, (name, index) => otherNames.get(index + 1) ?? NAMES[name]);
    return { calls };
  },
};
globalThis[Symbol.for('staticgenerator.faults')] = faults;

/** `sqliteError`: makes an error of the driver, of the name and the number that SQLite gives it. */
function meet(name, sqliteError) {
  if (Atomics.load(shared, ARMED) === 0 || byItself.getStore() === true) return;
  const number = Atomics.add(shared, COUNT, 1) + 1;
  shared[FIRST_CALL + number - 1] = NAMES.indexOf(name);
  if (shared[FIRST_CALL + number - 1] === OTHER) otherNames.set(number, name);
  if (placeAmong(name, number) !== shared[AT]) return;
  const kind = KINDS[shared[KIND]];
  if (kind === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way; nothing more may be done.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  Atomics.store(shared, ARMED, 0);
  throw sqliteError === undefined
    ? Object.assign(new Error(`${kind}: injected, ${name}`), { code: kind, syscall: name })
    : sqliteError(...(SQLITE_CODES[kind] ?? OTHER_SQLITE_CODE));
}

/** Which of those that count a call is; undefined: it does not count. */
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

/** Whether a file is a module of the program, which Node since 24 reads by these calls when it is first needed; or what SQLite's looks for in /proc. */
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

/** A pragma says how what follows is done, and is no call of its own. */
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

/** Whichever driver the site takes, and where there are both, both. */
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

/** Its native part is that of another Node, where this one has SQLite itself. */
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
