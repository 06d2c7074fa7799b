import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ledger } from '../../../src/ledger/ledger.js';
import type { Selector } from '../../../src/page/selector.js';
import { composeSite } from '../../../src/site.js';
import { PageStore } from '../../../src/store/page-store.js';
import { locateWebRoot } from '../../../src/store/web-root.js';
import { RecordingLogger } from '../recording-logger.js';
import { LedgerView, type PageFile, readPages, temporaryFiles } from './faults/disk.js';

/** What the next process finds after its recovery, when another process has met a fault. */
export interface Aftermath {
  readonly pages: readonly PageFile[];
  /** The recorded deletions. */
  readonly recorded: readonly Selector[];
}

/**
 * Opens the site in this process, as the next one to start, and lets it recover. Throws if a page is partial, mixed,
 * without a row in the ledger, or if its row lacks a tag; if a temporary file is left; or if a deletion is unfinished.
 */
export async function recover(webRoot: string): Promise<Aftermath> {
  const logger = new RecordingLogger();
  const site = composeSite({ webRoot, urls: [/^\//], logger }, { makesPages: true });
  const view = new LedgerView(webRoot);
  try {
    await untilFinished(site.ledger, view).catch((error) => {
      throw new Error(`The log: ${JSON.stringify(logger.lines)}`, { cause: error });
    });
    // Also removes files that were written in this millisecond, because Date.now() is rounded down.
    await new PageStore(locateWebRoot(webRoot)).sweep(-1);
    const pages = readPages(webRoot);
    checkRows(pages, view);
    const left = temporaryFiles(webRoot);
    if (left.length > 0) throw new Error(`Temporary files are left: ${left.join(', ')}`);
    const recorded = site.ledger.log(100).map(({ selector }) => selector);
    return { pages, recorded };
  } finally {
    view.close();
    await site.close();
  }
}

/** Waits for the background work of the start, which the ledger does before this function's own appends. */
async function untilFinished(ledger: Ledger, view: LedgerView): Promise<void> {
  for (let transactions = 0; transactions < 1000; transactions += 1) {
    await ledger.append([], 'void');
    // A deletion in several batches releases the event loop between them.
    await nextTurn();
    if (view.unapplied() === 0) return;
  }
  throw new Error('A deletion is left unfinished');
}

function checkRows(pages: readonly PageFile[], view: LedgerView): void {
  const rows = view.rows();
  for (const { file, content } of pages) {
    const row = rows.get(file);
    if (row === undefined) throw new Error(`${file} has no row`);
    const missing = content.tags.filter((tag) => !row.tags.has(tag));
    if (missing.length > 0) throw new Error(`The row of ${file} lacks the tags ${missing.join(', ')}`);
  }
}
