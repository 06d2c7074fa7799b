import type { Logger } from '../log.js';
import type { Metrics } from '../metrics.js';
import { UNVOUCHED } from '../page/request/gate.js';

export interface NginxWatchParts {
  /** Of the configuration that would be generated now: the site may learn what changes it. */
  readonly fingerprint: () => string;
  /** Whether the ledger has seen a configuration that lacks only what the site has learned since. */
  readonly lacksLearned: () => boolean;
  /** Called when another one is seen, for the ledger to know: in case this process is killed. */
  readonly onChange: () => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const ADVICE =
  'the configuration of the server in front was generated with other options, so only Node serves new pages; generate it again with `staticgenerator nginx` (`apache`, `caddy`) and reload the server';

/**
 * Knows whether the nginx in front has the configuration that this site would generate. If not, it would answer with the
 * headers or the rules of other options; so it must not find pages, until its configuration is generated again. What the last request
 * through it has shown counts for requests that came past it too: for publications, say.
 */
export class NginxWatch {
  readonly #parts: NginxWatchParts;
  #seen: string | undefined;
  #outdated = false;

  constructor(parts: NginxWatchParts) {
    this.#parts = parts;
  }

  /** Takes note of the fingerprint that a request brought; empty for one that came past nginx. */
  saw(fingerprint: string): void {
    if (fingerprint === '') return;
    this.#parts.metrics.sawNginx(fingerprint);
    if (fingerprint === UNVOUCHED || fingerprint === this.#seen) return;
    this.#seen = fingerprint;
    this.#parts.onChange();
    this.#compare(fingerprint);
  }

  /** To be asked after the lease was taken: what is learned later voids that. */
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
