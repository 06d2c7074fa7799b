import type { Logger } from '../log.js';
import type { Metrics } from '../metrics.js';
import { UNVOUCHED } from '../page/request/gate.js';

export interface NginxWatchParts {
  /** Of the configuration that this site would generate. */
  readonly fingerprint: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Knows whether the nginx in front has the configuration that this site would generate. If not, it would answer with the
 * headers or the rules of other options; so it must not find pages, until it is configured anew. What the last request
 * through it has shown counts for requests that came past it too: for publications, say.
 */
export class NginxWatch {
  readonly #fingerprint: string;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  #outdated = false;

  constructor({ fingerprint, logger, metrics }: NginxWatchParts) {
    this.#fingerprint = fingerprint;
    this.#logger = logger;
    this.#metrics = metrics;
  }

  /** Takes note of the fingerprint that a request brought; empty for one that came past nginx. */
  saw(fingerprint: string): void {
    if (fingerprint !== '') this.#metrics.sawNginx(fingerprint);
    if (
      fingerprint === '' ||
      fingerprint === UNVOUCHED ||
      this.#outdated === (fingerprint !== this.#fingerprint)
    )
      return;
    this.#outdated = fingerprint !== this.#fingerprint;
    if (this.#outdated) {
      const advice =
        'the server in front has the configuration of other options, so only Node serves new pages; generate it again with `staticgenerator nginx` (`apache`, `caddy`) and reload the server';
      this.#logger.warn({ expected: this.#fingerprint, got: fingerprint }, advice);
    } else this.#logger.info({ fingerprint }, 'the server in front is up to date');
  }

  isOutdated(): boolean {
    return this.#outdated;
  }
}
