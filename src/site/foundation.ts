import type { IncomingMessage } from 'node:http';
import { type Options, type ResolvedConfig, resolveConfig } from '../config.js';
import { FaultLog } from '../log.js';
import { Metrics } from '../metrics.js';
import { locateWebRoot, type WebRoot } from '../store/web-root.js';
import { Background } from './background.js';

/** How a site is used. */
export interface SiteUse {
  /**
   * Whether it renders pages, and looks after those that are stored: then pages of another version are out of date, and
   * what killed processes have left is finished.
   */
  readonly makesPages: boolean;
}

/** What all parts of a site stand on; it touches nothing on the disk. */
export interface Foundation extends SiteUse {
  readonly config: ResolvedConfig;
  readonly webRoot: WebRoot;
  /** The Host of requests that we make ourselves, where nothing names one. */
  readonly host: string;
  readonly faults: FaultLog;
  readonly metrics: Metrics;
  readonly background: Background;
  /** Requests that this package answers itself: the unsafe ones say what they change. */
  readonly ownRequests: WeakSet<IncomingMessage>;
}

/** Throws `ERR_OPTIONS`. */
export function layFoundation(options: Options, { makesPages }: SiteUse): Foundation {
  const config = resolveConfig(options);
  const faults = new FaultLog(config.logger);
  return {
    ...{ makesPages, config, faults },
    webRoot: locateWebRoot(config.webRoot),
    host: config.hosts[0] ?? 'localhost',
    metrics: new Metrics(),
    background: new Background(faults),
    ownRequests: new WeakSet(),
  };
}
