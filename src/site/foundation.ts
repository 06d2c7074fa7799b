import type { IncomingMessage } from 'node:http';
import { type Options, type ResolvedConfig, resolveConfig } from '../config.js';
import { FaultLog, type Logger } from '../log.js';
import { Metrics } from '../metrics.js';
import { locateWebRoot, type WebRoot } from '../store/web-root.js';
import { Background } from './background.js';

/** How a site is used. */
export interface SiteUse {
  /**
   * Whether it renders pages and looks after those that are stored. Then pages of another version are out of date, and
   * the site finishes what killed processes have left.
   */
  readonly makesPages: boolean;
}

/** What all parts of a site are built on. It touches nothing on the disk. */
export interface Foundation extends SiteUse {
  readonly config: ResolvedConfig;
  readonly webRoot: WebRoot;
  /** The Host of requests that we make ourselves, if nothing else names one. */
  readonly host: string;
  readonly faults: FaultLog;
  readonly metrics: Metrics;
  readonly background: Background;
  /** Requests that this package answers itself. The unsafe ones among them say themselves what they change. */
  readonly ownRequests: WeakSet<IncomingMessage>;
}

/** Makes what all parts of a site need. Throws `ERR_OPTIONS`. */
export function layFoundation(options: Options, { makesPages }: SiteUse): Foundation {
  const metrics = new Metrics();
  const resolved = resolveConfig(options);
  const config = { ...resolved, logger: countFaults(resolved.logger, metrics) };
  const faults = new FaultLog(config.logger);
  return {
    ...{ makesPages, config, faults },
    webRoot: locateWebRoot(config.webRoot),
    host: config.hosts[0] ?? 'localhost',
    metrics,
    background: new Background(faults),
    ownRequests: new WeakSet(),
  };
}

/**
 * Returns the same logger, which also counts lines about faults, including those that a {@link FaultLog} repeats at
 * level `debug`.
 */
function countFaults(logger: Logger, metrics: Metrics): Logger {
  const counted =
    (level: 'debug' | 'warn') =>
    (fields: object, message: string): void => {
      if ('fault' in fields) metrics.tell(`fault:${String(fields.fault)}`);
      logger[level](fields, message);
    };
  return {
    debug: counted('debug'),
    info: (fields, message) => logger.info(fields, message),
    warn: counted('warn'),
    error: (fields, message) => logger.error(fields, message),
  };
}
