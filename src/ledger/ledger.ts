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

/** What commands read of a site that they do not open. */
export interface LedgerReader
  extends PageLister,
    LogReader,
    FigureReader,
    CookieReader,
    UnseenReader,
    SharedReader,
    BacklogReader {}

/**
 * What depends on what, and what was invalidated; one for all processes of the site. This is the whole of it, for
 * whoever opens and closes it; each client names the part that it uses.
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
  /** Undefined: the site has one host. */
  readonly shared: SharedLog | undefined;
  /** Undefined: the site has no CDN. */
  readonly purges: PurgeOutbox | undefined;
  /** Undefined: the pages may take as much of the disk as there is. */
  readonly room: Room | undefined;
  readonly overview: LedgerOverview;
  /** Waits for the transactions under way, then closes. Idempotent. */
  close(): Promise<void>;
}
