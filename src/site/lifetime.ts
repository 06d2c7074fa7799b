import { StaticGeneratorError } from '../errors.js';

/** The time in which a site may be used: until it is closed, which is done once, however often it is requested. */
export class Lifetime {
  readonly #ending = new AbortController();
  #end: Promise<void> | undefined;

  /** Aborted when the end begins. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Returns the same function, which rejects with `ERR_CLOSED` once the end has begun. */
  during<Given extends readonly unknown[], Result>(
    work: (...given: Given) => Promise<Result>,
  ): (...given: Given) => Promise<Result> {
    return async (...given) => {
      if (this.isOver()) throw new StaticGeneratorError('ERR_CLOSED', 'close() has been called');
      return await work(...given);
    };
  }

  /** Begins the end: runs `work` once, and resolves when it is done. */
  end(work: () => Promise<void>): Promise<void> {
    if (this.#end === undefined) {
      this.#end = work();
      this.#ending.abort();
    }
    return this.#end;
  }
}
