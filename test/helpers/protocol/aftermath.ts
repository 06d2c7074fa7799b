import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Selector } from '../../../src/page/selector.js';
import { composeSite } from '../../../src/static-generator.js';
import { PageStore } from '../../../src/store/page-store.js';
import { locateWebRoot } from '../../../src/store/web-root.js';
import { LedgerView, type PageFile, readPages, temporaryFiles } from './disk.js';

/** What the next process finds, after its recovery, where another one has met a fault. */
export interface Aftermath {
  readonly pages: readonly PageFile[];
  /** What was deleted, on record. */
  readonly recorded: readonly Selector[];
}

/**
 * Opens the site in this process, as the next one to start, and lets it recover. Throws for a page that is partial,
 * mixed, unknown to the ledger or without one of its tags there, for a temporary file that is left, and for a deletion
 * that is still unfinished.
 */
export async function recover(webRoot: string): Promise<Aftermath> {
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const site = composeSite({ webRoot, urls: [/^\//], logger }, { makesPages: true });
  const view = new LedgerView(webRoot);
  try {
    await site.invalidator.takeOver();
    await new PageStore(locateWebRoot(webRoot)).sweep(0);
    const pages = readPages(webRoot);
    checkRows(pages, view);
    const left = temporaryFiles(webRoot);
    if (left.length > 0) throw new Error(`Temporary files are left: ${left.join(', ')}`);
    if (view.unapplied() > 0) throw new Error('A deletion is left unfinished');
    const recorded = site.ledger.log(100).map(({ selector }) => selector);
    return { pages, recorded };
  } finally {
    view.close();
    await site.close();
  }
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

/** Whether there is a file under WEB_ROOT. */
export function isThere(webRoot: string, file: string): boolean {
  return existsSync(join(webRoot, file));
}
