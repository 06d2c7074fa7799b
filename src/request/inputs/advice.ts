import type { Logger } from '../../log.js';

/** How many names are reported: a client cannot fill the log with names of its own. */
const MAX_TOLD = 50;

/** Logs what to do about a request header, once for each header. */
export class OncePerName {
  readonly #logger: Logger;
  readonly #advice: string;
  readonly #level: 'warn' | 'info';
  readonly #told = new Set<string>();

  constructor(logger: Logger, advice: string, level: 'warn' | 'info' = 'warn') {
    this.#logger = logger;
    this.#level = level;
    this.#advice = advice;
  }

  give(name: string, path: string, more: Readonly<Record<string, string>> = {}): void {
    if (this.#told.has(name) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(name);
    this.#logger[this.#level]({ path, name, ...more }, this.#advice);
  }
}
