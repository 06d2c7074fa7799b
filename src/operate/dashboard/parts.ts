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
  /** Renders the pages that are not stored, from some on and along their links. */
  readonly warm: (
    seeds: readonly PathSelector[],
    onProgress: (progress: WarmProgress) => void,
  ) => Promise<WarmReport>;
  /** What the site is called: its first host. */
  readonly name: string | undefined;
  readonly types: readonly string[];
  readonly typeOf: (page: BrowsedPage) => string;
  /** Has the figures noted that this process has counted since the last time. */
  readonly noteFigures: () => Promise<void>;
  readonly faults: FaultLog;
  /** Aborted when the site ends. */
  readonly closing: AbortSignal;
  /** Told of each request that the dashboard answers: it changes no page by itself, whatever its method. */
  readonly claim: (request: IncomingMessage) => void;
}
