import { isDeepStrictEqual } from 'node:util';
import { isStoredCoding } from '../../files/compress.js';
import type { Completeness, Inspection, PlacedPage, Reconciliation, Suspect } from '../inspection.js';
import type { BatchRemover } from '../removals.js';
import { BATCH_ROWS } from './matching.js';
import { removePage } from './removals.js';
import type { PlacedRow } from './sql/pages.js';
import type { Transactions } from './transactions.js';

/** Says which pages the ledger knows, and removes those that do not agree with it. */
export class SqliteInspection implements Inspection, Reconciliation {
  readonly #transactions: Transactions;
  /** The generation that was marked as complete although its opening was not complete. */
  #completed: number | undefined;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  completeness(): Completeness {
    const { generation, complete } = this.#transactions.follow();
    return { generation, complete: complete || generation === this.#completed };
  }

  markComplete({ generation }: Completeness): Promise<void> {
    return this.#transactions.run((opening) => {
      if (generation !== opening.generation) return;
      const { ground, statements } = opening;
      if (ground !== undefined) statements.setGround.run({ ground });
      this.#completed = generation;
    });
  }

  placed(file: string): PlacedPage | undefined {
    const row = this.#transactions.opening.statements.placedPage.get({ file });
    return row === undefined ? undefined : placedPage(row);
  }

  newestStoredAt(): number {
    return this.#transactions.opening.statements.newestPage.get() ?? 0;
  }

  *files(): Iterable<string> {
    const { statements } = this.#transactions.opening;
    for (let after = ''; ; ) {
      const rows = statements.filesAfter.all({ after, limit: BATCH_ROWS });
      for (const { file } of rows) yield file;
      after = rows.at(-1)?.file ?? after;
      if (rows.length < BATCH_ROWS) return;
    }
  }

  removeSuspects(suspects: readonly Suspect[], files: BatchRemover): Promise<readonly string[]> {
    return this.#transactions.run(({ statements }) => {
      const same = suspects.filter(({ file, seen }) => isDeepStrictEqual(this.placed(file), seen));
      for (const { file } of same) {
        const row = statements.pageByFile.get({ file });
        if (row === undefined) files.remove(file);
        else removePage(row, files, statements);
      }
      files.endBatch();
      return same.map(({ file }) => file);
    });
  }

  forgetMissing(files: readonly string[], isThere: (file: string) => boolean): Promise<number> {
    return this.#transactions.run(({ statements }) => {
      const missing = files.filter((file) => !isThere(file));
      for (const file of missing) {
        const row = statements.pageByFile.get({ file });
        if (row !== undefined) statements.deletePage.run({ id: row.id });
      }
      return missing.length;
    });
  }
}

function placedPage({ bytes, hash, stored_at: storedAt, ...row }: PlacedRow): PlacedPage {
  return { codings: row.codings.split(' ').filter(isStoredCoding), bytes, hash, storedAt };
}
