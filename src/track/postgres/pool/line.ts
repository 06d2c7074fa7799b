import { isSubmittable } from './call.js';
import type { PgRun } from './observe.js';

/**
 * The queries of one connection that have to wait before they are sent: a commit for what is noted before it, and all that
 * come after it, for they keep their order. Mostly there is none.
 */
export class Line {
  #last: Promise<void> | undefined;
  #waiting = 0;

  /** The next query waits for this, and those behind it. */
  waitFor(work: Promise<void> | undefined): void {
    if (work === undefined) return;
    const before = this.#last;
    this.#last = before === undefined ? work : before.then(() => work);
  }

  /** The same, when everything before it has been sent. */
  behind(run: PgRun): PgRun {
    return (given) => {
      const last = this.#last;
      if (last === undefined) return run(given);
      this.#waiting += 1;
      const sent = last.then(() => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#last = undefined;
        return run(given);
      });
      // As pg does, it gives a promise only if there is nobody else to tell.
      if (isSubmittable(given[0])) return told(sent, given[0]);
      return hasCallback(given) ? told(sent, undefined) : sent;
    };
  }
}

/** What pg throws, it would have thrown here; nobody could catch it now. */
function told<T>(sent: Promise<unknown>, result: T): T {
  sent.catch((error: unknown) =>
    process.nextTick(() => {
      throw error;
    }),
  );
  return result;
}

function hasCallback(given: readonly unknown[]): boolean {
  const [config] = given;
  const own: unknown =
    typeof config === 'object' && config !== null ? Reflect.get(config, 'callback') : undefined;
  return typeof own === 'function' || given.some((one) => typeof one === 'function');
}
