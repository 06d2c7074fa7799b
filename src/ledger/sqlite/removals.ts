import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Selector } from '../../page/selector.js';
import type { Entries } from '../log.js';
import { purgesNamedBy } from '../purges.js';
import type { BatchRemover, Expiry, FileRemover, Removal, Removals, RemovedPage } from '../removals.js';
import { BATCH_ROWS, matchingRows } from './matching.js';
import { notePassing, notePurges } from './purges/notes.js';
import { APPLIED, selectorOf } from './sql/log.js';
import type { PageRow } from './sql/pages.js';
import type { Statements } from './statements.js';
import type { Transactions } from './transactions.js';

/** An expired page that could not be removed is tried again after this time. Meanwhile others have their turn. */
const KEPT_AGAIN_MS = 30_000;

/** Removes pages, file and row: those that invalidations match, and those that have expired. */
export class SqliteRemovals implements Removals, Expiry {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  async apply({ generation, sequences }: Entries, files: FileRemover): Promise<readonly RemovedPage[]> {
    const removed: RemovedPage[] = [];
    await this.#transactions.runInBatches({
      begin: () => this.#transactions.assertGeneration(generation),
      work: this.#removals(sequences, files, removed),
      end: () => files.endBatch(),
    });
    return removed;
  }

  /**
   * Removes the pages of entries, one in each step, so that a batch can end anywhere. A page that is recorded meanwhile
   * may be missed: either the entry voids its lease, or it was rendered after the entry.
   */
  *#removals(sequences: readonly number[], files: FileRemover, removed: RemovedPage[]): Generator<undefined> {
    for (const sequence of sequences) {
      const { statements } = this.#transactions.opening;
      const entry = statements.entry.get({ sequence });
      if (entry === undefined) continue;
      const selector = selectorOf(entry);
      const named = new Set(files.filesNamedBy(selector));
      for (const row of matchingRows(selector, statements)) {
        if (row !== undefined && removePage(row, files, statements) === true) removed.push(removedPage(row));
        // It has been removed. A file that is there later is new.
        if (row !== undefined) named.delete(row.file);
        yield;
      }
      for (const file of named) files.remove(file);
      notePurges(statements, purgesNamedBy(selector));
      notePassing(statements, [selector]);
      statements.mark.run({ sequence, applied: APPLIED });
      yield;
    }
  }

  async removeUnrecorded(
    selectors: readonly Selector[],
    files: FileRemover,
  ): Promise<readonly RemovedPage[]> {
    const removed: RemovedPage[] = [];
    await this.#transactions.runInBatches({
      begin: () => undefined,
      work: this.#unrecordedRemovals(selectors, files, removed),
      end: () => files.endBatch(),
    });
    return removed;
  }

  *#unrecordedRemovals(
    selectors: readonly Selector[],
    files: FileRemover,
    removed: RemovedPage[],
  ): Generator<undefined> {
    for (const selector of selectors) {
      for (const row of matchingRows(selector, this.#transactions.opening.statements)) {
        if (row !== undefined && files.remove(row.file) === true) removed.push(removedPage(row));
        yield;
      }
      for (const file of files.filesNamedBy(selector)) files.remove(file);
      yield;
    }
  }

  async matching({ generation, sequences }: Entries): Promise<readonly RemovedPage[]> {
    const found = new Map<string, RemovedPage>();
    for (const sequence of sequences) {
      this.#transactions.assertGeneration(generation);
      const { statements } = this.#transactions.opening;
      const entry = statements.entry.get({ sequence });
      if (entry === undefined) continue;
      for (const row of matchingRows(selectorOf(entry), statements)) {
        if (row === undefined) await nextTurn();
        else found.set(row.file, removedPage(row));
      }
    }
    return [...found.values()];
  }

  nextExpiry(): number | undefined {
    return this.#transactions.opening.statements.nextExpiry.get() ?? undefined;
  }

  expire(now: number, files: BatchRemover): Promise<readonly RemovedPage[]> {
    return this.#transactions.run(({ statements }) => {
      const rows = statements.expiredPages.all({ now, limit: BATCH_ROWS });
      const kept = rows.filter((row) => removePage(row, files, statements) === 'kept');
      for (const { id } of kept) statements.postponeExpiry.run({ id, expiresAt: now + KEPT_AGAIN_MS });
      files.endBatch();
      return rows.filter((row) => !kept.includes(row)).map(removedPage);
    });
  }
}

/** Removes a page that the ledger knows, under the lock. */
export function removePage(
  { id, file }: PageRow,
  files: Pick<BatchRemover, 'remove'>,
  statements: Statements,
): Removal {
  const removal = files.remove(file);
  // Without its row, no tag and no glob would find a file that is still there.
  if (removal === 'kept') statements.markHidden.run({ id });
  else statements.deletePage.run({ id });
  return removal;
}

function removedPage({ host, path, file }: PageRow): RemovedPage {
  return { host, path, file };
}
