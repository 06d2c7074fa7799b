import type { Logger } from '../log.js';
import type { Metrics } from '../metrics.js';
import { UNVOUCHED } from '../page/request/gate.js';

export interface NginxWatchParts {
  /** The fingerprint of the configuration that would be generated now: the site may learn what changes it. */
  readonly fingerprint: () => string;
  /** Whether the ledger has seen a configuration that lacks only what the site has learned since. */
  readonly lacksLearned: () => boolean;
  /** Called when another fingerprint is seen, so that the ledger knows it even if this process is killed. */
  readonly onChange: () => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const ADVICE =
  'the configuration of the server in front was generated with other options, so only Node serves new pages; generate it again with `staticgenerator nginx` (`apache`, `caddy`) and reload the server';

/**
 * Knows whether the nginx in front has the configuration that this site would generate. If not, nginx would answer with
 * the headers or the rules of other options, so it must not find pages until its configuration is generated again. What
 * the last request through nginx has shown also counts for requests that did not come through it, such as publications.
 */
export class NginxWatch {
  readonly #parts: NginxWatchParts;
  #seen: string | undefined;
  #outdated = false;

  constructor(parts: NginxWatchParts) {
    this.#parts = parts;
  }

  /** Notes the fingerprint that a request brought; empty for a request that did not come through nginx. */
  saw(fingerprint: string): void {
    if (fingerprint === '') return;
    this.#parts.metrics.sawNginx(fingerprint);
    if (fingerprint === UNVOUCHED || fingerprint === this.#seen) return;
    this.#seen = fingerprint;
    this.#parts.onChange();
    this.#compare(fingerprint);
  }

  /** Whether nginx is outdated. To be called after the lease was taken: what the site learns later voids the lease. */
  isOutdated(): boolean {
    return this.#seen === undefined ? this.#parts.lacksLearned() : this.#compare(this.#seen);
  }

  #compare(got: string): boolean {
    const { logger, fingerprint } = this.#parts;
    const expected = fingerprint();
    const isOutdated = got !== expected;
    if (isOutdated && !this.#outdated) logger.warn({ expected, got }, ADVICE);
    if (!isOutdated && this.#outdated) logger.info({ fingerprint: got }, 'the server in front is up to date');
    this.#outdated = isOutdated;
    return isOutdated;
  }
}
