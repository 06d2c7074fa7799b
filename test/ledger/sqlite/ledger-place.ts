import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SqliteLedgerOptions } from '../../../src/ledger/sqlite/file/connection.js';
import { SqliteLedger } from '../../../src/ledger/sqlite/ledger.js';
import type { Selector } from '../../../src/page/selector.js';
import type { SqliteDatabase } from '../../../src/sqlite/database.js';
import { locateWebRoot, prepareWebRoot, type WebRoot } from '../../../src/store/web-root.js';
import { PageFiles } from '../../contract/pages.js';
import { openLedgerFile } from '../../helpers/databases/ledger-file.js';
import { parseTarget } from '../../helpers/selectors.js';
import { temporaryFolder } from '../../helpers/temporary.js';

/** Returns a new WEB_ROOT in a temporary folder. */
export async function newWebRoot(): Promise<WebRoot> {
  return locateWebRoot(join(await temporaryFolder(), 'pages'));
}

export function optionsFor(webRoot: WebRoot, others: Partial<SqliteLedgerOptions> = {}): SqliteLedgerOptions {
  const nothing = () => undefined;
  const prepareFolder = () => prepareWebRoot(webRoot);
  return {
    file: webRoot.ledgerFile,
    version: '',
    prepareFolder,
    isEmpty: () => true,
    onIncomplete: nothing,
    onMovedAside: nothing,
    ...others,
  };
}

/** Opens a ledger in a folder of its own, for one test. */
export async function start(others: Partial<SqliteLedgerOptions> = {}) {
  const webRoot = await newWebRoot();
  const open = () => {
    const ledger = new SqliteLedger(optionsFor(webRoot, others));
    onTestFinished(() => ledger.close());
    return ledger;
  };
  return { webRoot, open, ledger: open(), files: new PageFiles(webRoot.path) };
}

/** Connects to the ledger's file, as another program does. */
export function connect(webRoot: WebRoot): SqliteDatabase {
  const database = openLedgerFile(webRoot.ledgerFile);
  onTestFinished(() => database.close());
  return database;
}

/** A selector that no page of these tests matches. */
export const elsewhere: Selector = parseTarget('/elsewhere');
export const many = (count: number): readonly Selector[] => Array.from({ length: count }, () => elsewhere);

/** Resolves when a timer has fired, which shows that the event loop runs. */
export async function timerFires(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2));
}
