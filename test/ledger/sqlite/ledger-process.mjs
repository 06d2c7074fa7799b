// Run by other-process.ts in a process of its own: opens a ledger, and runs the actions that it receives. It loads the
// build, because compiling the sources would take each of these processes several seconds.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unlinkIfThere } from '../../../dist/files/folders.js';
import { SqliteLedger } from '../../../dist/ledger/sqlite/ledger.js';
import { openDatabase } from '../../../dist/sqlite/open.js';
import { locateWebRoot, prepareWebRoot } from '../../../dist/store/web-root.js';

const webRoot = locateWebRoot(process.argv[2] ?? '');
const nothing = () => undefined;
let created = 0;
const ledger = new SqliteLedger({
  file: webRoot.ledgerFile,
  version: '',
  prepareFolder: () => prepareWebRoot(webRoot),
  isEmpty: () => {
    created += 1;
    return true;
  },
  onIncomplete: nothing,
  onMovedAside: nothing,
});
const remove = (file) => unlinkIfThere(join(webRoot.path, file));
const files = { remove, filesNamedBy: () => [], endBatch: nothing };

const moverOf = (file) => ({
  place() {
    mkdirSync(dirname(join(webRoot.path, file)), { recursive: true });
    writeFileSync(join(webRoot.path, file), 'page');
  },
  remove,
});

const actions = {
  created: () => created,
  async store({ entry }) {
    const lease = ledger.lease();
    await ledger.record(entry);
    return await ledger.place(entry, lease, moverOf(entry.file));
  },
  append: ({ selector }) => ledger.append([selector], 'delete'),
  apply: () => ledger.apply(ledger.unapplied(), files),
  find: ({ path }) => ledger.find('', path),
  /** Takes the lock and keeps it until the process is killed. */
  lock() {
    const database = openDatabase(webRoot.ledgerFile, { timeoutMilliseconds: 5_000 });
    database.exec('BEGIN IMMEDIATE');
    return database.inTransaction;
  },
};

process.on('message', async ({ action, ...fields }) => {
  try {
    process.send({ result: await actions[action](fields) });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
process.send({ result: 'open' });
