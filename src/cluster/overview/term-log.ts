import type { Logger } from '../../log.js';

/** Logs when this process begins to serve pages, and when its term has ended. Logs nothing while the term continues. */
export class TermLog {
  readonly #logger: Logger;
  #served = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  saw(serves: boolean, fields: object): void {
    if (serves === this.#served) return;
    this.#served = serves;
    if (serves) this.#logger.info(fields, 'this host serves pages');
    else
      this.#logger.warn(fields, 'this host serves no pages: its term has ended before it could report again');
  }
}
