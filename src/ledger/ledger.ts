import type { ContradictionLog } from './contradictions.js';
import type { CookieLog, CookieReader } from './cookies.js';
import type { FigureReader, FigureRecorder } from './figures.js';
import type { Inspection, Reconciliation } from './inspection.js';
import type { InvalidationLog, Leases, LogReader } from './log.js';
import type { LedgerOverview } from './overview/overview.js';
import type { PageFinder, PageLister, PageRecorder } from './pages.js';
import type { BacklogReader, PurgeOutbox } from './purges.js';
import type { Expiry, Removals, Room } from './removals.js';
import type { SharedLog, SharedReader } from './shared.js';
import type { UnseenLog, UnseenReader } from './unseen.js';

export type * from './contradictions.js';
export type * from './cookies.js';
export type * from './figures.js';
export type * from './inspection.js';
export type * from './log.js';
export type * from './overview/overview.js';
export type * from './pages.js';
export type * from './purges.js';
export type * from './removals.js';
export type * from './shared.js';
export type * from './unseen.js';

/** What commands read from the ledger of a site without opening the site. */
export interface LedgerReader
  extends PageLister,
    LogReader,
    FigureReader,
    CookieReader,
    UnseenReader,
    SharedReader,
    BacklogReader {}

/**
 * The record of what pages depend on and of what was invalidated. All processes of a site share one. This interface is
 * the whole of it, for the code that opens and closes it; each client declares the part that it uses.
 */
export interface Ledger
  extends Leases,
    PageFinder,
    PageRecorder,
    InvalidationLog,
    Removals,
    Expiry,
    Inspection,
    Reconciliation,
    FigureRecorder,
    ContradictionLog,
    CookieLog,
    UnseenLog,
    LedgerReader {
  /** `undefined` if the site has one host. */
  readonly shared: SharedLog | undefined;
  /** `undefined` if the site has no CDN. */
  readonly purges: PurgeOutbox | undefined;
  /** `undefined` if the pages may use the whole disk. */
  readonly room: Room | undefined;
  readonly overview: LedgerOverview;
  /** Waits for the transactions under way, then closes. Idempotent. */
  close(): Promise<void>;
}
