import { StaticGeneratorError } from '../errors.js';

/** The time in which a site may be used: until it is closed, which is done once, however often it is asked for. */
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

  /** The same function, which rejects with `ERR_CLOSED` from the end on. */
  during<Given extends readonly unknown[], Result>(
    work: (...given: Given) => Promise<Result>,
  ): (...given: Given) => Promise<Result> {
    return async (...given) => {
      if (this.isOver()) throw new StaticGeneratorError('ERR_CLOSED', 'close() has been called');
      return await work(...given);
    };
  }

  /** Begins the end; resolves when `work`, which is done once, has been done. */
  end(work: () => Promise<void>): Promise<void> {
    if (this.#end === undefined) {
      this.#end = work();
      this.#ending.abort();
    }
    return this.#end;
  }
}
