import { randomBytes } from 'node:crypto';
import type { PageRenders } from '../../../metrics/recent.js';
import type { Selector } from '../../../page/selector.js';
import type {
  BrowsedPage,
  LedgerOverview,
  Minute,
  NotedDeletion,
  Position,
} from '../../overview/overview.js';
import type { RemovedPage } from '../../removals.js';
import { matchingRows } from '../matching.js';
import { parseReplay } from '../sql/replay.js';
import type { Statements } from '../statements.js';
import type { Transactions } from '../transactions.js';
import type { BrowsedRow, DeletionRow } from './statements.js';

/** Shows pages and what happened to them lately. */
export class SqliteOverview implements LedgerOverview {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  get #statements(): Statements {
    return this.#transactions.opening.statements;
  }

  minutes(from: number): readonly Minute[] {
    return this.#statements.minutes.all({ from });
  }

  renders(by: 'slowest' | 'renders', limit: number): readonly PageRenders[] {
    const { slowestRenders, mostRenders } = this.#statements;
    return (by === 'slowest' ? slowestRenders : mostRenders).all({ limit });
  }

  deletions(limit: number): readonly NotedDeletion[] {
    return this.#statements.deletions.all({ limit }).map(notedDeletion);
  }

  floods(since: number, limit: number): readonly NotedDeletion[] {
    return this.#statements.floods.all({ since, limit }).map(notedDeletion);
  }

  refusedPages(): ReturnType<LedgerOverview['refusedPages']> {
    return this.#statements.refusedPages.all();
  }

  slice({ name, id }: Position, limit: number, tag?: string): readonly BrowsedPage[] {
    return this.#statements.browse.all({ name, id, limit, tag: tag ?? null }).map(browsedPage);
  }

  tagsOf({ id }: Position): readonly string[] {
    return this.#statements.tagsOfPage.all({ page: id }).map(({ tag }) => tag);
  }

  *matching(selectors: readonly Selector[]): Iterable<RemovedPage | undefined> {
    const found = new Set<number>();
    for (const selector of selectors)
      for (const row of matchingRows(selector, this.#statements)) {
        if (row !== undefined && found.has(row.id)) continue;
        if (row === undefined) yield undefined;
        else {
          found.add(row.id);
          yield { host: row.host, path: row.path, file: row.file };
        }
      }
  }

  secret(name: string): Promise<string> {
    return this.#transactions.run(({ statements }) => {
      statements.addSecret.run({ name, value: randomBytes(32).toString('base64url') });
      return String(statements.secret.get({ name })?.value);
    });
  }
}

function notedDeletion({ named, total, ...row }: DeletionRow): NotedDeletion {
  return { ...row, named: JSON.parse(named), of: total ?? undefined };
}

function browsedPage({ headers, tagged, ...row }: BrowsedRow): BrowsedPage {
  const { id, name, host, path, file, bytes } = row;
  return {
    ...{ id, name, host, path, file, bytes, storedAt: row.stored_at },
    expiresAt: row.expires_at ?? undefined,
    servedBy: headers === null ? 'nginx' : 'node',
    // A getter, because the type is read for only few of many pages.
    get contentType() {
      const lines = parseReplay(headers).headers ?? [];
      return lines.find(([line]) => line.toLowerCase() === 'content-type')?.[1].toString();
    },
    isTagged: tagged === 1,
  };
}
