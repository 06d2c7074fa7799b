import type { IncomingMessage } from 'node:http';
import type { BrowsedPage } from '../../ledger/ledger.js';
import type { FaultLog } from '../../log.js';
import type { PathSelector } from '../../publish/path-selector.js';
import type { WarmProgress, WarmReport } from '../../publish/warm/walk.js';
import type { NamedVerbs } from '../api/routes.js';
import type { SnapshotParts } from './snapshot.js';

/** What the dashboard works with. */
export interface DashboardParts extends SnapshotParts {
  readonly pages: NamedVerbs;
  /** Renders the pages that are not stored, starting from some pages and following their links. */
  readonly warm: (
    seeds: readonly PathSelector[],
    onProgress: (progress: WarmProgress) => void,
  ) => Promise<WarmReport>;
  /** The name of the site: its first host. */
  readonly name: string | undefined;
  readonly types: readonly string[];
  readonly typeOf: (page: BrowsedPage) => string;
  /** Writes the figures that this process has counted since the last call to the ledger. */
  readonly noteFigures: () => Promise<void>;
  readonly faults: FaultLog;
  /** Aborted when the site closes. */
  readonly closing: AbortSignal;
  /** Called for each request that the dashboard answers: whatever its method, the request itself changes no page. */
  readonly claim: (request: IncomingMessage) => void;
}
