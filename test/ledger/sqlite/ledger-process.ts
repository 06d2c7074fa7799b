/** Run by other-process.ts in a process of its own: opens a ledger and does with it what it is told to. */
import { SqliteLedger } from '../../../src/ledger/sqlite/ledger.js';
import { locateWebRoot, prepareWebRoot } from '../../../src/store/web-root.js';
import { entryOf, PageFiles, store } from '../../contract/pages.js';
import { openLedgerFile } from '../../helpers/ledger-file.js';
import { parseTarget } from '../../helpers/selectors.js';

interface Order {
  readonly action: string;
  readonly path: string;
  readonly tags?: readonly string[];
}

const [root = ''] = process.argv.slice(2);
const webRoot = locateWebRoot(root);
let created = 0;
const ledger = new SqliteLedger({
  file: webRoot.ledgerFile,
  version: '',
  prepareFolder: () => prepareWebRoot(webRoot),
  isEmpty: () => {
    created += 1;
    return true;
  },
  onIncomplete: () => undefined,
  onMovedAside: () => undefined,
});
const files = new PageFiles(webRoot.path);

type Action = (order: Order) => unknown;

const actions: Readonly<Record<string, Action>> = {
  created: () => created,
  store: ({ path, tags = [] }) => store(ledger, files, entryOf(path, { tags })),
  append: ({ path }) => ledger.append([parseTarget(path)], 'delete'),
  apply: () => ledger.apply(ledger.unapplied(), files),
  find: ({ path }) => ledger.find('', path),
  /** Takes the lock and keeps it until the process is killed. */
  lock: () => {
    const database = openLedgerFile(webRoot.ledgerFile);
    database.exec('BEGIN IMMEDIATE');
    return database.inTransaction;
  },
  close: () => ledger.close(),
};

process.on('message', async (order: Order) => {
  try {
    process.send?.({ result: await actions[order.action]?.(order) });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
process.send?.({ result: 'open' });
