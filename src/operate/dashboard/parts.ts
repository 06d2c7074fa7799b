import type { IncomingMessage } from 'node:http';
import type { BrowsedPage } from '../../ledger/ledger.js';
import type { FaultLog } from '../../log.js';
import type { NamedVerbs } from '../api/routes.js';
import type { SnapshotParts } from './snapshot.js';

/** What the dashboard works with. */
export interface DashboardParts extends SnapshotParts {
  readonly pages: NamedVerbs;
  /** What the site is called: its first host. */
  readonly name: string | undefined;
  readonly types: readonly string[];
  readonly typeOf: (page: BrowsedPage) => string;
  /** Has the figures noted that this process has counted since the last time. */
  readonly noteFigures: () => Promise<void>;
  readonly faults: FaultLog;
  readonly isClosed: () => boolean;
  /** Told of each request that the dashboard answers: it changes no page by itself, whatever its method. */
  readonly claim: (request: IncomingMessage) => void;
}
