import type { PageBrowser, SecretKeeper } from './browsing.js';
import type { HistoryReader } from './history.js';

export type * from './browsing.js';
export type * from './history.js';

/** What the dashboard reads from a ledger. */
export interface LedgerOverview extends HistoryReader, PageBrowser, SecretKeeper {}
