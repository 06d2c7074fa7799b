import { isStoredCoding } from '../../files/compress.js';
import { bareName } from '../../page/layout.js';
import type { FoundPages } from '../found-pages.js';
import type { FoundPage, PageFinder } from '../pages.js';
import { UNAPPLIED } from './sql/log.js';
import { parseReplay } from './sql/replay.js';
import type { Statements } from './statements.js';
import type { Opening, Transactions } from './transactions.js';

/** Finds pages without a transaction. Every hit of Node uses it. */
export class SqliteFinder implements PageFinder {
  readonly #transactions: Transactions;
  readonly #found: FoundPages;
  /** The opening in which no page of another version is left. */
  #current: Opening | undefined;

  constructor(transactions: Transactions, found: FoundPages) {
    this.#transactions = transactions;
    this.#found = found;
  }

  find(host: string, path: string): FoundPage | undefined {
    const { opening } = this.#transactions;
    if (opening !== this.#current && this.#isOutdated(opening)) return undefined;
    const { statements } = opening;
    const version = this.#transactions.version();
    const found = this.#found.get(`${host}${path}`, version, () => placedPage(statements, host, path));
    return found?.expiresAt === undefined || found.expiresAt > Date.now() ? found : undefined;
  }

  /** Whether pages of another version may still be there: until the entry that invalidates them has been applied. */
  #isOutdated(opening: Opening): boolean {
    const { outdating, statements } = opening;
    if (outdating !== undefined && statements.entry.get({ sequence: outdating })?.applied === UNAPPLIED)
      return true;
    this.#current = opening;
    return false;
  }
}

function placedPage(statements: Statements, host: string, path: string): FoundPage | undefined {
  const row = statements.placedFile.get({ host, path, name: bareName(path) });
  if (row === undefined) return undefined;
  return {
    file: row.file,
    codings: row.codings.split(' ').filter(isStoredCoding),
    ...parseReplay(row.headers),
    storedAt: row.stored_at,
    expiresAt: row.expires_at ?? undefined,
  };
}
